"""What subsampling buys: exact losses at equal numbers of oracle calls."""

from . import q_learning as q_learning
