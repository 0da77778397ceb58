"""A bench for a model text, as the search makes it."""

from __future__ import annotations

from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.model.reduction import Reduction
from isthmus.reduce.base import Landscape, Step
from isthmus.study.bench import make_bench, read_core
from isthmus.study.question import Asked, ask
from isthmus.study.search.conditions import Bench, settle
from isthmus.study.search.landscape import all_steps, survey

MICHAELIS_MENTEN = """
model mm
  compartment cell = 1
  species S in cell, E in cell, C in cell, P in cell
  S = 10; E = {enzyme}; C = 0; P = 0
  k1 = 1; km1 = 0.5; k2 = 0.25
  bind: S + E -> C; cell*k1*S*E
  release: C -> S + E; cell*km1*C
  convert: C -> E + P; cell*k2*C
end
"""

GENE = """
model promoter
  compartment cell = 1
  species OFF in cell, ON in cell, A in cell, M in cell, P in cell
  OFF = 1; ON = 0; A = {inducer}; M = 0; P = 0
  kon = 1; koff = 20; ktx = 10; dm = 5; ktl = 20; dp = 0.1
  switch_on: OFF + A -> ON; cell*kon*OFF*A
  switch_off: ON -> OFF + A; cell*koff*ON
  transcribe: -> M; cell*ktx*ON
  decay_message: M -> ; cell*dm*M
  translate: -> P; cell*ktl*M
  decay_protein: P -> ; cell*dp*P
end
"""


def make(text: str, observe: str, tolerance: str, horizon: str) -> tuple[Bench, Landscape, list[Step]]:
    """(bench, landscape, all single steps) of a question about a model text."""
    model = read_model(text)
    question = ask(read_rates(model), Asked((observe,), tolerance, horizon))
    core = read_core(model, question)
    bench, _ = make_bench(core, question)
    landscape = survey(bench, settle(bench, [core.nominal]))
    return bench, landscape, all_steps(landscape, [term.owner for term in core.terms])


def pick(steps: list[Step], label: str) -> Step:
    """The step of that label."""
    return next(step for step in steps if step.label == label)


def take(*steps: Step) -> Reduction:
    """The reduction made of steps that go together."""
    reduction = Reduction()
    for step in steps:
        further = step.on(reduction)
        assert further is not None, step.label
        reduction = further
    return reduction
