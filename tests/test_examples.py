"""The example models: valid SBML, the published equations, and the behaviour that made them famous.

Each model is compiled by libAntimony, and its right-hand side is read from the SBML by the lines below. That
is compared with equations written down by hand from the paper; the behaviour is simulated from the latter.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import antimony
import libsbml
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

Values = Mapping[str, float]
Equations = Callable[[Values, Values], dict[str, float]]

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
OPERATIONS: dict[int, Callable[[list[float]], float]] = {
    libsbml.AST_PLUS: sum,
    libsbml.AST_TIMES: math.prod,
    libsbml.AST_DIVIDE: lambda a: a[0] / a[1],
    libsbml.AST_MINUS: lambda a: a[0] - a[1] if len(a) == 2 else -a[0],
    libsbml.AST_POWER: lambda a: a[0] ** a[1],
    libsbml.AST_FUNCTION_POWER: lambda a: a[0] ** a[1],
}


def compile_example(name: str) -> libsbml.SBMLDocument:
    """The SBML document that libAntimony makes of an example."""
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyFile(str(EXAMPLES / f"{name}.ant")) >= 0, antimony.getLastError()
    return libsbml.readSBMLFromString(antimony.getSBMLString(antimony.getMainModuleName()))


def evaluate(node: libsbml.ASTNode, values: Values) -> float:
    """The value of a MathML tree."""
    if node.isNumber():
        return float(node.getValue())
    if node.isName():
        return values[node.getName()]
    return OPERATIONS[node.getType()](
        [evaluate(node.getChild(i), values) for i in range(node.getNumChildren())]
    )


def initial_values(model: libsbml.Model) -> dict[str, float]:
    """Every species' initial concentration and every parameter, by id."""
    values = {s.getId(): s.getInitialConcentration() for s in model.getListOfSpecies()}
    return values | {p.getId(): p.getValue() for p in model.getListOfParameters()}


def sbml_derivatives(model: libsbml.Model, values: Values) -> dict[str, float]:
    """Rates of change of concentration as the SBML says, in compartments of size 1."""
    change = {s.getId(): 0.0 for s in model.getListOfSpecies()}
    volumes = {c.getId(): c.getSize() for c in model.getListOfCompartments()}
    assert set(volumes.values()) == {1.0}
    for reaction in model.getListOfReactions():
        rate = evaluate(reaction.getKineticLaw().getMath(), {**values, **volumes})
        for reference in reaction.getListOfReactants():
            change[reference.getSpecies()] -= reference.getStoichiometry() * rate
        for reference in reaction.getListOfProducts():
            change[reference.getSpecies()] += reference.getStoichiometry() * rate
    return change


def michaelis_menten(x: Values, p: Values) -> dict[str, float]:
    """Briggs and Haldane's equations."""
    binding = p["k1"] * x["E"] * x["S"] - p["km1"] * x["C"]
    making = p["k2"] * x["C"]
    return {"S": -binding, "E": making - binding, "C": binding - making, "P": making}


def gene_expression(x: Values, p: Values) -> dict[str, float]:
    """A promoter that binds one inducer, messenger and protein."""
    on = p["kon"] * x["OFF"] * x["A"] - p["koff"] * x["ON"]
    message = p["ktx"] * x["ON"] - p["dm"] * x["M"]
    protein = p["ktl"] * x["M"] - p["dp"] * x["P"]
    return {"OFF": -on, "ON": on, "A": -on, "M": message, "P": protein}


