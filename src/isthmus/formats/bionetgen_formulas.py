"""Formulas of BioNetGen network files: what differs from ours is rewritten before they are parsed."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from isthmus.algebra.expression import Expression
from isthmus.algebra.infix_parser import parse
from isthmus.errors import UsageError
from isthmus.formats.bionetgen_blocks import Line

_CALLED: Final = re.compile(r"([A-Za-z_]\w*)\s*\(")
_WITHOUT_ARGUMENTS: Final = re.compile(r"([A-Za-z_]\w*)\s*\(\s*\)")
# BioNetGen's functions that mean the same here; its others are refused by name.
_SAME: Final = frozenset(
    {"exp", "ln", "log10", "sqrt", "abs", "min", "max"}
    | {"sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"}
)
_BUILT_IN: Final = {"_pi": "pi", "_e": "exponentiale"}


class FormulaReader:
    """Reads formulas in which `names` may stand, with or without empty brackets behind them."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = frozenset(names)
        self._known: dict[str, Expression] = {}

    def read(self, text: str, line: Line) -> Expression:
        """The expression that a text spells; refused with the line where it cannot be read."""
        if text not in self._known:
            self._known[text] = self._parse(text, line)
        return self._known[text]

    def _parse(self, text: str, line: Line) -> Expression:
        plain = _WITHOUT_ARGUMENTS.sub(lambda match: self._plain(match[1], line), text)
        for name in _CALLED.findall(plain):
            if name not in _SAME and name != "if" and name != "log2":
                raise line.unsupported(
                    f"the function {name!r} in {_short(text)!r}",
                    "functions without arguments, if, log2 or one of " + ", ".join(sorted(_SAME)),
                )
        plain = self._built_in(_logarithms(_conditions(plain.replace("~=", "!="))))
        try:
            return parse(plain, self.names)
        except UsageError as error:
            found = f"{error.found} in {_short(text)!r}"
            raise line.malformed(found, error.needed or "a formula") from None

    def _plain(self, name: str, line: Line) -> str:
        if name in self.names:
            return f"{name} "
        if name in ("time", "t"):
            return "time "
        raise line.malformed(f"the function {name!r}", "a function defined in the block 'functions'")

    def _built_in(self, text: str) -> str:
        for name, ours in _BUILT_IN.items():
            if name in text and name not in self.names:
                text = re.sub(rf"(?<!\w){name}(?!\w)", ours, text)
        return text


def _logarithms(text: str) -> str:
    return re.sub(r"(?<!\w)log2\s*\(", "log(2, ", text)


def _conditions(text: str) -> str:
    """if(c, a, b) as piecewise(a, c, b), from the innermost outwards."""
    while (match := list(re.finditer(r"(?<!\w)if\s*\(", text))) != []:
        start, inside = match[-1].start(), match[-1].end()
        parts, end = _arguments(text, inside)
        if len(parts) != 3:
            return text
        text = f"{text[:start]}piecewise({parts[1]}, {_condition(parts[0])}, {parts[2]}){text[end:]}"
    return text


def _condition(text: str) -> str:
    """A condition as such: BioNetGen also takes a number, true where it is not 0."""
    return text if re.search(r"[<>]|[=!]=|&&|\|\|", text) else f"(({text}) != 0)"


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """The arguments of a call whose bracket was opened just before `start`, and where it ends."""
    parts, depth, begun = [], 0, start
    for place in range(start, len(text)):
        character = text[place]
        if character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif character in ",)" and not depth:
            parts.append(text[begun:place])
            begun = place + 1
            if character == ")":
                return parts, begun
    return [], len(text)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
