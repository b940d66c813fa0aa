"""What a check of a statement returns, and how a check is found by the statement's id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

Status = Literal["holds", "repaired", "fails", "unrefuted", "definition"]
STATUSES: tuple[Status, ...] = get_args(Status)
Evidence = Mapping[str, float | int | str | bool | Fraction]


@dataclass(frozen=True)
class Verdict:
    """A computed status and the numbers it rests on, by name."""

    status: Status
    evidence: Evidence

    def text(self) -> str:
        """Return the evidence as one line, floats to six digits, fractions exactly."""
        return "; ".join(f"{name} = {_shown(value)}" for name, value in self.evidence.items())


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


Check = Callable[[], Verdict]
CHECKS: dict[str, Check] = {}


def check(identity: str) -> Callable[[Check], Check]:
    """Register a function as the check of the statement `identity`, the paper's kind and number."""

    def register(function: Check) -> Check:
        if identity in CHECKS:
            raise ValueError(f"identity {identity!r} has a check already")
        CHECKS[identity] = function
        return function

    return register
