"""SED-ML Level 1 Versions 1 to 4 → SedDocument; runs in the reader process."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from xml.etree.ElementTree import Element

from isthmus.algebra.expression import Expression, free_symbols
from isthmus.algebra.mathml import MATH, MathmlReader
from isthmus.errors import ModelError, Where
from isthmus.formats.prescan import prescan
from isthmus.formats.sedml import (
    AlgorithmParameter,
    Change,
    Constant,
    DataGenerator,
    DataSet,
    ModelSource,
    Output,
    SedDocument,
    Task,
    TimeCourse,
    Unsupported,
    Variable,
)
from isthmus.formats.xml_tree import Document, child, items, local_name, parse_document

_PREFIX: Final = re.compile(rb"""\sxmlns:([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_KISAO: Final = re.compile(r"KISAO[:_]0*(\d{1,7})\Z", re.IGNORECASE)
_MOST_STEPS: Final = 1_000_000
_Noun = TypeVar("_Noun")


def read_sedml(data: bytes, file: str = "") -> SedDocument:
    """What a SED-ML file asks for. Tasks that are not supported are listed, so that others can be run.

    Raises `ModelError` E-SEDML for what cannot be understood.
    """
    prescan(data, file, "sedML")
    return _Reader(parse_document(data, file), file).document()


class _Reader:
    def __init__(self, xml: Document, file: str) -> None:
        self.xml = xml
        self.file = file
        self.unsupported: list[Unsupported] = []

    def document(self) -> SedDocument:
        root = self.xml.root
        level, version = root.get("level", ""), root.get("version", "")
        if level != "1" or version not in ("1", "2", "3", "4"):
            found = f"SED-ML Level {level or '?'} Version {version or '?'}"
            raise self.refusal(root, found, "Level 1 Version 1 to 4")
        document = SedDocument(
            models=tuple(map(self.model, items(root, "listOfModels"))),
            simulations=self.known("listOfSimulations", {"uniformTimeCourse": self.time_course}),
            tasks=self.known("listOfTasks", {"task": self.task}),
            generators=tuple(map(self.generator, items(root, "listOfDataGenerators"))),
            outputs=self.known("listOfOutputs", dict.fromkeys(_SETS, self.output)),
            prefixes=self.prefixes(),
        )
        self.refuse_twice(document)
        return SedDocument(
            document.models,
            document.simulations,
            document.tasks,
            document.generators,
            document.outputs,
            tuple(self.unsupported),
            document.prefixes,
        )

    def known(self, name: str, readers: Mapping[str, Callable[[Element], _Noun]]) -> tuple[_Noun, ...]:
        """The members of a list that there is a reader for; the others are noted as not supported."""
        found = []
        for element in items(self.xml.root, name):
            kind = local_name(element)
            if kind in readers:
                found.append(readers[kind](element))
            else:
                what = f"a {kind}, which isthmus does not run"
                line = self.xml.places.position(element)[0]
                self.unsupported.append(Unsupported(element.get("id", ""), kind, what, line))
        return tuple(found)

    def prefixes(self) -> tuple[tuple[str, str], ...]:
        """The prefixes declared anywhere: XPaths stand in attributes, which no XML parser resolves."""
        found: dict[str, str] = {}
        for match in _PREFIX.finditer(self.xml.data):
            uri = match[3] if match[2] is None else match[2]
            found.setdefault(match[1].decode("utf-8", "replace"), uri.decode("utf-8", "replace"))
        return tuple(found.items())

    def model(self, element: Element) -> ModelSource:
        changes = tuple(map(self.change, items(element, "listOfChanges")))
        source, language = self.text(element, "source"), element.get("language", "")
        return ModelSource(self.text(element, "id"), source, language, changes)

    def change(self, element: Element) -> Change:
        kind, target = local_name(element), self.text(element, "target")
        if kind == "computeChange":
            formula = self.formula(element)
            return Change(
                kind, target, "", formula, self.variables(element, formula), self.constants(element)
            )
        if kind == "changeAttribute":
            return Change(kind, target, self.text(element, "newValue"))
        if kind in ("addXML", "changeXML"):
            new = child(element, "newXML")
            text = "" if new is None else self.xml.verbatim(new, "newXML")
            return Change(kind, target, text.removeprefix("<newXML>").removesuffix("</newXML>"))
        if kind != "removeXML":
            raise self.refusal(element, f"a change of the kind {kind!r}")
        return Change(kind, target)

    def time_course(self, element: Element) -> TimeCourse:
        algorithm = child(element, "algorithm")
        steps = element.get("numberOfSteps", element.get("numberOfPoints", ""))
        if not steps.strip().isdigit() or int(steps) > _MOST_STEPS:
            raise self.refusal(element, f"{steps[:40]!r} steps", f"a whole number up to {_MOST_STEPS:,}")
        settings = [] if algorithm is None else items(algorithm, "listOfAlgorithmParameters")
        parameters = tuple(
            AlgorithmParameter(self.kisao(setting), setting.get("value", "")) for setting in settings
        )
        initial, start, end = (
            self.double(element, name) for name in ("initialTime", "outputStartTime", "outputEndTime")
        )
        if not initial <= start <= end:
            raise self.refusal(element, f"times {initial:g}, {start:g}, {end:g}", "initial ≤ start ≤ end")
        kisao = "" if algorithm is None else self.kisao(algorithm)
        return TimeCourse(self.text(element, "id"), initial, start, end, int(steps), kisao, parameters)

    def kisao(self, element: Element) -> str:
        text = element.get("kisaoID", "").strip()
        match = _KISAO.match(text)
        if match is None:
            raise self.refusal(element, f"kisaoID={text[:40]!r}", "a term such as KISAO:0000019")
        return f"KISAO_{int(match[1]):07d}"

    def task(self, element: Element) -> Task:
        names = ("id", "modelReference", "simulationReference")
        identifier, model, simulation = (self.text(element, name) for name in names)
        return Task(identifier, model, simulation, element.get("name", ""))

    def generator(self, element: Element) -> DataGenerator:
        formula = self.formula(element)
        return DataGenerator(
            self.text(element, "id"),
            element.get("name", ""),
            formula,
            self.variables(element, formula),
            self.constants(element),
        )

    def variables(self, element: Element, formula: Expression) -> tuple[Variable, ...]:
        found = tuple(map(self.variable, items(element, "listOfVariables")))
        known = {variable.id for variable in found} | {c.id for c in self.constants(element)}
        unknown = sorted(free_symbols(formula) - known)
        if unknown:
            raise self.refusal(element, f"a formula that uses {unknown[0]!r}", "one of its own variables")
        return found

    def variable(self, element: Element) -> Variable:
        return Variable(
            self.text(element, "id"),
            element.get("target", ""),
            element.get("symbol", ""),
            element.get("taskReference", ""),
            element.get("modelReference", ""),
        )

    def constants(self, element: Element) -> tuple[Constant, ...]:
        parameters = items(element, "listOfParameters")
        return tuple(Constant(self.text(p, "id"), self.double(p, "value")) for p in parameters)

    def formula(self, element: Element) -> Expression:
        found = element.find(MATH + "math")
        if found is None:
            raise self.refusal(element, "no <math>", "a formula")
        try:
            return MathmlReader().expression(found)
        except ModelError as error:
            place = error.about if isinstance(error.about, Element) else element
            where = Where(self.file, *self.xml.places.position(place), _described(element))
            raise type(error)(error.code, error.found, needed=error.needed, where=where) from None

    def output(self, element: Element) -> Output:
        kind = local_name(element)
        sets: dict[str, DataSet] = {}
        for list_name, references in _SETS[kind].items():
            for member in items(element, list_name):
                for generator in filter(None, (member.get(reference) for reference in references)):
                    data_set = DataSet(generator, generator, generator)
                    if kind == "report":
                        identifier, label = self.text(member, "id"), member.get("label", "")
                        data_set = DataSet(identifier, label, generator, member.get("name", ""))
                    sets.setdefault(data_set.id, data_set)
        return Output(self.text(element, "id"), element.get("name", ""), kind, tuple(sets.values()))

    def refuse_twice(self, document: SedDocument) -> None:
        """Refuse two elements of one id: everything is found by its id."""
        lists = (document.models, document.simulations, document.tasks, document.generators, document.outputs)
        seen: set[str] = set()
        for noun in (noun for members in lists for noun in members):
            if noun.id in seen:
                raise self.refusal(self.xml.root, f"two elements called {noun.id!r}", "one of each id")
            seen.add(noun.id)

    def text(self, element: Element, name: str) -> str:
        found = element.get(name, "").strip()
        if not found:
            raise self.refusal(element, f"no {name}", f"the attribute {name}")
        return found

    def double(self, element: Element, name: str) -> float:
        text = self.text(element, name)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.refusal(element, f"{name}={text[:40]!r}", "a finite number")
        return value

    def refusal(self, element: Element, found: str, needed: str = "") -> ModelError:
        where = Where(self.file, *self.xml.places.position(element), _described(element))
        return ModelError("E-SEDML", found, needed=needed, where=where)


def _described(element: Element) -> str:
    return f"{local_name(element)} '{element.get('id', '')}'" if element.get("id") else local_name(element)


# What refers to data generators: lists of an output → attributes of their members.
_SETS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "report": {"listOfDataSets": ("dataReference",)},
    "plot2D": {"listOfCurves": ("xDataReference", "yDataReference")},
    "plot3D": {"listOfSurfaces": ("xDataReference", "yDataReference", "zDataReference")},
}
