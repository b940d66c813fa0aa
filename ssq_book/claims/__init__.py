"""The ledger: every numbered statement of the paper, its status, and a check that computes it.

The statements are data (`ledger/*.toml`, in the paper's order); a check is a function registered
under the statement's id (`checks`). `check_all` runs the checks and `disagreements` lists the rows
whose computed status is not the recorded one. What a status means:

- holds: proved, and no instance violates it (also where another proof replaces the printed one);
- repaired: holds once an ill-defined, inconsistent or missing part is fixed, as the row says;
- fails: false as printed, with a counterexample;
- unrefuted: no proof and no violation known;
- definition: no verdict.

A slip of the copy that was read changes no status: at most it is a row's `copy`. What fails comes
from few errors (`ERRORS`), which a row inherits from what its printed proof rests on.
"""

import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

import pandas as pd

from ssq_book.claims import checks as checks
from ssq_book.claims.verdict import CHECKS as CHECKS
from ssq_book.claims.verdict import STATUSES as STATUSES
from ssq_book.claims.verdict import Status as Status
from ssq_book.claims.verdict import Verdict as Verdict
from ssq_book.claims.verdict import check as check
from ssq_core.progress import reporter

PARTS = ("body", "appendix_a", "appendix_b", "appendix_c", "appendix_d")

ERRORS: Mapping[str, str] = {  # the independent ones, by the row in which each stands
    "lemma-B.9": "a maximum is taken out of an expectation",
    "equation-24": r"one state's error stands for the sum over all, a factor $|\mathcal S_l|$",
    "lemma-D.4": r"what P-D.5 says of a random $\Delta$ is said of any $\Delta$",
    "theorem-A.20": r"the number of iterations lacks a logarithm of $1/\epsilon$",
}
ASIDES: Mapping[str, str] = {  # they fail too, and no result rests on them
    "remark-B.8": "a heuristic remark",
    "lemma-C.3": "a quotation with its sides interchanged",
}
REWARDS: Mapping[str, str] = {  # of the counterexample; Assumption 2.2 allows signs, A.7 does not
    "nonnegative": "nonnegative rewards suffice",
    "signed": "needs rewards of both signs",
    "none": "no rewards in it",
}


@dataclass(frozen=True)
class Claim:
    """One statement: its id, the paper's section, our short wording (LaTeX), recorded status.

    `note` says what is wrong and how it is mended, `copy` how a slip of the copy that was read is
    understood; `correction` is a label in book/corrections.md. A row that fails, and no other, has
    `rewards`, what its counterexample needs (of `REWARDS`), and `scope`, where it is true.
    `restates` is the row that it states again, `rests_on` what the printed proof uses, `figure` a
    figure's verdict. Derived: `roots`, the errors that a row fails by (of `ERRORS` or `ASIDES`),
    and from the id `kind`, `number` as the paper has it and `name` as tables and figures do.
    """

    id: str
    number: str
    section: str
    kind: str
    statement: str
    status: Status
    note: str = ""
    copy: str = ""
    correction: str = ""
    rewards: str = ""
    scope: str = ""
    restates: str = ""
    rests_on: tuple[str, ...] = ()
    figure: str = ""
    roots: tuple[str, ...] = ()
    name: str = ""


@cache
def ledger() -> tuple[Claim, ...]:
    """Return all statements in the order of the paper."""
    folder = files(__package__) / "ledger"
    tables = [tomllib.loads((folder / f"{part}.toml").read_text("utf-8")) for part in PARTS]
    entries = {entry["id"]: entry for table in tables for entry in table["claim"]}

    def roots(identity: str) -> Iterator[str]:
        entry = entries[identity]
        if identity in (*ERRORS, *ASIDES):
            yield identity
        for used in entry.get("rests_on", [entry["restates"]] if "restates" in entry else []):
            yield from roots(used)

    rows = []
    for identity, entry in entries.items():
        found = roots(identity) if entry["status"] == "fails" else ()
        derived = {
            "roots": tuple(dict.fromkeys(found)),
            "rests_on": tuple(entry.get("rests_on", ())),
        }
        rows.append(Claim(**entry | _named(identity) | derived))
    return tuple(rows)


def _named(identity: str) -> dict[str, str]:
    """Return kind, number in the paper, and name in tables: P-4.2, P-(13), P-Figure 2."""
    kind, _, digits = identity.partition("-")
    number = f"Eq. ({digits})" if kind == "equation" else f"{kind.title()} {digits}".strip()
    short = kind in ("theorem", "lemma", "corollary", "equation")
    name = f"P-{number.split()[-1] if short else number}" if digits else number
    return {"kind": kind, "number": number, "name": name}


def distinct() -> tuple[Claim, ...]:
    """Return the claims that the results rest on, the results, and the errors: each once."""
    used = {*ERRORS, *(i for row in ledger() if row.rests_on for i in (row.id, *row.rests_on))}
    return select(sorted(used))


def inheriting(root: str) -> tuple[Claim, ...]:
    """Return the rows that fail by an error of `ERRORS` or `ASIDES`, the error's own first."""
    rows = [row for row in ledger() if root in row.roots]
    return tuple(sorted(rows, key=lambda row: row.id != root))


def select(only: str | Sequence[str] | None = None) -> tuple[Claim, ...]:
    """Return the rows with the ids `only` (all for None), in the order of the paper.

    Raises ValueError naming an unknown id and those that resemble it.
    """
    rows = ledger()
    if only is None:
        return rows
    wanted = [only] if isinstance(only, str) else only
    known = [row.id for row in rows]
    for identity in wanted:
        if identity not in known:
            numbered = [row_id for row_id in known if row_id.endswith(f"-{identity}")]
            like = numbered or get_close_matches(str(identity), known, 3)
            hint = f"did you mean {', '.join(like)}?" if like else "`ssq claims` lists them all"
            raise ValueError(f"only: {identity!r} is no id of the ledger; {hint}")
    return tuple(row for row in rows if row.id in wanted)


def check_all(only: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Run the checks and return one row per statement, in the order of the paper.

    Columns: id, status (computed; a definition has nothing to compute), evidence (one line),
    seconds; then recorded (the ledger's status) and the other fields of `Claim`. `only` is one id
    or several; raises ValueError for an unknown one. At a terminal and in a notebook it tells how
    far it is.
    """
    rows, chosen = [], select(only)
    with reporter(True) as report:
        report(f"{len(chosen)} statements")
        for done, row in enumerate(chosen):
            report(f"{done} checked, now {row.id}")
            start = time.perf_counter()
            verdict = CHECKS[row.id]() if row.id in CHECKS else Verdict("definition", {})
            seconds = time.perf_counter() - start
            known = asdict(row)
            recorded = known.pop("status")
            computed = {"status": verdict.status, "evidence": verdict.text(), "seconds": seconds}
            rows.append({"id": known.pop("id"), **computed, "recorded": recorded, **known})
    return pd.DataFrame(rows)


def disagreements(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of `check_all` whose computed status is not the recorded one."""
    return table[table["status"] != table["recorded"]]
