"""Appendix D, one action chosen from a sample: Lemmas D.1, D.4, D.5, and the policy of Eq. 26."""

from __future__ import annotations

from fractions import Fraction

import ssq_core as ssq
from ssq_core import bounds
from ssq_core import concentration as con
from ssq_core import counterexamples as ce
from ssq_core.companion.claims.checks.appendix_c import Counts
from ssq_core.companion.claims.checks.appendix_c_values import (
    Parameters,
    corrected_radius,
    far,
    printed_radius,
)
from ssq_core.companion.claims.exact_policies import gaps
from ssq_core.companion.claims.judge import exceeds, jointly, refuted
from ssq_core.companion.claims.verdict import Verdict, check


def tree_system(m: int, gamma: float) -> Parameters:
    """Return the constants of `tree(m, 2, w, gamma)` for w <= 1/2."""
    return {
        "size": 2 * m, "actions": 2, "gamma": gamma,
        "r_max": 0.5, "r_local": 0.5, "span": 1.0, "tau": 1.0, "nu": 0.0,
    }  # fmt: skip


@check("lemma-D.1")
def lemma_D_1(
    counts: Counts = (3, 1), k: int = 1, delta: float = 0.1, actions: int = 2, draws: int = 1
) -> Verdict:
    """Agents that never move: a bad sample is more likely than |A_g| times delta in each draw."""
    gamma = Fraction(1, 2)
    system = bounds.constants(ce.absorbing(float(gamma), actions, signed=True))
    n = sum(counts)
    radius, corrected = (f(n, k, delta, system) for f in (printed_radius, corrected_radius))
    bad, still_bad = (1 - (1 - far(counts, k, r, gamma)[1]) ** draws for r in (radius, corrected))
    evidence: dict[str, float | Fraction] = {
        "actions": actions,
        "radius": radius,
        "corrected radius": corrected,
        "P[bad event], corrected radius": still_bad,
        "its bound, the sum of delta": draws * delta,
    }
    verdict = refuted(bad, actions * draws * delta, 1.0, evidence)
    repaired = not exceeds(still_bad, draws * delta)
    return verdict if repaired else Verdict("unrefuted", verdict.evidence)


def _loss_bound(n: int, k: int, delta: float, system: Parameters) -> float:
    """Return the right side of Theorem 4.4 and Lemma D.5 with delta_1 = delta_2 = delta."""
    given = {"delta": delta, "delta_2": delta, "eps": 0.0}
    return bounds.value(bounds.theorem_4_4, n=n, k=k, **given, **system)


def _corrected_loss(n: int, k: int, probability: float, system: Parameters) -> float:
    """Return twice the corrected radius of Theorem C.6, exceeded with at most `probability`."""
    tv = con.tv_radius(n, k, int(system["size"]), probability)
    return bounds.value(bounds.L4_loss, n=n, k=k, tv=tv, eps=0.0, **system)


def _with_probability(
    loss: float, probability: float, n: int, k: int, delta: float, system: Parameters
) -> Verdict:
    """Judge the claim that the loss exceeds its bound with probability |A_g| (2 delta) at most."""
    promised = system["actions"] * 2 * delta
    evidence = {"probability of the loss": probability, "probability promised": promised}
    left = loss if probability > promised else 0.0
    right = _loss_bound(n, k, delta, system)
    return refuted(left, right, _corrected_loss(n, k, promised, system), evidence)


@check("lemma-D.5")
def lemma_D_5(
    m: int = 128,
    q: int = 50,
    k: int = 1280,
    delta: float = 0.01,
    majority: int = 6386,
    delta_fork: float = 1e-6,
) -> Verdict:
    """Behind a tree nearly every sample sees a gain that is not there; at a fork two states do."""
    tree, fork = tree_system(m, 0.999), bounds.constants(ce.fork(0.99, signed=True))
    n, n_fork, k_fork = 2 * m * q, 10_000, 100
    return jointly(
        {
            "tree": _with_probability(
                float(ce.tree_loss(m, 2, 0.1, 0.999)),
                ce.tree_entry(m, q, k, 0.1),
                n,
                k,
                delta,
                tree,
            ),
            "fork": _with_probability(
                float(ce.fork_loss(n_fork, majority, 0.99)),
                ce.fork_error(n_fork, majority, k_fork),
                n_fork,
                k_fork,
                delta_fork,
                fork,
            ),
        }
    )


def _mean_bound(n: int, k: int, delta: float, system: Parameters) -> float:
    """Return the right side of Lemma D.4 with delta_1 = delta_2 = delta."""
    given = {"delta": delta, "delta_2": delta, "eps": 0.0}
    return bounds.value(bounds.lemma_D_4, n=n, k=k, **given, **system)


@check("lemma-D.4")
def lemma_D_4(
    n: int = 400,
    k: int = 100,
    delta: float = 0.01,
    m: int = 128,
    q: int = 50,
    delta_tree: float = 1e-3,
) -> Verdict:
    """For one Delta, all in the minority; and for Delta uniform, independent of the state."""
    fork, tree = bounds.constants(ce.fork(0.9)), tree_system(m, 0.999)
    loss = float(ce.fork_loss(n, n - k, 0.9))  # the k sampled agents in state 0, the rest in 1
    k_tree, n_tree = 10 * m, 2 * m * q
    mean = float(ce.tree_loss(m, 2, 0.1, 0.999)) * ce.tree_entry(m, q, k_tree, 0.1)
    right = bounds.value(bounds.L4_mean, n=n_tree, k=k_tree, eps=0.0, **tree)
    return jointly(
        {
            # the corrected lemma is for the mean over Delta; one Delta loses twice L4 at its own TV
            "one Delta": refuted(
                loss,
                _mean_bound(n, k, delta, fork),
                bounds.value(bounds.L4_loss, n=n, k=k, tv=1 - k / n, eps=0.0, **fork),
            ),
            "mean over Delta, tree": refuted(
                mean, _mean_bound(n_tree, k_tree, delta_tree, tree), right
            ),
        }
    )


@check("equation-26")
def equation_26(
    p: float = 0.75, n: int = 3, k: int = 1, minority: int = 1501, seen: int = 3000
) -> Verdict:
    """Uniform over the samples (Eq. 6) and over their actions (Eq. 26) are different policies."""
    mdp, states, many = ce.match(p, 0.5), [0] * (n - n // 2) + [1] * (n // 2), 200_000
    q = ssq.solve(mdp, k, progress=False)
    laws = [ssq.SubsampledPolicy(q, n, rule).action_probabilities(0, states)
            for rule in ("subsets", "actions")]  # fmt: skip
    largest = [max(gaps(mdp, k, n, rule).values()) for rule in ("subsets", "actions")]
    fork = [ce.fork_gap(many, many - minority, seen, 0.5, rule) for rule in ("subsets", "actions")]
    bound = bounds.value(
        bounds.theorem_3_2, n=many, k=seen, eps=0.0, **bounds.constants(ce.fork(0.5))
    )
    differ = float(abs(laws[0] - laws[1]).max()) > 1e-9
    return Verdict(
        "repaired" if differ and not exceeds(fork[0], bound) else "holds",
        {
            "Eq. 6, P[action 0]": float(laws[0][0]),
            "Eq. 26, P[action 0]": float(laws[1][0]),
            "Eq. 6, largest gap": largest[0],
            "Eq. 26, largest gap": largest[1],
            "fork: gap of Eq. 6": fork[0],
            "fork: gap of Eq. 26": fork[1],
            "fork: bound of Theorem 3.2": bound,
        },
    )
