"""What a check returns, how it is found by the statement's id, and how numbers become a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, update_wrapper
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from ssq_book.dense import Array
from ssq_core.model import Floats

Status = Literal["holds", "repaired", "fails", "unrefuted", "definition"]
STATUSES: tuple[Status, ...] = get_args(Status)
Number = float | Fraction
Evidence = Mapping[str, float | int | str | bool | Fraction]

SLACK = 1e-9  # how far floats may stand above a bound that is met with equality
ROUNDING = 1e-8  # left sides below it are rounding: tables are certified to 1e-10


@dataclass(frozen=True)
class Verdict:
    """A computed status and the numbers it rests on, by name."""

    status: Status
    evidence: Evidence

    def text(self) -> str:
        """Return the evidence as one line, floats to six digits, fractions exactly."""
        return "; ".join(f"{name} = {_shown(value)}" for name, value in self.evidence.items())

    def given(self, proof: bool) -> Verdict:
        """Return the verdict; without our `proof` what is not refuted is undecided."""
        return self if proof or self.status == "fails" else Verdict("unrefuted", self.evidence)

    @classmethod
    def judged(cls, holds: Any, evidence: Evidence) -> Verdict:
        """Judge a statement by whether it was found to hold."""
        return cls("holds" if holds else "fails", evidence)

    @classmethod
    def violated(cls, violation: bool, covered: bool, evidence: Evidence) -> Verdict:
        """Judge a statement by a counterexample: a `violation` that the correction covers.

        Without a violation the statement "holds" on the instance; a violation that the correction
        does not cover leaves the row "unrefuted", for then the correction itself is wrong.
        """
        failed: Status = "fails" if covered else "unrefuted"
        return cls(failed if violation else "holds", evidence)

    @classmethod
    def refuted(
        cls, left: Number, right: Number, correction: Number, evidence: Evidence | None = None
    ) -> Verdict:
        """Judge by a left side above the printed bound and below the corrected one."""
        found = {"left side": left, "right side": right, "corrected bound": correction}
        covered = not exceeds(left, correction)
        return cls.violated(exceeds(left, right), covered, found | dict(evidence or {}))

    @classmethod
    def jointly(cls, verdicts: Mapping[str, Verdict], evidence: Evidence | None = None) -> Verdict:
        """Join counterexamples by label: one that "fails" refutes, "unrefuted" undoes the rest."""
        found = dict(evidence or {})
        for label, verdict in verdicts.items():
            found |= {f"{label}: {name}": value for name, value in verdict.evidence.items()}
        statuses = {verdict.status for verdict in verdicts.values()}
        order: tuple[Status, ...] = ("unrefuted", "fails", "holds")
        return cls(next(status for status in order if status in statuses), found)

    @classmethod
    def mended(cls, fault: bool, works: bool, evidence: Evidence) -> Verdict:
        """Judge a statement by its fault: "repaired" if the repair works, "holds" without."""
        status: Status = "repaired" if works else "fails"
        return cls(status if fault else "holds", evidence)

    @classmethod
    def bounded(cls, margins: Iterable[Margin], evidence: Evidence | None = None) -> Verdict:
        """Judge a statement on many instances: "holds" if no left side exceeds its bound."""
        ratios = [margin.ratio for margin in margins]
        found = {"instances": len(ratios), "largest ratio to the bound": max(ratios)}
        return cls.judged(max(ratios) <= 1 + SLACK, found | dict(evidence or {}))

    @classmethod
    def equal(cls, differences: Iterable[float], evidence: Evidence | None = None) -> Verdict:
        """Judge an identity on many instances: "holds" if no difference is more than rounding."""
        found = list(differences)
        shown = {"instances": len(found), "largest deviation": max(found)}
        return cls.judged(max(found) <= SLACK, shown | dict(evidence or {}))


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


Check = Callable[..., Verdict]
CHECKS: dict[str, Check] = {}


def check(identity: str, **given: Any) -> Callable[[Check], Check]:
    """Register a function, with arguments `given`, as the check of the statement `identity`."""

    def register(function: Check) -> Check:
        CHECKS[identity] = update_wrapper(partial(function, **given), function)
        return function

    return register


class Margin(NamedTuple):
    """A left side and its bound."""

    left: float
    right: float

    @property
    def ratio(self) -> float:
        """How much of the bound is used: at most 1 if the result holds; inf above a bound 0."""
        if self.left <= ROUNDING:
            return 0.0
        return self.left / self.right if self.right > 0 else float("inf")


def closest(left: Floats, right: Floats | float) -> Margin:
    """Return the entry with the largest ratio, `left` and `right` broadcast together."""
    left, right = np.broadcast_arrays(left, right)
    with np.errstate(divide="ignore"):
        ratio = np.where(left > ROUNDING, left / np.where(left > ROUNDING, right, 1.0), 0.0)
    at = np.unravel_index(int(ratio.argmax()), ratio.shape)
    return Margin(float(left[at]), float(right[at]))


def distance(values: Array, other: Array | float) -> float:
    """Return the sup-norm distance."""
    return float(np.abs(values - other).max())


def exceeds(left: Number, right: Number) -> bool:
    """Return whether left > right, by more than rounding if either is a float."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left > right
    return float(left) > float(right) + SLACK * max(1.0, abs(float(right)))
