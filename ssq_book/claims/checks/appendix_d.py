"""What a sample says of values and actions: Theorem C.6, Lemmas D.1 and D.4, Eq. 26."""

from __future__ import annotations

import math
from fractions import Fraction

import ssq_core as ssq
from ssq_book import dense
from ssq_book.claims.checks.appendix_c import Counts, samples
from ssq_book.claims.checks.body_action import Loss, raised_tree, tree_instance
from ssq_book.claims.checks.body_optimality import fork_margin
from ssq_book.claims.verdict import Verdict, check, exceeds, jointly, refuted
from ssq_core import bounds
from ssq_core import concentration as con
from ssq_core import counterexamples as ce
from ssq_core.policy import RULES

Parameters = dict[str, float]


def printed_radius(n: int, k: int, delta: float, system: Parameters) -> float:
    """Return the right side of P-C.6."""
    return bounds.value(bounds.theorem_C_6, n=n, k=k, delta=delta, **system)


def corrected_radius(n: int, k: int, delta: float, system: Parameters) -> float:
    """Return L4 at the corrected radius of the total variation: C.6 repaired."""
    tv = con.tv_radius(n, k, int(system["size"]), delta)
    return bounds.value(bounds.L4, n=n, k=k, tv=tv, **system)


def overfit_system(m: int, gamma: float, shift: float = 0.0) -> Parameters:
    """Return the constants of `overfit(m, gamma)`, `shift` added to every local reward."""
    return {
        "size": 2 * m + 1,
        "gamma": gamma,
        "r_local": max(abs(0.5 + shift), abs(0.5 - shift)),
        "span": 1.0,
        "tau": 1.0,
        "nu": math.sqrt(2 * m - 1) / 2,  # all agents at the root
    }


def far(counts: Counts, k: int, radius: float, gamma: Fraction) -> tuple[Fraction, Fraction]:
    """Return the largest |Q_k(F_Delta) - Q_n(F)| of `absorbing`, TV/(1 - gamma); P[> `radius`]."""
    n, largest, above = sum(counts), Fraction(0), 0
    for x in samples(counts, k):
        apart = abs(Fraction(x[0], k) - Fraction(counts[0], n)) / (1 - gamma)
        ways = math.prod(math.comb(c, j) for c, j in zip(counts, x, strict=True))
        largest = max(largest, apart)
        above += ways * (float(apart) > radius)
    return largest, Fraction(above, math.comb(n, k))


@check("theorem-C.6")
def theorem_C_6(counts: Counts = (3, 1), m: int = 16, agents: int = 1600) -> Verdict:
    """Agents that never move, then the overfitting game, with signed rewards and with r >= 0."""
    k, delta, gamma, n = 1, 0.1, Fraction(1, 2), sum(counts)
    system = bounds.constants(ce.absorbing(float(gamma), signed=True))
    radius = printed_radius(n, k, delta, system)
    largest, probability = far(counts, k, radius, gamma)
    if probability <= delta:  # the statement allows so much
        largest = Fraction(0)
    found = {"absorbing": refuted(largest, radius, corrected_radius(n, k, delta, system))}
    for label, scale, shift in (("overfit", 1, 0.0), ("overfit + 1/2", 4, 0.5)):
        bits, n = scale * m, scale * agents
        difference = ce.overfit_difference(bits, bits, n, 0.99)
        system = overfit_system(bits, 0.99, shift)
        right, corrected = (f(n, bits, 0.05, system) for f in (printed_radius, corrected_radius))
        found[label] = refuted(float(difference), right, corrected)
    return jointly(found, {"absorbing: delta": delta, "absorbing: probability": probability})


