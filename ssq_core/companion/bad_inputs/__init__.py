"""What is refused, and how: one declaration, from which come the tests and a page of the book.

`AREAS` holds the rows by area. To add one, append a `Refused` to the list of its area.
"""

from __future__ import annotations

from ssq_core.companion.bad_inputs import (
    agents,
    command,
    files,
    model,
    policies,
    runs,
    sampling,
    sweeps,
    systems,
)
from ssq_core.companion.bad_inputs.refused import Refused as Refused

AREAS: dict[str, list[Refused]] = {
    "The model": model.MODEL,
    "Solving": model.SOLVING,
    "Learning": policies.LEARNING,
    "Tables and policies": policies.POLICIES,
    "Values and gaps on n agents": agents.EVALUATION,
    "Algorithm 2": agents.EXECUTION,
    "Sampling and bounds": sampling.SAMPLING,
    "The mean-field limit": sampling.LIMIT,
    "Queueing": systems.QUEUEING,
    "Example systems": systems.EXAMPLES,
    "Files": files.FILES,
    "The command line": command.COMMAND + runs.VERIFY,
    "Reruns": runs.RERUN,
    "Sweeps": sweeps.SWEEP,
}


def rows(area: str = "") -> list[Refused]:
    """Return the rows of one area, or all of them; raises ValueError for an unknown area."""
    if area and area not in AREAS:
        raise ValueError(f"area must be one of {', '.join(AREAS)}, or empty; got {area!r}")
    return AREAS[area] if area else [row for own in AREAS.values() for row in own]
