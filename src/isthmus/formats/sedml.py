"""The nouns of SED-ML: which model, changed how, run how, and what of it is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from isthmus.algebra.expression import Expression


@dataclass(frozen=True, slots=True)
class Variable:
    """A name in a formula: the value of a `target` (XPath) or a `symbol` (URN), in a task or in a model."""

    id: str
    target: str = ""
    symbol: str = ""
    task: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A named number of a formula."""

    id: str
    value: float


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a model's XML at `target`.

    kind: the name of the element. text: the new value of an attribute, or the new XML. formula: of a
    computeChange, in its variables and constants.
    """

    kind: str
    target: str
    text: str = ""
    formula: Expression | None = None
    variables: tuple[Variable, ...] = ()
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model: a file of the archive, or another model as `#id`, with changes."""

    id: str
    source: str
    language: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class AlgorithmParameter:
    """A setting of an algorithm, by its KiSAO id."""

    kisao: str
    value: str


@dataclass(frozen=True, slots=True)
class TimeCourse:
    """A uniform time course: output at `steps` + 1 evenly spaced times from `start` to `end`.

    initial: the time at which the model starts. kisao: the algorithm, as KISAO_0000019.
    """

    id: str
    initial: float
    start: float
    end: float
    steps: int
    kisao: str
    parameters: tuple[AlgorithmParameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A simulation of a model."""

    id: str
    model: str
    simulation: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class DataGenerator:
    """A curve: a formula in variables of tasks."""

    id: str
    name: str
    formula: Expression
    variables: tuple[Variable, ...] = ()
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class DataSet:
    """A row of a report."""

    id: str
    label: str
    generator: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """A report, or the data of a plot. kind: the name of the element."""

    id: str
    name: str
    kind: str
    sets: tuple[DataSet, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that cannot be run, kept so that what does not need it can be."""

    id: str
    kind: str
    what: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class SedDocument:
    """One SED-ML file. prefixes: (prefix, namespace) for its XPaths."""

    models: tuple[ModelSource, ...] = ()
    simulations: tuple[TimeCourse, ...] = ()
    tasks: tuple[Task, ...] = ()
    generators: tuple[DataGenerator, ...] = ()
    outputs: tuple[Output, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    prefixes: tuple[tuple[str, str], ...] = ()
