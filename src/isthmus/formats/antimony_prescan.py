"""What libAntimony would need for a text, foreseen from its words alone: no formula is parsed here.

Measured with libAntimony 3.3: the time for a formula grows with the square of its terms (5,000 take 4 s), a
written-out module takes 0.14 MB in every module that holds it, a quantity in one 15 kB, and the time for a
module inside of others grows with the sixth power of their number (16 take half a second, 32 take 15 s).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from isthmus.errors import ModelError, UnsupportedFeature, Where

MOST_TERMS: Final = 5_000
MOST_INSTANCES: Final = 1_500
MOST_WRITTEN_OUT: Final = 20_000
DEEPEST_MODULES: Final = 16
# Strings and comments first, so that a word inside them is no keyword.
_TOKEN: Final = re.compile(
    r"""
      (?P<skip> \"\"\".*?\"\"\" | '''.*?''' | ``.*?`` | "[^"\n]*" | //[^\n]* | \#[^\n]* | /\*.*?\*/
        | \\\r?\n )
    | (?P<word> [A-Za-z_]\w* )
    | (?P<number> (?: \d+\.?\d* | \.\d+ ) (?: [eE][-+]?\d+ )? )
    | (?P<end> [;\r\n] )
    | (?P<open> \( )
    | (?P<close> \) )
    | (?P<operator> [-+*/^%&|<>] )
    | (?P<other> \S )
    """,
    re.VERBOSE | re.DOTALL,
)


def prescan_antimony(text: str, file: str = "") -> None:
    """Refuse another file, and what libAntimony would spend too much time or memory on.

    Raises `UnsupportedFeature` for `import`, `ModelError` E-TOO-LARGE and E-TOO-DEEP with the line.
    """
    scan = _Scan(text, file)
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            scan.take(match)
    scan.end_statement()


@dataclass(slots=True)
class _Module:
    """What a module is when written out: the modules and quantities in it, and how deep they go."""

    instances: int = 0
    quantities: int = 0
    depth: int = 0
    names: set[str] = field(default_factory=set)


class _Scan:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._modules: dict[str, _Module] = {}
        self._main = _Module()
        self._current = self._main
        self._statement: list[str] = []
        self._start = 0
        self._brackets = 0
        self._terms = 0
        self._squares = 0
        self._after_operator = False

    def take(self, match: re.Match[str]) -> None:
        """Look at one word, number or mark."""
        kind, word = match.lastgroup, match[0]
        if kind == "end":
            self.end_statement()
            return
        if word == "import":
            raise self._import(match.start())
        self._brackets += (kind == "open") - (kind == "close")
        if (kind in ("word", "number") and self._after_operator) or (word == "," and self._brackets > 0):
            self._terms += 1
        self._after_operator = kind == "operator"
        if kind == "word":
            self._current.names.add(word)
        if len(self._statement) < 4:
            self._start = self._start if self._statement else match.start()
            self._statement.append(word)
            self._begin()
        if kind == "close" and self._brackets == 0 and self._statement[0] in ("model", "module"):
            self.end_statement()

    def end_statement(self) -> None:
        """Count what the statement adds; a long one is refused."""
        self._squares += self._terms**2
        if self._terms > MOST_TERMS:
            raise self._too_large(f"a formula of {self._terms + 1:,} terms", f"at most {MOST_TERMS:,}")
        if self._squares > MOST_TERMS**2:
            found = f"long formulas that take the time of one of {round(self._squares**0.5):,} terms"
            raise self._too_large(found, f"at most {MOST_TERMS:,}")
        self._statement, self._terms, self._brackets, self._after_operator = [], 0, 0, False

    def _begin(self) -> None:
        """See what the first words of a statement begin: a module, its end, or a module inside of it."""
        match self._statement:
            case ["model" | "module", name] | ["model" | "module", "*", name] if name != "*":
                self._current = self._modules[name] = _Module()
            case ["end"]:
                self._current.quantities += len(self._current.names)
                self._current = self._main
            case [_, ":", name, "("] if name in self._modules:
                self._hold(self._modules[name], name)

    def _hold(self, part: _Module, name: str) -> None:
        current = self._current
        current.instances += 1 + part.instances
        current.quantities += part.quantities
        current.depth = max(current.depth, 1 + part.depth)
        needed = f"at most {MOST_INSTANCES:,} modules and {MOST_WRITTEN_OUT:,} quantities"
        if current.instances > MOST_INSTANCES:
            found = f"{current.instances:,} modules in one when '{name}' is written out here"
            raise self._too_large(found, needed)
        if current.quantities > MOST_WRITTEN_OUT:
            found = f"{current.quantities:,} quantities in modules when '{name}' is written out here"
            raise self._too_large(found, needed)
        if current.depth > DEEPEST_MODULES:
            raise ModelError(
                "E-TOO-DEEP",
                f"modules inside of modules, {current.depth} deep",
                needed=f"at most {DEEPEST_MODULES}",
                advice="write the model with fewer levels of modules, or as SBML",
                where=self._where(self._start),
            )

    def _too_large(self, found: str, needed: str) -> ModelError:
        advice = "split it with intermediate assignment rules (x := …), or write the model as SBML"
        if "module" in found:
            advice = "write the model with fewer copies of its modules, or as SBML"
        return ModelError("E-TOO-LARGE", found, needed=needed, advice=advice, where=self._where(self._start))

    def _import(self, place: int) -> UnsupportedFeature:
        return UnsupportedFeature(
            "E-IMPORT",
            "an import of another file",
            needed="everything in one file",
            advice="put the imported models into this file",
            where=self._where(place),
        )

    def _where(self, place: int) -> Where:
        before = self._text[:place]
        return Where(self._file, before.count("\n") + 1, place - before.rfind("\n"))
