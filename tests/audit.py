"""Ask an advisory service about every pinned distribution: `python tests/audit.py PIP_AUDIT`.

Fails if an advisory is not accepted in `dependencies.toml`, or an accepted one no longer applies.
Where no service can be reached it says so: then the reasons of `dependencies.toml` and the hashes
of requirements.lock are what stands (`test_dependencies.py` holds them).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# How pip-audit says that it could not ask.
UNREACHED = re.compile(r"Could not connect|ConnectionError|Max retries exceeded|timed out", re.I)


def verdict(answer: dict[str, Any] | None, accepted: dict[str, str]) -> tuple[int, str]:
    """Return an exit code and what to print for pip-audit's answer, None if it gave none."""
    own = [] if answer is None else answer["dependencies"]
    heard = [d for d in own if "vulns" in d]
    if not heard:
        return 0, "audit: no advisory service was reached; the pinned list and its reasons stand"
    found = {
        f"{d['name']} {d['version']}: {v['id']}": {v["id"], *v.get("aliases", ())}
        for d in heard
        for v in d["vulns"]
    }
    known = set(accepted)
    new = sorted(line for line, names in found.items() if not names & known)
    stale = sorted(known - set().union(*found.values()))
    lines = [f"audit: {len(heard)} of {len(own)} distributions heard of, {len(found)} advisories"]
    lines += [f"  not accepted: {line}" for line in new]
    lines += [f"  no longer applies: {name}" for name in stale]
    return int(bool(new or stale)), "\n".join(lines)


def main(program: str) -> int:
    """Run pip-audit on the lock, print the verdict, and return the exit code."""
    command = [program, "--format=json", "--progress-spinner=off", "--timeout=10", "--disable-pip"]
    command += ["--require-hashes", "--requirement", str(ROOT / "requirements.lock")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answer = json.loads(run.stdout)
    except ValueError:
        if not UNREACHED.search(run.stderr):
            print(f"audit: {program} failed with {run.returncode}: {run.stderr.strip()[-500:]}")
            return 1
        answer = None
    accepted = tomllib.loads((ROOT / "tests/dependencies.toml").read_text())["accepted"]
    code, text = verdict(answer, accepted)
    print(text)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