def huang_ferrell_1996(x: Values, p: Values) -> dict[str, float]:
    """The net flux of each of the ten enzyme reactions, gathered by hand for each species."""
    enzymes = ["E1", "E2", "KKK_P", "KK_Pase", "KKK_P", "KK_Pase", "KK_PP", "K_Pase", "KK_PP", "K_Pase"]
    substrates = ["KKK", "KKK_P", "KK", "KK_P", "KK_P", "KK_PP", "K", "K_P", "K_P", "K_PP"]
    pairs = list(zip(substrates, enzymes, strict=True))
    b, m = [0.0], [0.0]
    for i, (substrate, enzyme) in enumerate(pairs, 1):
        held = x[f"{substrate}_{enzyme}"]
        b.append(p[f"a{i}"] * x[substrate] * x[enzyme] - p[f"d{i}"] * held)
        m.append(p[f"k{i}"] * held)
    change = {f"{s}_{e}": b[i] - m[i] for i, (s, e) in enumerate(pairs, 1)}
    return change | {
        "E1": m[1] - b[1],
        "E2": m[2] - b[2],
        "KKK": m[2] - b[1],
        "KKK_P": m[1] - b[2] + m[3] - b[3] + m[5] - b[5],
        "KK": m[4] - b[3],
        "KK_P": m[3] - b[4] + m[6] - b[5],
        "KK_PP": m[5] - b[6] + m[7] - b[7] + m[9] - b[9],
        "KK_Pase": m[4] - b[4] + m[6] - b[6],
        "K": m[8] - b[7],
        "K_P": m[7] - b[8] + m[10] - b[9],
        "K_PP": m[9] - b[10],
        "K_Pase": m[8] - b[8] + m[10] - b[10],
    }


def repressilator_2000(x: Values, p: Values) -> dict[str, float]:
    """Elowitz and Leibler, Box 1."""
    change = {}
    for gene, repressor in [("lacI", "cI"), ("tetR", "lacI"), ("cI", "tetR")]:
        message, protein = x[f"m_{gene}"], x[f"p_{gene}"]
        change[f"m_{gene}"] = -message + p["alpha"] / (1 + x[f"p_{repressor}"] ** p["n"]) + p["alpha0"]
        change[f"p_{gene}"] = -p["beta"] * (protein - message)
    return change


def toggle_switch_2000(x: Values, p: Values) -> dict[str, float]:
    """Gardner, Cantor and Collins, with the factor by which IPTG disables repressor 1."""
    active = x["u"] / (1 + p["IPTG"] / p["K"]) ** p["hill_iptg"]
    return {
        "u": p["alpha1"] / (1 + x["v"] ** p["hill_v"]) - x["u"],
        "v": p["alpha2"] / (1 + active ** p["hill_u"]) - x["v"],
    }


def goldbeter_1991(x: Values, p: Values) -> dict[str, float]:
    """The paper's equations; its active fractions are concentrations over totals."""
    c, m, y = x["C"], x["M"], x["X"]
    total, kept = p["kinase_total"], p["protease_total"]
    v1, v3 = p["VM1"] * c / (p["Kc"] + c), p["VM3"] * m / total
    return {
        "C": p["vi"] - p["vd"] * (y / kept) * c / (p["Kd"] + c) - p["kd"] * c,
        "M": v1 * (total - m) / (p["K1"] + (total - m)) - p["V2"] * m / (p["K2"] + m),
        "X": v3 * (kept - y) / (p["K3"] + (kept - y)) - p["V4"] * y / (p["K4"] + y),
    }


MODELS: dict[str, Equations] = {
    "michaelis_menten": michaelis_menten,
    "gene_expression": gene_expression,
    "huang_ferrell_1996": huang_ferrell_1996,
    "repressilator_2000": repressilator_2000,
    "toggle_switch_2000": toggle_switch_2000,
    "goldbeter_1991": goldbeter_1991,
}


def simulate(name: str, times: NDArray[np.float64], **changes: float) -> dict[str, NDArray[np.float64]]:
    """The hand-written equations from the example's own values, at the given times."""
    values = initial_values(compile_example(name).getModel()) | changes
    start = {species: values[species] for species in MODELS[name](values, values)}

    def slope(_: float, x: NDArray[np.float64]) -> list[float]:
        return list(MODELS[name](dict(zip(start, x, strict=True)), values).values())

    done = solve_ivp(slope, (0.0, times[-1]), list(start.values()), "LSODA", times, rtol=1e-8, atol=1e-12)
    assert done.success, done.message
    return dict(zip(start, done.y, strict=True))


