"""One task of a SED-ML file: its model with changes, run by the integrator that its algorithm stands for."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from isthmus.algebra.expression import TIME, postorder, symbol
from isthmus.dynamics.rates import read_rates
from isthmus.errors import IsthmusError, ModelError, UnsupportedFeature, Where
from isthmus.formats import read_bytes
from isthmus.formats.combine import change_model, find_targets
from isthmus.formats.omex import Archive
from isthmus.formats.sedml import ModelSource, SedDocument, Task, TimeCourse, Variable
from isthmus.model.model import Model
from isthmus.model.question import Observable
from isthmus.records.archive_run import Failure, Floats, TaskRun
from isthmus.simulate.rates import simulate
from isthmus.study.kisao import TIME as KISAO_TIME
from isthmus.study.kisao import choose_integrator

_TIME_SYMBOLS = ("urn:sedml:symbol:time", KISAO_TIME, KISAO_TIME.replace("_", ":"))
_SBML = "urn:sedml:language:sbml"


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of one task. times, and by_target: what each XPath leads to, along them."""

    times: Floats
    by_target: Mapping[str, Floats]

    def __getitem__(self, variable: Variable) -> Floats:
        """The values of a variable: time, or what its target leads to."""
        return self.by_target[variable.target] if variable.target else self.times


class TaskRunner:
    """Runs the tasks of one SED-ML file; a changed model is made once."""

    def __init__(self, archive: Archive, location: str, document: SedDocument) -> None:
        self._archive = archive
        self._location = location
        self._document = document
        self._models = {model.id: model for model in document.models}
        self._simulations = {simulation.id: simulation for simulation in document.simulations}
        self._prefixes = dict(document.prefixes)
        self._changed: dict[str, bytes] = {}

    def run(self, task: Task) -> tuple[TaskRun, Curves | None]:
        """The run of a task for the log, and its curves; none where it failed."""
        begun = perf_counter()
        simulation = self._simulations.get(task.simulation)
        asked = "" if simulation is None else simulation.kisao
        try:
            if simulation is None:
                raise self._unknown_simulation(task)
            chosen = choose_integrator(simulation.kisao, simulation.parameters)
            model, ids = self._model(task)
            curves = _curves(model, ids, simulation, chosen.method, chosen.rtol, chosen.max_steps)
        except IsthmusError as error:
            failure = Failure(error.code, str(error), error.exit_code)
            return TaskRun(task.id, asked, seconds=perf_counter() - begun, failure=failure), None
        return TaskRun(task.id, asked, chosen.method, chosen.notes, perf_counter() - begun), curves

    def _model(self, task: Task) -> tuple[Model, dict[str, str]]:
        """The model of a task, and the ids that its targets lead to."""
        targets = self._targets(task)
        source = self._source(task.model, ())
        data = self._data(source)
        found = find_targets(data, targets, self._prefixes, self._file_of(source))
        model = read_bytes(data, self._file_of(source)).model
        ids: dict[str, str] = {}
        for target, element in found.items():
            tag, _, identifier = element.partition(" ")
            if identifier not in model.ids or tag == "localParameter":
                raise UnsupportedFeature(
                    "E-SEDML-TARGET",
                    f"the {tag} {identifier!r} as a curve",
                    needed="a species, parameter, compartment or reaction",
                    where=self._where(f"task '{task.id}'"),
                )
            ids[target] = identifier
        return model, ids

    def _targets(self, task: Task) -> list[str]:
        """The XPaths of everything that is wanted of a task, each once."""
        targets: dict[str, None] = {}
        for generator in self._document.generators:
            for variable in generator.variables:
                if variable.task != task.id:
                    continue
                if variable.symbol and variable.symbol not in _TIME_SYMBOLS:
                    raise UnsupportedFeature(
                        "E-SEDML-FEATURE",
                        f"the symbol {variable.symbol!r}",
                        needed="urn:sedml:symbol:time or a target",
                        where=self._where(f"dataGenerator '{generator.id}'"),
                    )
                if variable.target:
                    targets[variable.target] = None
        return list(targets)

    def _source(self, name: str, above: tuple[str, ...]) -> ModelSource:
        """The model of that id; UnsupportedFeature for a language other than SBML."""
        if name not in self._models or name in above:
            what = "which is no model" if name not in above else "which is made from itself"
            raise ModelError("E-SEDML", f"the model {name!r}, {what}", where=self._where(""))
        model = self._models[name]
        if model.language and not model.language.startswith(_SBML):
            raise UnsupportedFeature(
                "E-SEDML-FEATURE",
                f"the language {model.language!r}",
                needed=f"{_SBML}",
                where=self._where(f"model '{name}'"),
            )
        return model

    def _data(self, model: ModelSource, above: tuple[str, ...] = ()) -> bytes:
        """The bytes of a model after its changes."""
        if model.id not in self._changed:
            origin = model.source.removeprefix("#")
            if origin in self._models:
                before = self._data(self._source(origin, (*above, model.id)), (*above, model.id))
            else:
                before = self._file(model)
            name = self._file_of(model)
            self._changed[model.id] = change_model(before, model.changes, self._prefixes, name)
        return self._changed[model.id]

    def _file(self, model: ModelSource) -> bytes:
        name = self._file_of(model)
        if name not in self._archive.files:
            raise ModelError(
                "E-SEDML-SOURCE",
                f"the source {model.source!r}",
                needed="a file of the archive; nothing outside of it is read",
                where=self._where(f"model '{model.id}'"),
            )
        return self._archive.files[name]

    def _file_of(self, model: ModelSource) -> str:
        """The name in the archive of the file that a model comes from."""
        while model.source.removeprefix("#") in self._models:
            following = self._models[model.source.removeprefix("#")]
            if following is model:
                break
            model = following
        return posixpath.normpath(posixpath.join(posixpath.dirname(self._location), model.source))

    def _unknown_simulation(self, task: Task) -> IsthmusError:
        what = {part.id: part.what for part in self._document.unsupported}
        where = self._where(f"task '{task.id}'")
        if task.simulation in what:
            return UnsupportedFeature("E-SEDML-FEATURE", what[task.simulation], where=where)
        return ModelError("E-SEDML", f"the simulation {task.simulation!r}, which is not there", where=where)

    def _where(self, what: str) -> Where:
        return Where(self._location, object=what)


def _curves(
    model: Model, ids: Mapping[str, str], course: TimeCourse, method: str, rtol: float, max_steps: int
) -> Curves:
    if course.initial != 0 and _knows_time(model):
        raise UnsupportedFeature(
            "E-SEDML-FEATURE",
            f"a start at time {course.initial:g} of a model whose formulas know the time",
            needed="initialTime 0",
        )
    times = np.linspace(course.start, course.end, course.steps + 1)
    since = np.unique(times - course.initial)
    if len(since) != len(times):
        raise ModelError(
            "E-SEDML",
            f"{course.steps} steps from {course.start:g} to {course.end:g}",
            needed="an end after the start",
        )
    names = tuple(dict.fromkeys(ids.values()))
    observables = tuple(Observable(name, symbol(name)) for name in names)
    trajectory = simulate(
        read_rates(model),
        course.end - course.initial,
        times=since.tolist(),
        observables=observables,
        rtol=rtol,
        method=method,
        max_steps=max_steps,
    )
    return Curves(times, {target: trajectory[name] for target, name in ids.items()})


def _knows_time(model: Model) -> bool:
    formulas = [formula for _, formula in model.definitions]
    return any(node.op == TIME for node in postorder(formulas))
