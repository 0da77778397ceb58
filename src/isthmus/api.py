"""The Python door: the public calls, each handing its work to a recipe; `import isthmus` offers them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from isthmus.errors import UsageError, Where
from isthmus.formats import write_antimony, write_sbml
from isthmus.model.question import Question
from isthmus.records.certificate import Certificate
from isthmus.records.progress import Progress, ignore_progress
from isthmus.records.scales import Scales
from isthmus.records.study import Study
from isthmus.report.files import write_result
from isthmus.report.folder import check_target
from isthmus.report.notebook import Page, render_page
from isthmus.study import session
from isthmus.study.search.effort import Effort
from isthmus.study.session import OpenModel
from isthmus.study.verify import verify as repeat

if TYPE_CHECKING:
    import xarray
    from numpy.typing import ArrayLike

    from isthmus.records.ensemble import Ensemble
    from isthmus.records.fit import Fit
    from isthmus.records.sensitivity import Sensitivities
    from isthmus.records.steady_state import SteadyState

_SBML, _ANTIMONY = (".xml", ".sbml"), (".ant", ".txt")


def read(source: str | os.PathLike[str]) -> OpenModel:
    """Read a model from an SBML or Antimony file, or from such a text.

    The file is parsed in a child process with limits on time and memory. Raises ModelError for what is no
    model, with file and line, and UnsupportedFeature for what isthmus does not handle.

        model = isthmus.read("examples/michaelis_menten.ant")
    """
    return session.open_model(source)


def reduce(
    model: OpenModel,
    question: Question,
    allow_implicit: bool = False,
    out: str | os.PathLike[str] | None = None,
    *,
    progress: Progress = ignore_progress,
    effort: Effort | None = None,
) -> Study:
    """Find and certify the simplest model that still answers the question.

    allow_implicit: also take laws that are roots of an equation (algebraic rules). out: a folder for the
    files of `isthmus reduce`, complete or not at all; nothing is written without it. progress: called as
    progress(text, done, total). effort: how hard to search.

    The study has `found` (whether something smaller is certified), `ladder`, `certificate` and, where
    something smaller was chosen, `reduced_sbml`, which `read` takes. That nothing smaller was found is an
    answer, not an error. Ctrl-C gives an `interrupted` study with the rungs found so far.

    Raises UsageError (a question about another model, a folder that would be overwritten), ModelError,
    NumericalError.

        study = isthmus.reduce(model, model.question(observe=["P"], tolerance="1%"), out="mm")
    """
    if out is not None:
        check_target(os.fspath(out))
    result = session.find_answer(
        model, question, allow_implicit=allow_implicit, progress=progress, effort=effort
    )
    if out is not None:
        write_result(os.fspath(out), result)
    study = result.study
    return replace(study, reduced_sbml=result.reduced_xml) if study.chosen > 0 else study


def simulate(
    model: OpenModel,
    until: str | float | None = None,
    *,
    points: int | None = 201,
    quantities: Mapping[str, float] | None = None,
    observe: str | Sequence[str] = (),
    method: str = "ndf",
) -> xarray.Dataset:
    """Run a model from time 0 to `until`.

    until: in the model's unit of time, or as `"1h"`; found where it is None. points: evenly spaced times,
    both ends included; None for the integrator's own steps. quantities: parameters and initial values that
    differ from the file's, by id, in the unit and kind of the file. observe: further curves, ids or formulas.
    method: "ndf", "cvode", "radau" or "ida".

    Returns a Dataset over `time`, shape (times,), with one variable of that shape for each state and
    observable: what its id stands for in formulas, a concentration where it is one. Units are in the `attrs`
    of each variable, hashes, versions, integrator and tolerances in those of the set.

    Raises UsageError for what cannot be asked, NumericalError where the run stops short.
    """
    trajectory = session.find_trajectory(
        model,
        until,
        points=points,
        quantities=quantities or {},
        observe=_texts(observe),
        method=method,
    )
    return trajectory.to_xarray()


def sweep(
    model: OpenModel,
    quantities: Mapping[str, ArrayLike] | ArrayLike,
    until: str | float | None = None,
    *,
    points: int = 201,
    observe: str | Sequence[str] = (),
    workers: int | None = None,
) -> Ensemble:
    """Run a model for many sets of quantities at once.

    quantities: columns by id, each a number or one value a set, everything else nominal. until, points: as in
    `simulate`. observe: ids or formulas; all states without any. workers: native threads; results do not
    depend on their number.

    Returns an Ensemble: `["P"]` of shape (sets, points), `endings()`, `to_xarray()`. A set that fails has its
    code and leaves the others alone. Raises UsageError for what cannot be asked.

        isthmus.sweep(model, {"k1": [0.1, 1.0, 10.0]}, "1h", observe="P")
    """
    from isthmus.study.many_runs import find_ensemble

    return find_ensemble(model, quantities, until, points, _texts(observe), workers)


def sensitivities(
    model: OpenModel,
    until: str | float | None = None,
    *,
    points: int = 201,
    wrt: Sequence[str] | None = None,
    quantities: Mapping[str, float] | None = None,
    observe: str | Sequence[str] = (),
) -> Sensitivities:
    """The slopes of curves by parameters and initial values, along one run.

    wrt: ids of quantities, all unless given; a state's id is its initial value. The rest as in `simulate`.

    Returns Sensitivities: `of("P", "k1")` of shape (points,), `scaled()`, `to_xarray()`. Raises UsageError,
    UnsupportedFeature where they jump, NumericalError.
    """
    from isthmus.study.many_runs import find_sensitivities

    return find_sensitivities(model, until, points, wrt, quantities or {}, _texts(observe))


def steady_state(
    model: OpenModel,
    quantities: Mapping[str, float] | None = None,
    *,
    observe: str | Sequence[str] = (),
) -> SteadyState:
    """The steady state that a model comes to from its initial values.

    quantities, observe: as in `simulate`. Returns a SteadyState: `["P"]`, `stable`, `slowest`,
    `to_xarray()`. Raises NumericalError with the reason where there is no rest.
    """
    from isthmus.study.many_runs import find_rest

    return find_rest(model, quantities or {}, _texts(observe))


def petab(problem: str | os.PathLike[str], values: Mapping[str, float] | None = None) -> Fit:
    """Run the experiments of a PEtab problem, by the path of its YAML file.

    values: of parameters, by id, on their linear scale; nominal without. Returns a Fit: `log_likelihood`,
    `chi_squared`, `compared`. Raises UsageError, ModelError, NumericalError.
    """
    from isthmus.formats.petab import read_problem
    from isthmus.study.calibration.fit import find_fit

    return find_fit(read_problem(problem), values or {})


def scales(model: OpenModel, horizon: str | float | None = None) -> Scales:
    """The time scales of a model along its nominal run, in the model's unit of time, fastest first.

    horizon: the end of the run, which also says what is fast and what frozen; derived where it is None.
    Raises UsageError, NumericalError.
    """
    return session.find_scales(model, horizon)


def compare(full: OpenModel, reduced: OpenModel, question: Question) -> Certificate:
    """Test whether a simpler model, whoever made it, answers a question about the full one.

    The certificate is *exact* where the two are proved to be the same, else *sampled* over the domain of the
    question; `kept` says whether the claim holds. Raises UsageError, ModelError, NumericalError.

        isthmus.compare(model, isthmus.read("smaller.xml"), model.question(observe=["P"]))
    """
    return session.certify_pair(full, reduced, question)


def verify(directory: str | os.PathLike[str], seed: int = 2) -> Certificate:
    """Repeat the certificate of a folder that `reduce` wrote, on its two files, with fresh draws.

    Raises UsageError where it is no such folder or a file in it has changed; NumericalError.
    """
    return repeat(Path(directory), seed)


def write(model: OpenModel, path: str | os.PathLike[str]) -> Path:
    """Write a model, `.xml` or `.sbml` as SBML Level 3 Version 2, `.ant` or `.txt` as Antimony.

    Returns the path. The file is complete or not there at all; an older one of that name is replaced.
    `model.full_xml` holds the file as it was read. Raises UsageError for another ending, ModelError where the
    file cannot be written.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending in _SBML:
        write_sbml(model.model, target)
    elif ending in _ANTIMONY:
        write_antimony(model.model, target)
    else:
        raise UsageError(
            "E-OUTPUT-FORMAT",
            f"unknown ending {ending!r}",
            needed=f"a name that ends in {', '.join((*_SBML, *_ANTIMONY))}",
            where=Where(str(target)),
        )
    return target


def show(study: Study) -> Page:
    """The report of a study: in a notebook the page `report.html`, elsewhere what the command line prints."""
    return render_page(study)


def _texts(values: str | Sequence[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)