def upward_crossings(
    times: NDArray[np.float64], values: NDArray[np.float64], level: float
) -> NDArray[np.float64]:
    """When a sampled curve passes a level going up, between samples by the chord."""
    i = np.flatnonzero((values[:-1] < level) & (values[1:] >= level))
    return times[i] + (level - values[i]) / (values[i + 1] - values[i]) * (times[i + 1] - times[i])


def test_every_example_is_listed() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.ant")} == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_compiles_to_valid_sbml(name: str) -> None:
    document = compile_example(name)
    document.checkConsistency()
    errors = [
        e.getMessage() for e in map(document.getError, range(document.getNumErrors())) if e.getSeverity() >= 2
    ]
    assert errors == []
    assert document.getLevel() == 3
    assert document.getModel().getId() == name


@pytest.mark.parametrize("name", ["huang_ferrell_1996", "goldbeter_1991"])
def test_units_are_complete_and_consistent(name: str) -> None:
    document = compile_example(name)
    assert document.checkConsistency() == 0, document.getErrorLog().toString()


@pytest.mark.parametrize("name", MODELS)
def test_header_cites_the_paper(name: str) -> None:
    header = (EXAMPLES / f"{name}.ant").read_text().split("\nmodel ")[0]
    assert "doi:10." in header


@pytest.mark.parametrize("name", MODELS)
def test_equations_are_the_published_ones(name: str) -> None:
    model = compile_example(name).getModel()
    nominal = initial_values(model)
    random = np.random.default_rng(0)
    for _ in range(5):
        values = {key: value * random.uniform(0.5, 1.0) for key, value in nominal.items()}
        values |= {s.getId(): random.uniform(0.01, 0.4) for s in model.getListOfSpecies()}
        expected, found = MODELS[name](values, values), sbml_derivatives(model, values)
        # A net rate is a difference of terms; its rounding is relative to the largest rate of the model.
        rounding = 1e-13 * max(map(abs, expected.values()))
        assert found == pytest.approx(expected, rel=1e-11, abs=100 * rounding)


@pytest.mark.parametrize(
    ("name", "changes", "time", "expected"),
    [
        ("huang_ferrell_1996", {}, 20.0, {"K_PP": 0.3177659998, "KK_PP": 0.03557580134}),  # BIOMD0000000009
        ("huang_ferrell_1996", {}, 100.0, {"K_PP": 0.9814261078, "KK_PP": 0.8322260603}),
        ("goldbeter_1991", {}, 50.0, {"C": 0.5531960831, "M": 0.322976855, "X": 0.008544601624}),  # …003
        ("toggle_switch_2000", {"IPTG": 0.0}, 100.0, {"u": 155.7634077, "v": 0.09951301917}),  # …507
    ],
)
def test_agrees_with_the_curated_entry(
    name: str, changes: dict[str, float], time: float, expected: dict[str, float]
) -> None:
    # The entries of BioModels as libRoadRunner and COPASI both run them at rtol 1e-9; ours runs at 1e-8.
    found = simulate(name, np.array([0.0, time]), **changes)
    assert {key: found[key][-1] for key in expected} == pytest.approx(expected, rel=1e-5)


def test_michaelis_menten_turns_all_substrate_over() -> None:
    # Vmax = 0.025 uses 10 up in 400; what is left then decays at Vmax / Km = 1/30, by e^-36 until 1500.
    times = np.array([0.0, 100.0, 1500.0])
    x = simulate("michaelis_menten", times)
    assert x["E"] + x["C"] == pytest.approx([0.1] * 3, rel=1e-6)
    assert x["S"] + x["C"] + x["P"] == pytest.approx([10.0] * 3, rel=1e-6)
    assert x["P"][-1] == pytest.approx(10.0, rel=1e-6)
    # The Michaelis-Menten law, integrated: S + Km ln S falls at Vmax from where the complex has filled up.
    # Its error is of order E0 Km / (Km + S)^2 = 0.1 %; the layer lasts 1 / (k1 (Km + S0)) = 0.1 of the 100.
    slipped, left = 10.0 - 0.1 * 10.0 / 10.75, x["S"][1]
    assert slipped - left + 0.75 * math.log(slipped / left) == pytest.approx(0.025 * 100.0, rel=2e-3)