@check("lemma-D.1")
def lemma_D_1(counts: Counts = (3, 1), raised: Loss | None = None) -> Verdict:
    """A bad sample is more likely than |A_g| times delta: agents that never move, and r >= 0.

    At the raised tree an action's two values must differ by half of the loss at least.
    """
    k, delta, actions = 1, 0.1, 2
    gamma, raised = Fraction(1, 2), raised or raised_tree()
    system = bounds.constants(ce.absorbing(float(gamma), actions, signed=True))
    n = sum(counts)
    radius, corrected = (f(n, k, delta, system) for f in (printed_radius, corrected_radius))
    bad, still_bad = (far(counts, k, r, gamma)[1] for r in (radius, corrected))
    evidence: dict[str, float | Fraction] = {
        "actions": actions,
        "radius": radius,
        "corrected radius": corrected,
        "P[bad event], corrected radius": still_bad,
        "its bound, the sum of delta": delta,
    }
    half, printed = raised.loss / 2, raised.printed("theorem_C_6")
    on_tree = {"half of the loss": half, "radius": printed, "least reward": raised.least}
    likely = raised.probability if exceeds(half, printed) else 0.0
    verdict = jointly(
        {
            "absorbing": refuted(bad, actions * delta, 1.0, evidence),
            "tree + 1/2": refuted(likely, raised.claimed / 2, 1.0, on_tree),
        }
    )
    repaired = not exceeds(still_bad, delta)
    return verdict if repaired else Verdict("unrefuted", verdict.evidence)


@check("lemma-D.4")
def lemma_D_4(n: int = 400, tree: Loss | None = None, raised: Loss | None = None) -> Verdict:
    """For one Delta, all in the minority; and for Delta uniform, independent of the state."""
    k, delta = 100, 0.01
    fork = bounds.constants(ce.fork(0.9))
    loss = float(ce.fork_loss(n, n - k, 0.9))  # the k sampled agents in state 0, the rest in 1
    given = {"delta": delta, "delta_2": delta, "eps": 0.0}
    verdicts = {
        # the corrected lemma is for the mean over Delta; one Delta loses twice L4 at its own TV
        "one Delta": refuted(
            loss,
            bounds.value(bounds.lemma_D_4, n=n, k=k, **given, **fork),
            bounds.value(bounds.L4_loss, n=n, k=k, tv=1 - k / n, eps=0.0, **fork),
            {"least reward": float(ce.fork(0.9).r_l.min())},
        ),
    }
    cases = {"tree": tree or tree_instance(delta=0.001), "tree + 1/2": raised or raised_tree()}
    for label, case in cases.items():
        right = bounds.value(bounds.L4_mean, n=case.n, k=case.k, eps=0.0, **case.system)
        mean = case.loss * case.probability
        verdicts[f"mean over Delta, {label}"] = refuted(
            mean, case.printed("lemma_D_4"), right, {"least reward": case.least}
        )
    return jointly(verdicts)


@check("equation-26")
def equation_26(n: int = 3) -> Verdict:
    """Uniform over the samples (Eq. 6), and over the set of their actions, as Eq. 26 reads."""
    mdp, k, states = ce.match(0.75, 0.5), 1, [0] * (n - n // 2) + [1] * (n // 2)
    q = ssq.solve(mdp, k, progress=False)
    laws = [ssq.SubsampledPolicy(q, n, rule).action_probabilities(0, states) for rule in RULES]
    largest = [dense.gap(dense.exact(mdp), k, n, rule=rule).max() for rule in RULES]
    fork = [fork_margin(rule) for rule in RULES]
    differ = float(abs(laws[0] - laws[1]).max()) > 1e-9
    return Verdict(
        "repaired" if differ and not exceeds(*fork[0]) else "holds",
        {
            "Eq. 6, P[action 0]": float(laws[0][0]),
            "Eq. 26, P[action 0]": float(laws[1][0]),
            "Eq. 6, largest gap": largest[0],
            "Eq. 26, largest gap": largest[1],
            "fork: gap of Eq. 6": fork[0].left,
            "fork: gap of Eq. 26": fork[1].left,
            "fork: bound of Theorem 3.2": fork[0].right,
        },
    )
