"""What subsampling buys: exact losses at equal numbers of oracle calls."""

from ssq_book.limits import GAMMA, SEED, count, real

LIMITS = {
    "n": count(2, 12),
    "k_max": count(1, "n"),
    "p": real(0, 1),
    "gamma": GAMMA,
    "m_max": count(10, 10_000),
    "iterations": count(2, 1000),
    "seeds": count(2, 100),
    "seed": SEED,
}
SWEEP = ("samples-live-loss", 12)