@pytest.mark.parametrize("inducer", [2.0, 20.0])
def test_gene_settles_where_binding_says(inducer: float) -> None:
    x = simulate("gene_expression", np.linspace(0.0, 300.0, 31), A=inducer)
    # ON solves (1 - ON)(A - ON) = 20 ON; protein = ktx ktl ON / (dm dp) = 400 ON, to e^(-0.1 * 300).
    half = (inducer + 21.0) / 2
    on = half - math.sqrt(half**2 - inducer)
    assert x["ON"] + x["OFF"] == pytest.approx([1.0] * 31, rel=1e-6)
    assert x["ON"] + x["A"] == pytest.approx([inducer] * 31, rel=1e-6)
    assert x["P"][-1] == pytest.approx(400.0 * on, rel=1e-5)


def test_huang_ferrell_rises_and_keeps_its_totals() -> None:
    times = np.linspace(0.0, 100.0, 1001)
    x = simulate("huang_ferrell_1996", times)
    totals = {"E1": 3e-5, "E2": 3e-4, "KK_Pase": 3e-4, "K_Pase": 0.12}
    for enzyme, total in totals.items():
        held = sum(
            curve for species, curve in x.items() if species == enzyme or species.endswith(f"_{enzyme}")
        )
        assert held == pytest.approx(np.full(1001, total), rel=1e-5)
    assert sum(x[s] for s in mapk_forms(x)) == pytest.approx(np.full(1001, 1.2), rel=1e-6)
    half = upward_crossings(times, x["K_PP"], x["K_PP"][-1] / 2)
    assert half == pytest.approx([21.15], abs=0.05)
    settled = np.abs(x["K_PP"] - x["K_PP"][-1]) < 0.01 * x["K_PP"].max()
    assert settled[times >= 50.0].all()


def mapk_forms(species: Mapping[str, object]) -> list[str]:
    """The species that hold one molecule of MAPK."""
    return [s for s in species if s.split("_")[0] == "K" and s != "K_Pase"]


def test_repressilator_groups_follow_from_the_papers_numbers() -> None:
    values = initial_values(compile_example("repressilator_2000").getModel())
    # Proteins per transcription rate over a protein's lifetime, in units of 40 monomers; 3 digits given.
    made = 20.0 * (600.0 / math.log(2.0)) / 40.0
    assert values["alpha"] == pytest.approx((0.5 - 5e-4) * made, rel=2.5e-3)
    assert values["alpha0"] == pytest.approx(5e-4 * made, rel=2.5e-3)
    assert values["beta"] == 2.0 / 10.0


def test_repressilator_oscillates_at_the_published_period() -> None:
    times = np.linspace(0.0, 1000.0, 20001)
    x = simulate("repressilator_2000", times)
    late = times > 500.0
    curve = x["p_lacI"][late]
    periods = np.diff(upward_crossings(times[late], curve, (curve.max() + curve.min()) / 2))
    assert len(periods) >= 5
    assert np.ptp(periods) < 1e-2 * periods.mean()
    # The paper observes 160 ± 40 min in cells; the unit of time is an mRNA lifetime, 2 min / ln 2.
    assert 120.0 < periods.mean() * 2.0 / math.log(2.0) < 200.0


def test_toggle_flips_above_the_threshold_only() -> None:
    times = np.array([0.0, 50.0, 200.0])
    flipped = simulate("toggle_switch_2000", times)
    kept = simulate("toggle_switch_2000", times, IPTG=1e-5)
    assert flipped["v"][-1] > 10 > 1 > flipped["u"][-1]
    assert kept["u"][-1] > 100 > 1 > kept["v"][-1]


def test_goldbeter_period_is_about_25_minutes() -> None:
    times = np.linspace(0.0, 500.0, 10001)
    curve = simulate("goldbeter_1991", times)["C"]
    late = times > 200.0
    periods = np.diff(upward_crossings(times[late], curve[late], curve[late].mean()))
    assert len(periods) >= 5
    assert np.ptp(periods) < 1e-2 * periods.mean()
    assert periods.mean() == pytest.approx(25.0, abs=2.0)
