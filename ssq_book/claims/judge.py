"""From numbers to a verdict: a counterexample that the correction covers, or bounds that hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from ssq_book.claims.corrected import Margin
from ssq_book.claims.verdict import Evidence, Status, Verdict

Number = float | Fraction
SLACK = 1e-9  # relative: how far floats may stand above a bound that is met with equality


def exceeds(left: Number, right: Number) -> bool:
    """Return whether left > right, by more than rounding if either is a float."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left > right
    return float(left) > float(right) + SLACK * max(1.0, abs(float(right)))


def refuted(
    left: Number, right: Number, correction: Number, evidence: Evidence | None = None
) -> Verdict:
    """Judge a counterexample: "fails" if left > right while the corrected bound covers left.

    Without a violation the statement "holds" on the instance; a violation that the correction does
    not cover leaves the row "unrefuted", for then the correction itself is wrong.
    """
    found = {"left side": left, "right side": right, "corrected bound": correction}
    status: Status = "holds"
    if exceeds(left, right):
        status = "unrefuted" if exceeds(left, correction) else "fails"
    return Verdict(status, found | dict(evidence or {}))


def bounded(margins: Iterable[Margin], evidence: Evidence | None = None) -> Verdict:
    """Judge a statement on many instances: "holds" if no left side exceeds its bound."""
    ratios = [margin.ratio for margin in margins]
    worst = max(ratios)
    found = {"instances": len(ratios), "largest ratio to the bound": worst}
    return Verdict("fails" if worst > 1 + SLACK else "holds", found | dict(evidence or {}))


def equal(deviations: Iterable[float], evidence: Evidence | None = None) -> Verdict:
    """Judge an identity on many instances: "holds" if no deviation is more than rounding."""
    found = list(deviations)
    status: Status = "fails" if max(found) > SLACK else "holds"
    shown = {"instances": len(found), "largest deviation": max(found)}
    return Verdict(status, shown | dict(evidence or {}))


def mended(fault: bool, works: bool, evidence: Evidence) -> Verdict:
    """Judge a statement with a fault: "repaired" if its repair works, "holds" without a fault."""
    status: Status = "repaired" if works else "fails"
    return Verdict(status if fault else "holds", evidence)


def jointly(verdicts: Mapping[str, Verdict], evidence: Evidence | None = None) -> Verdict:
    """Join counterexamples by label: one that "fails" refutes, one "unrefuted" undoes the rest."""
    found = dict(evidence or {})
    for label, verdict in verdicts.items():
        found |= {f"{label}: {name}": value for name, value in verdict.evidence.items()}
    statuses = {verdict.status for verdict in verdicts.values()}
    order: tuple[Status, ...] = ("unrefuted", "fails", "holds")
    return Verdict(next(status for status in order if status in statuses), found)
