"""Conserved totals: eliminated exactly, written, read back, with the totals that changed values ask for."""

import numpy as np
import pytest

from isthmus.algebra.expression import number, symbol
from isthmus.certify.exact_certificate import certify_exact
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.formats import check_sbml, read_model, write_sbml
from isthmus.model.model import Model
from isthmus.model.question import Observable, Question
from isthmus.model.reduction import Reduction
from isthmus.reduce.realise import Realised, realise
from isthmus.simulate.rates import run, simulate
from isthmus.study.bench import read_core
from isthmus.study.question import Asked, ask, observed_ids

# Two runs at 10⁻¹⁰ a step, of at most some thousand steps, can differ by 10⁻⁷ of a peak.
RTOL, AGREEMENT = 1e-10, 1e-7

DIMER = """model dimer
  compartment cell = 1; species A in cell, A2 in cell
  A = 3; A2 = 0.5; on = 2; off = 0.3
  pair: 2 A -> A2; cell*on*A^2
  split: A2 -> 2 A; cell*off*A2
end"""

ENZYME = """model enzyme
  compartment cell = 1; species S in cell, E in cell, C in cell, P in cell
  S = 10; E = 1; C = 0.25; P = 0; k1 = 1; km1 = 0.5; k2 = 0.25
  bind: S + E -> C; cell*k1*S*E
  release: C -> S + E; cell*km1*C
  convert: C -> E + P; cell*k2*C
end"""

# A carrier in the membrane of the small compartment; the totals count amounts over both volumes.
TWO_VOLUMES = """model two_volumes
  compartment outside = 1, inside = {volume}
  species S in outside, P in inside, E in inside, C in inside
  S = 4; P = 0.1; E = 1.5; C = 0.2; k1 = 0.7; km1 = 0.2; k2 = 0.6; back = 0.05
  take: S + E -> C; inside*k1*S*E
  drop: C -> S + E; inside*km1*C
  deliver: C -> P + E; inside*k2*C
  leak: P -> S; inside*back*P
end"""

# The same dimer as a file of SBML: species as amounts or concentrations, started as either.
DIMER_SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="dimer">
<listOfCompartments><compartment id="cell" size="{volume}" constant="true"/></listOfCompartments>
<listOfSpecies>
<species id="A" compartment="cell" {first}="{a}" {facts}/>
<species id="A2" compartment="cell" {second}="{a2}" {facts}/>
</listOfSpecies>
<listOfParameters><parameter id="on" value="{on}" constant="true"/>
<parameter id="off" value="0.3" constant="true"/></listOfParameters>
<listOfReactions>
<reaction id="pair" reversible="false"><listOfReactants>
<speciesReference species="A" stoichiometry="2" constant="true"/></listOfReactants><listOfProducts>
<speciesReference species="A2" stoichiometry="1" constant="true"/></listOfProducts>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/>{cell}<ci>on</ci><ci>A</ci><ci>A</ci>
</apply></math></kineticLaw></reaction>
<reaction id="split" reversible="false"><listOfReactants>
<speciesReference species="A2" stoichiometry="1" constant="true"/></listOfReactants><listOfProducts>
<speciesReference species="A" stoichiometry="2" constant="true"/></listOfProducts>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/>{cell}<ci>off</ci><ci>A2</ci>
</apply></math></kineticLaw></reaction>
</listOfReactions></model></sbml>"""


def dimer_sbml(volume: float, as_amount: bool, first: str, second: str) -> str:
    """The dimer with concentrations 3 and 0.5 at the start, whichever way the file says so."""

    def start(kind: str, concentration: float) -> float:
        return concentration * volume if kind == "initialAmount" else concentration

    return DIMER_SBML.format(
        volume=volume,
        on=2 / volume if as_amount else 2,
        cell="" if as_amount else "<ci>cell</ci>",
        first=first,
        second=second,
        a=start(first, 3.0),
        a2=start(second, 0.5),
        facts=f'hasOnlySubstanceUnits="{str(as_amount).lower()}" boundaryCondition="false" constant="false"',
    )


UNCHANGED: dict[str, float] = {}
AMOUNT, CONCENTRATION = "initialAmount", "initialConcentration"
CASES = {
    "dimer": (DIMER, "A2", {"A": 1, "A2": 2}, {"A": 5.0, "A2": 1.25}),
    "enzyme": (ENZYME, "P", {"S": 1, "C": 1, "P": 1}, {"S": 7.0, "C": 0.5, "E": 2.0}),
    "two volumes": (
        TWO_VOLUMES.format(volume=2.5),
        "P",
        {"S": 1, "P": 1, "C": 1},
        {"S": 1.0, "P": 0.7, "E": 0.4, "C": 0.3, "inside": 2.0},
    ),
    "a tiny volume": (
        TWO_VOLUMES.format(volume=4e-12),
        "P",
        {"S": 1, "P": 1, "C": 1},
        {"S": 1.0, "P": 0.7, "E": 0.4, "C": 0.3},
    ),
    "amounts from amounts": (
        dimer_sbml(4e-12, True, AMOUNT, AMOUNT),
        "A2",
        {"A": 1, "A2": 2},
        {"A": 2e-11, "A2": 5e-12},
    ),
    "amounts from concentrations": (
        dimer_sbml(2.5, True, CONCENTRATION, AMOUNT),
        "A2",
        {"A": 1, "A2": 2},
        {"A": 5.0, "A2": 1.5},
    ),
    "concentrations from amounts": (
        dimer_sbml(2.5, False, AMOUNT, CONCENTRATION),
        "A2",
        {"A": 1, "A2": 2},
        {"A": 5.0, "A2": 1.5, "cell": 4.0},
    ),
}


class Exact:
    """A model without its totals, as written to a file and read back, beside the full one."""

    def __init__(self, text: str, observe: str, path) -> None:
        self.before: Model = read_model(text)
        self.full: Dynamics = read_rates(self.before)
        self.question: Question = ask(self.full, Asked((observe,), "1%", "20"))
        core = read_core(self.before, self.question)
        observed = observed_ids(self.question.observables)
        found = realise(core.model, core.states, core.terms, core.gain_by_state, Reduction(), observed)
        assert isinstance(found, Realised)
        self.realised = found
        write_sbml(found.model, path)
        self.text = path.read_text(encoding="utf-8")
        self.after: Model = read_model(path)
        self.reduced: Dynamics = read_rates(self.after)

    def renamed(self, changes: dict[str, float]) -> dict[str, float]:
        """The same numbers for the reduced model, where `<id>_0` is the start of an eliminated species."""
        known = set(self.reduced.quantities)
        return {name if name in known else f"{name}_0": value for name, value in changes.items()}


@pytest.fixture(scope="module", params=CASES, ids=lambda name: name.replace(" ", "_"))
def case(request, tmp_path_factory):
    text, observe, weights, changes = CASES[request.param]
    return Exact(text, observe, tmp_path_factory.mktemp("written") / "reduced.xml"), weights, changes


def in_amounts(model: Model, weights: dict[str, int]) -> Observable:
    """Σ weight × amount, whatever the ids stand for in formulas."""
    total = number(0)
    for name, weight in weights.items():
        species = model.species_by_id[name]
        amount = symbol(name) if species.substance_only else symbol(name) * symbol(species.compartment)
        total = total + number(weight) * amount
    return Observable("total", total)


def curves(dynamics: Dynamics, observables, quantities) -> np.ndarray:
    found = simulate(dynamics, 20.0, points=41, quantities=quantities, observables=observables, rtol=RTOL)
    return np.column_stack([found.columns[observable.name] for observable in observables])


def test_fewer_states_and_valid_sbml(case):
    exact, _, _ = case
    assert len(exact.realised.totals) >= 1
    assert len(exact.reduced.states) == len(exact.full.states) - len(exact.realised.totals)
    assert check_sbml(exact.text) == []
    assert "algebraicRule" not in exact.text


def test_the_proof_succeeds_on_the_file_as_read_back(case):
    exact, _, _ = case
    certificate = certify_exact(exact.before, exact.after, exact.question)
    assert certificate.kept, certificate.sentence
    assert certificate.strength == "exact"


def test_trajectories_are_those_of_the_full_model(case):
    exact, _, changes = case
    for quantities in (UNCHANGED, changes):
        ours = curves(exact.full, exact.question.observables, quantities)
        theirs = curves(exact.reduced, exact.question.observables, exact.renamed(quantities))
        assert np.ptp(ours) > 1e-3 * np.abs(ours).max()
        assert np.abs(ours - theirs).max() <= AGREEMENT * np.abs(ours).max()


def test_totals_follow_the_changed_initial_values(case):
    """SciML/Catalyst.jl#903: values changed wrongly once a conserved total was eliminated."""
    exact, weights, changes = case
    for quantities in (UNCHANGED, changes):
        ours = curves(exact.full, [in_amounts(exact.before, weights)], quantities)
        theirs = curves(exact.reduced, [in_amounts(exact.after, weights)], exact.renamed(quantities))
        assert ours[0, 0] > 0
        assert theirs == pytest.approx(np.full(theirs.shape, ours[0, 0]), rel=1e-12)


