"""Stopping rule: MacQueen-Porteus bounds, with rounding and unnormalised rows counted.

T is the operator of the numbers that were given, V -> max_a (r + gamma K V), and W any values. Let

    |N - T(W)| <= rho,    l <= N - W <= u,    rows of K that sum to 1 within theta,

where N is what floating-point arithmetic gives for T(W), so that rho counts its rounding and how
far the kernels used are from those given. With c = gamma/(1-gamma) (l+u)/2 and beta = gamma
(1 + theta), the contraction of T gives (MacQueen 1966 and Porteus 1971 for rho = theta = 0)

    |N + c - V*| <= (beta (u-l)/2 + rho + theta |c|) / (1 - beta),         whatever W was.

A constant in W only moves c. So W is kept near 0, where little is lost to rounding: rho grows with
the spread of the values, not with their level, which is of the order 1/(1-gamma).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import Any

import numpy as np
from scipy import sparse

from ssq_core.progress import Report

ROUNDOFF = float(np.finfo(float).eps) / 2  # of one operation, relative
TINY = float(np.finfo(float).tiny)  # what underflow may lose
STALLED = 100  # sweeps without a better certificate, where none can be promised


@dataclass(frozen=True)
class Precision:
    """How exactly an operator is applied: rho <= `unit` (`scale` + max |W|), theta <= `mass`.

    `scale` is what rewards add to that: the largest |r_l|, since |r_g| of a best action is part of
    N and W; where actions are averaged, |r_g| too.
    """

    gamma: float
    unit: float
    scale: float
    mass: float = 0.0

    @property
    def reach(self) -> float:
        """1 / (1 - beta); raises ValueError where nothing contracts."""
        room = (1 - self.gamma) - self.gamma * self.mass  # 1 + mass may round to 1
        if room <= 0:
            raise ValueError(f"kernel rows are off 1 by {self.mass:.2g}, too much for this gamma")
        return 1 / room

    def off(self, largest: Any) -> Any:
        """Return rho, from max |W| or of each block."""
        return self.unit * (self.scale + largest) + TINY

    def certify(self, low: Any, high: Any, largest: Any) -> tuple[Any, Any, Any]:
        """Return c, the certified error of N + c, and the part of it that no sweep can lower.

        `low` and `high` are l and u, `largest` is the larger of max |W| and max |N|; numbers, or
        arrays with one number per block.
        """
        shift = self.gamma / (1 - self.gamma) * (low + high) / 2
        rho = self.off(largest) + self.mass * abs(shift)
        least = self.reach * rho + 2 * ROUNDOFF * (abs(shift) + largest)
        return shift, self.reach * self.gamma * (1 + self.mass) * (high - low) / 2 + least, least


class StoppingRule:
    """Whether to stop, asked once per sweep: at `tol`, or where no sweep lowers the error.

    `shift` (c, a number or one per block), the certified `error` and the number of `sweeps` are
    those of the last sweep; `report` gets a line on each.
    """

    def __init__(self, precision: Precision, tol: float, report: Report) -> None:
        self.precision, self.tol, self.report = precision, tol, report
        self.sweeps, self.error, self.best, self.stalled = 0, np.inf, np.inf, 0
        self.shift: Any = 0.0

    def met(self, low: Any, high: Any, largest: Any) -> bool:
        """Return whether the sweep certified by these arguments (see `certify`) is the last."""
        self.shift, errors, of_rounding = self.precision.certify(low, high, largest)
        error, least = float(np.max(errors)), float(np.max(of_rounding))
        self.sweeps, self.error = self.sweeps + 1, error
        self.report(f"sweep {self.sweeps}, certified error {error:.1e}")
        self.stalled = 0 if error < self.best else self.stalled + 1
        self.best = min(error, self.best)
        # a plain sweep lowers any error above 2 rho / (1-gamma)^2
        lost = self.stalled >= STALLED and error <= 4 * least / (1 - self.precision.gamma)
        return error <= max(self.tol, 1.1 * least) or lost


def widest(matrix: sparse.csr_array) -> int:
    """Return the largest number of entries of a row: the terms of one expectation."""
    return int(np.diff(matrix.indptr).max(initial=0))


def require(tol: float | None, error: float) -> None:
    """Raise ValueError, naming a tolerance that works, if `error` is above an explicit `tol`."""
    if tol is None or error <= tol:
        return
    digit = 10.0 ** (floor(log10(error)) - 1)
    works = float(f"{(floor(error / digit) + 1) * digit:.1e}")
    raise ValueError(f"tol = {tol} is below what rounding allows here; tol = {works} works")
