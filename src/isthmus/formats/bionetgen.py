"""BioNetGen network files (`.net`) → Model, in amounts.

Species are amounts in one compartment of size 1: a network has its volumes in its rate constants. The species
with index 3 is `S3`, its pattern is the name. Groups and functions become parameters with assignment rules,
parameters given by formulas get initial assignments; a species marked `$` is not changed by reactions.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Final

from isthmus.algebra.evaluate import evaluate, to_float
from isthmus.algebra.expression import Expression, add, free_symbols, mul, number, symbol
from isthmus.errors import ModelError
from isthmus.formats.bionetgen_blocks import Line, read_blocks
from isthmus.formats.bionetgen_formulas import FormulaReader
from isthmus.formats.bionetgen_rates import read_rate
from isthmus.formats.imported import Imported, Loss
from isthmus.formats.unique_ids import unique_id
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule, InitialAssignment
from isthmus.model.species import Species

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBERED: Final = re.compile(r"(\d+)\s+(.+)")
_COEFFICIENT: Final = re.compile(r"(?:(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\*)?(\d+)")


def read_network(data: bytes, file: str = "") -> Imported:
    """The model in a BioNetGen network file.

    Raises `ModelError` with the line for what is no network, `UnsupportedFeature` for what is not handled.
    """
    network = _Network(read_blocks(data.decode("utf-8-sig"), file), file)
    return Imported(network.model(), network.losses())


class _Network:
    """The entries of the blocks and the names they define; indices of species are 1, 2, … in order."""

    def __init__(self, blocks: dict[str, list[Line]], file: str) -> None:
        self.file = file
        self.parameters = [(line, *_named(line)) for line in blocks["parameters"]]
        self.functions = [(line, *_function(line)) for line in blocks["functions"]]
        self.groups = [(line, *_group(line)) for line in blocks["groups"]]
        self.seeds = [(line, *_seed(line, at)) for at, line in enumerate(blocks["species"], 1)]
        self.steps = [(line, _unnumbered(line)) for line in blocks["reactions"]]
        self.ids: set[str] = set()
        for line, name, _ in (*self.parameters, *self.functions):
            _add_new(name, self.ids, line)
        written: set[str] = set()
        for line, name, _ in self.groups:
            _add_new(name, written, line)
        # What a formula means by a name that a group shares with a parameter nobody can tell.
        self.shared = written & self.ids
        self.group_ids = [unique_id(name, self.ids) for _, name, _ in self.groups]
        self.formulas = FormulaReader(frozenset(self.ids))
        self.given = FormulaReader(frozenset(name for _, name, _ in self.parameters))
        self.place = unique_id("space", self.ids)
        self.names = [unique_id(f"S{at}", self.ids) for at in range(1, len(self.seeds) + 1)]
        self.symbols = [symbol(name) for name in self.names]

    def losses(self) -> tuple[Loss, ...]:
        """The groups that had to be given another name."""
        return tuple(
            Loss(f"group {name!r}", f"is called {other!r} here: a parameter has its name")
            for (_, name, _), other in zip(self.groups, self.group_ids, strict=True)
            if name != other
        )

    def model(self) -> Model:
        """All of it as a model."""
        quantities, starts = self._quantities()
        species, initial = self._species()
        rules = tuple(AssignmentRule(name, formula) for name, formula in self._followers())
        return Model(
            id=_identifier(Path(self.file).stem),
            compartments=(Compartment(self.place, 1.0),),
            species=species,
            parameters=(*quantities, *(Parameter(rule.variable, constant=False) for rule in rules)),
            reactions=self._reactions(),
            assignments=rules,
            initial_assignments=(*starts, *initial),
            source=self.file,
        )

    def _quantities(self) -> tuple[list[Parameter], list[InitialAssignment]]:
        parameters: list[Parameter] = []
        starts: list[InitialAssignment] = []
        for line, name, text in self.parameters:
            formula = self.given.read(text, line)
            self._require(formula, line, {n for _, n, _ in self.parameters} - {name})
            value = _value(formula)
            parameters.append(Parameter(name, value))
            if value is None:
                starts.append(InitialAssignment(name, formula))
        return parameters, starts

    def _species(self) -> tuple[tuple[Species, ...], list[InitialAssignment]]:
        found: list[Species] = []
        starts: list[InitialAssignment] = []
        known = {name for _, name, _ in self.parameters}
        for name, (line, pattern, fixed, text) in zip(self.names, self.seeds, strict=True):
            formula = self.given.read(text, line)
            self._require(formula, line, known)
            value = _value(formula)
            found.append(
                Species(
                    name,
                    self.place,
                    value,
                    initial_is_amount=True,
                    substance_only=True,
                    boundary=fixed,
                    name=pattern,
                )
            )
            if value is None:
                starts.append(InitialAssignment(name, formula))
        return tuple(found), starts

    def _followers(self) -> list[tuple[str, Expression]]:
        """Groups and functions with their formulas."""
        found: list[tuple[str, Expression]] = []
        for name, (line, _, members) in zip(self.group_ids, self.groups, strict=True):
            terms = [mul(number(weight), self._at(index, line)) for weight, index in members]
            found.append((name, add(*terms) if terms else number(0)))
        known = {name for _, name, _ in (*self.parameters, *self.functions, *self.groups)} - self.shared
        for line, name, text in self.functions:
            formula = self.formulas.read(text, line)
            self._require(formula, line, known)
            found.append((name, formula))
        return found

    def _reactions(self) -> tuple[Reaction, ...]:
        read_once: dict[tuple[str, tuple[Expression, ...]], Expression] = {}
        found: list[Reaction] = []
        known = self.ids | set(self.names)
        for at, (line, text) in enumerate(self.steps, 1):
            words = text.split(maxsplit=2)
            if len(words) != 3:
                raise line.malformed(f"{text!r}", "reactants, products and a rate")
            before, after = (self._side(word, line) for word in words[:2])
            key = words[2], tuple(before)
            if key not in read_once:
                read_once[key] = read_rate(words[2], before, line, self.formulas)
                self._require(read_once[key], line, known)
            found.append(
                Reaction(
                    unique_id(f"R{at}", self.ids),
                    _participants(tuple(str(x.value) for x in before)),
                    _participants(tuple(str(x.value) for x in after)),
                    read_once[key],
                    name=line.comment,
                )
            )
        return tuple(found)

    def _side(self, text: str, line: Line) -> list[Expression]:
        if text == "0":
            return []
        if not re.fullmatch(r"\d+(,\d+)*", text):
            raise line.malformed(f"the participants {text!r}", "indices of species joined by commas, or 0")
        return [self._at(int(word), line) for word in text.split(",") if word != "0"]

    def _at(self, index: int, line: Line) -> Expression:
        if not 1 <= index <= len(self.symbols):
            raise line.malformed(f"the species {index}", f"an index from 1 to {len(self.symbols)}")
        return self.symbols[index - 1]

    def _require(self, formula: Expression, line: Line, known: set[str]) -> None:
        unknown = sorted(free_symbols(formula) - known)
        if unknown:
            raise ModelError(
                "E-NETWORK",
                f"the name {unknown[0]!r}",
                needed="a name that the file defines, and that may stand here",
                where=line.where(),
            )


def _add_new(name: str, known: set[str], line: Line) -> None:
    if name in known:
        raise line.malformed(f"a second {name!r}", "one definition of each name")
    known.add(name)


@lru_cache(maxsize=100_000)
def _participants(side: tuple[str, ...]) -> tuple[Participant, ...]:
    return tuple(Participant(name, Fraction(count)) for name, count in Counter(side).items())


def _value(formula: Expression) -> float | None:
    return None if free_symbols(formula) else to_float(evaluate([formula], {})[0])


def _unnumbered(line: Line) -> str:
    """The text behind the index that every entry begins with."""
    match = _NUMBERED.fullmatch(line.text)
    if match is None:
        raise line.malformed(f"{line.text[:60]!r}", "an index and what it stands for")
    return match[2]


def _named(line: Line) -> tuple[str, str]:
    """(name, formula), with or without an index before and an equals sign between."""
    numbered = _NUMBERED.fullmatch(line.text)
    name, _, formula = (numbered[2] if numbered else line.text).replace("=", " ", 1).partition(" ")
    if not _NAME.fullmatch(name) or not formula.strip():
        raise line.malformed(f"{line.text[:60]!r}", "a name and a formula")
    return name, formula.strip()


def _function(line: Line) -> tuple[str, str]:
    match = re.fullmatch(r"(?:\d+\s+)?([A-Za-z_]\w*)\s*\(([^)]*)\)\s*=?\s*(.+)", line.text)
    if match is None:
        raise line.malformed(f"{line.text[:60]!r}", "a function: name() formula")
    if match[2].strip():
        raise line.unsupported(
            f"the function {match[1]!r} of {match[2].strip()!r}", "functions without arguments"
        )
    return match[1], match[3]


def _group(line: Line) -> tuple[str, list[tuple[str, int]]]:
    """(name, [(weight, index of a species)])."""
    name, *members = _unnumbered(line).split()
    found: list[tuple[str, int]] = []
    for member in "".join(members).split(",") if members else []:
        match = _COEFFICIENT.fullmatch(member)
        if match is None:
            raise line.malformed(f"the member {member!r}", "an index of a species, or weight*index")
        found.append((match[1] or "1", int(match[2])))
    if not _NAME.fullmatch(name):
        raise line.malformed(f"the group {name!r}", "a name of letters, digits and underscores")
    return name, found


def _seed(line: Line, expected: int) -> tuple[str, bool, str]:
    """(pattern, whether it is fixed, formula of its initial amount)."""
    words = _unnumbered(line).split(maxsplit=1)
    if len(words) != 2:
        raise line.malformed(f"{line.text[:60]!r}", "an index, a species and its initial amount")
    if int(line.text.split()[0]) != expected:
        raise line.malformed(f"the index {line.text.split()[0]}", f"{expected}: species in order")
    pattern = words[0]
    fixed = re.match(r"(@\w+::?)?\$", pattern) is not None
    return pattern.replace("$", "", 1) if fixed else pattern, fixed, words[1]


def _identifier(name: str) -> str:
    cleaned = re.sub(r"\W", "_", name, flags=re.ASCII)
    return cleaned if _NAME.fullmatch(cleaned) else f"network_{cleaned}"