def test_every_initial_value_of_the_file_can_still_be_set(case):
    exact, _, changes = case
    known = set(exact.reduced.quantities)
    for name in changes:
        assert (name in known) != (f"{name}_0" in known), name
    assert set(exact.renamed(changes)) <= known


def test_the_values_themselves_are_kept(case):
    exact, _, changes = case
    before = dict(zip(exact.full.quantities, exact.full.nominal.tolist(), strict=True))
    after = dict(zip(exact.reduced.quantities, exact.reduced.nominal.tolist(), strict=True))
    for name, renamed in zip(changes, exact.renamed(changes), strict=True):
        assert after[renamed] == before[name]


def test_a_wrong_weight_is_not_proved(tmp_path):
    """A dimer counted once: the proof must say no, and the amounts drift apart."""
    exact = Exact(DIMER, "A2", tmp_path / "reduced.xml")
    wrong = tmp_path / "wrong.xml"
    (total,) = exact.realised.totals
    assert total.id in exact.text
    spoilt = DIMER.replace("pair: 2 A -> A2", "pair: A -> A2").replace("split: A2 -> 2 A", "split: A2 -> A")
    wrong.write_text(Exact(spoilt, "A2", wrong).text)
    assert not certify_exact(exact.before, read_model(wrong), exact.question).kept


def test_the_totals_hold_along_the_run(tmp_path):
    """Both totals of the enzyme at every step of the reduced run, from their definition in the file."""
    exact = Exact(ENZYME, "P", tmp_path / "reduced.xml")
    sums = [symbol("E") + symbol("C"), symbol("S") + symbol("C") + symbol("P")]
    kernel = exact.reduced.kernel(sums)
    done = run(exact.reduced, 20.0, quantities=exact.renamed({"E": 3.0, "C": 1.0, "S": 6.0}))
    found = done.observe(kernel.address, kernel.width, np.linspace(0.0, 20.0, 50))
    assert found == pytest.approx(np.tile([4.0, 7.0], (50, 1)), rel=1e-12)
