"""Numbers in text as one prints them: a minus sign, and a power of ten for Python's `e-08`."""

import re

MINUS = re.compile(r"(?<![\w.)])-(?=[\d.])")
POWER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]\d+)\b")
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def numerals(text: str) -> str:
    """Return text with its numbers as one prints them: `-1.5e-08` is −1.5·10⁻⁸."""

    def power(found: re.Match[str]) -> str:
        factor, exponent = found.groups()
        raised = f"10{str(int(exponent)).translate(RAISED)}"
        return raised if factor == "1" else f"{factor}·{raised}"

    return MINUS.sub("−", POWER.sub(power, text))
