"""A model opened in Python: read once, asked many things."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

from isthmus.certify.exact_certificate import certify_exact
from isthmus.certify.sampled import certify_sampled
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.errors import UsageError
from isthmus.formats import Imported, Loss, read_with_xml
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.question import Question
from isthmus.model.reaction import Reaction
from isthmus.model.species import Species
from isthmus.model.unit import ModelUnits
from isthmus.records.certificate import Certificate
from isthmus.records.progress import Progress, ignore_progress
from isthmus.records.scales import Scales
from isthmus.records.trajectory import Trajectory
from isthmus.scales import ANALYSES
from isthmus.simulate.rates import run, simulate
from isthmus.study.clock import Clock
from isthmus.study.end import find_end
from isthmus.study.inputs import bring_in, parse_inputs
from isthmus.study.interruption import careful_interrupts
from isthmus.study.question import METRICS, Asked, ask, find_observable, observed_ids
from isthmus.study.recipe import Result, answer
from isthmus.study.search.effort import Effort

Amount = str | float


@dataclass(frozen=True, eq=False)
class OpenModel:
    """A model as read from a file, with the file itself; immutable.

    imported: the model and what of the file is not in it. full_xml: the SBML file, verbatim where the source
    is SBML, written by isthmus where it is Antimony. inputs: texts of the inputs in it. The equations are
    compiled when first needed, once.
    """

    imported: Imported
    full_xml: bytes
    inputs: tuple[str, ...] = ()

    @property
    def model(self) -> Model:
        """The symbolic model."""
        return self.imported.model

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What the file says and the model does not keep; none of it changes a trajectory."""
        return self.imported.losses

    @property
    def id(self) -> str:
        """The id of the model."""
        return self.model.id

    @property
    def name(self) -> str:
        """The name of the model, "" where it has none."""
        return self.model.name

    @property
    def source(self) -> str:
        """The path it was read from, "" for a text."""
        return self.model.source

    @property
    def sha256(self) -> str:
        """The SHA-256 of `full_xml`, by which a certificate knows the model."""
        return self.model.sha256

    @property
    def compartments(self) -> tuple[Compartment, ...]:
        """The compartments in the order of the file."""
        return self.model.compartments

    @property
    def species(self) -> tuple[Species, ...]:
        """The species in the order of the file."""
        return self.model.species

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, local ones included, in the order of the file."""
        return self.model.parameters

    @property
    def reactions(self) -> tuple[Reaction, ...]:
        """The reactions in the order of the file."""
        return self.model.reactions

    @property
    def units(self) -> ModelUnits:
        """The units of substance, volume, time, … that the file declares."""
        return self.model.units

    @cached_property
    def dynamics(self) -> Dynamics:
        """The rate equations; ModelError for a model that cannot be run."""
        return read_rates(self.model)

    def with_inputs(self, *texts: str) -> OpenModel:
        """The model driven by inputs, `"dose=steps:0..24/4:0..10"` or `"drug=doses:0,8,16:0..5"`.

        Its questions are about every schedule of the class; `full_xml` is the driven model. Raises UsageError
        for what cannot be read or driven.
        """
        found = parse_inputs((*self.inputs, *texts), self.model)[len(self.inputs) :]
        return OpenModel(*bring_in(self.imported, self.full_xml, found), (*self.inputs, *texts))

    def question(
        self,
        observe: str | Sequence[str],
        tolerance: Amount = "1%",
        horizon: Amount | None = None,
        after: Amount | None = None,
        vary: str | Sequence[str] = (),
        seed: int = 1,
        metric: str | None = None,
    ) -> Question:
        """What a simpler model must still show.

        observe: ids, names or formulas over ids. tolerance: `"1%"` or 0.01, a share of the peak of each
        observable. horizon, after: the window, in the model's unit of time, or as `"1h"`; a horizon that is
        not given is derived and `horizon_reason` says how. vary: the conditions, as `"k1=0.5..2x"`
        (multiples), `"k1=0.1..3"` (values in the file's unit) or `"all=1.2x"`; without any, every parameter
        and non-zero initial value varies from half to twice its value. seed: of every draw. metric: "peak"
        (the default), "range" or "features".

        Raises UsageError for what cannot be asked, NumericalError where no horizon can be derived because the
        equations cannot be solved.
        """
        asked = Asked(
            _texts(observe),
            _text(tolerance),
            None if horizon is None else _text(horizon),
            None if after is None else _text(after),
            _texts(vary),
            seed,
            metric or "peak",
            self.inputs,
        )
        return ask(self.dynamics, asked)

    def __repr__(self) -> str:
        return f"<model {self.id or '?'}: {', '.join(f'{n} {what}' for what, n in self._counts())}>"

    def _repr_html_(self) -> str:
        """A small table for a notebook."""
        rows = [("id", self.id), ("name", self.name), ("source", self.source)]
        rows += [(what, str(count)) for what, count in self._counts()]
        rows += [("time in", self.units.time), ("not kept", "; ".join(map(str, self.losses)))]
        cells = "".join(
            f'<tr><th style="text-align:left">{escape(head)}</th>'
            f'<td style="text-align:left">{escape(text)}</td></tr>'
            for head, text in rows
            if text
        )
        return f"<table><tbody>{cells}</tbody></table>"

    def _counts(self) -> list[tuple[str, int]]:
        return [
            ("species", len(self.species)),
            ("reactions", len(self.reactions)),
            ("parameters", len(self.parameters)),
        ]


def open_model(source: str | os.PathLike[str]) -> OpenModel:
    """Read a model from a path, or from SBML or Antimony text; ModelError, UnsupportedFeature."""
    return OpenModel(*read_with_xml(source))


def find_answer(
    opened: OpenModel,
    question: Question,
    *,
    allow_implicit: bool = False,
    progress: Progress = ignore_progress,
    effort: Effort | None = None,
) -> Result:
    """The whole path for a model that is open; raises as `isthmus.study.recipe.reduce`."""
    require_askable(opened, question)
    driven = f".with_inputs({', '.join(map(repr, opened.inputs))})" if opened.inputs else ""
    model = f"isthmus.read({opened.source!r}){driven}"
    command = f"isthmus.reduce({model}, question, allow_implicit={allow_implicit})"
    with careful_interrupts():
        return answer(
            opened.imported,
            opened.full_xml,
            opened.dynamics,
            question,
            clock=Clock(),
            allow_implicit=allow_implicit,
            command=command,
            progress=progress,
            effort=effort,
        )


def find_trajectory(
    opened: OpenModel,
    until: Amount | None,
    *,
    points: int | None,
    quantities: Mapping[str, float],
    observe: Sequence[str],
    method: str,
) -> Trajectory:
    """One run from 0 to `until`, found where it is None; raises UsageError, NumericalError."""
    observables = tuple(find_observable(opened.model, text) for text in observe)
    text = None if until is None else _text(until)
    end = find_end(opened.dynamics, text, "until", observables, quantities)
    return simulate(
        opened.dynamics, end, points=points, quantities=quantities, observables=observables, method=method
    )


def find_scales(opened: OpenModel, horizon: Amount | None) -> Scales:
    """The time scales along the nominal run; the horizon is derived from all states where it is None."""
    dynamics = opened.dynamics
    end = find_end(dynamics, None if horizon is None else _text(horizon), "horizon")
    done = run(dynamics, end)
    return ANALYSES[0].analyse(dynamics, done.solution.t, done.solution.x, done.parameters, end)


def certify_pair(full: OpenModel, reduced: OpenModel, question: Question) -> Certificate:
    """An exact certificate where the two are proved to be the same, else a sampled one, its only attempt.

    The same id means the same value in both models; UsageError E-CERT-MAPPING where their files disagree.
    """
    require_askable(full, question)
    proof = certify_exact(full.model, reduced.model, question)
    if proof.kept:
        return proof
    return certify_sampled(
        full.dynamics, reduced.dynamics, question, attempt=0, time_unit=full.units.time
    ).certificate


def require_askable(opened: OpenModel, question: Question) -> None:
    """Refuse (UsageError) a question about another model, or one changed into what cannot be asked."""
    advice = "make it with model.question(…)"
    unknown = sorted(observed_ids(question.observables) - opened.model.ids)
    if unknown or not question.observables:
        found = f"{unknown[0]!r} is not in the model" if unknown else "no observable was named"
        raise UsageError("E-OBSERVE", found, needed="a question about this model", advice=advice)
    strange = sorted(
        r.quantity for r in question.domain.ranges if r.quantity not in opened.dynamics.quantities
    )
    if strange:
        found = f"nothing called {strange[0]!r} can be varied"
        raise UsageError("E-VARY-UNKNOWN", found, needed="a question about this model", advice=advice)
    if not 0 < question.tolerance < 1:
        found = f"a tolerance of {question.tolerance!r}"
        raise UsageError("E-TOLERANCE", found, needed="more than 0 and less than 1", advice=advice)
    if not 0 <= question.after < question.horizon < math.inf:
        found = f"a window from {question.after:g} to {question.horizon:g}"
        raise UsageError("E-AFTER", found, needed="0 ≤ after < horizon", advice=advice)
    if question.metric not in METRICS:
        needed = f"one of {', '.join(METRICS)}"
        raise UsageError("E-METRIC", f"metric {question.metric!r}", needed=needed)


def _text(value: Amount) -> str:
    return value if isinstance(value, str) else repr(float(value))


def _texts(values: str | Sequence[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)
