"""Domains: what varies by default, how `--vary` is read and refused, and what is drawn."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from isthmus.algebra.infix_parser import parse
from isthmus.errors import UsageError
from isthmus.model.compartment import Compartment
from isthmus.model.cycles import thermodynamic_cycles
from isthmus.model.domain import bounds, default_domain, domain_text, draws, parse_vary
from isthmus.model.fixed import fixed_quantities, is_physical_constant
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.question import Domain, Range
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule, InitialAssignment
from isthmus.model.species import Species
from isthmus.seeds import generator


def example() -> tuple[Model, tuple[str, ...], np.ndarray]:
    values = {
        "k": 2.0,
        "one": 1.0,
        "switch": 1.0,
        "off": 0.0,
        "n": 4.0,
        "h": 2.0,
        "T_on": 10.0,
        "width": 5.0,
        "R": 8.314,
        "R_total": 8.0,
        "T": 298.15,
        "offset": -3.0,
    }
    model = Model(
        "m",
        compartments=(Compartment("cell", 2.0),),
        species=(Species("A", "cell", 1.5), Species("B", "cell", 0.0)),
        parameters=(
            *(Parameter(p, v, unit="dimensionless" if p == "switch" else "") for p, v in values.items()),
            Parameter("exponent", None, constant=False),
        ),
        reactions=(
            Reaction(
                "r",
                (Participant("A"),),
                (Participant("B"),),
                parse("k*A^n + one*A^exponent + piecewise(switch, time > T_on + width, off)*exp(R*T*offset)"),
            ),
        ),
        assignments=(AssignmentRule("exponent", parse("h + 0")),),
    )
    quantities = ("A", "B", "cell", *values)
    return model, quantities, np.array([1.5, 0.0, 2.0, *values.values()])


def test_the_default_domain_leaves_fixed_things_alone() -> None:
    model, quantities, nominal = example()
    fixed = fixed_quantities(model, quantities, nominal)
    assert fixed == {
        "B": "zero",
        "cell": "a compartment size",
        "switch": "a dimensionless 1",
        "off": "zero",
        "n": "an exponent",
        "h": "an exponent",
        "T_on": "an event time",
        "width": "an event time",
        "R": "a physical constant",
        "T": "a physical constant",
    }
    varied = [member.quantity for member in default_domain(model, quantities, nominal).ranges]
    assert varied == ["A", "k", "one", "R_total", "offset"]


def test_an_exponent_is_followed_through_initial_assignments() -> None:
    model, quantities, nominal = example()
    model = Model(
        **{name: getattr(model, name) for name in ("id", "compartments", "species", "reactions")},
        parameters=(*(p for p in model.parameters if p.id != "n"), Parameter("n")),
        initial_assignments=(InitialAssignment("n", parse("2*k")),),
        assignments=model.assignments,
    )
    kept = [i for i, q in enumerate(quantities) if q != "n"]
    assert fixed_quantities(model, tuple(quantities[i] for i in kept), nominal[kept])["k"] == "an exponent"


@pytest.mark.parametrize(
    ("name", "value", "unit", "expected"),
    [
        ("R", 8.314, "", True),
        ("R", 1.987, "", True),
        ("R", 2.0, "", False),
        ("F", 96485.0, "", True),
        ("k_B", 1.38e-23, "", True),
        ("avogadro", 6.022e23, "", True),
        ("Temperature", 310.0, "", True),
        ("T", 3.0, "", False),
        ("anything", 7.0, "avogadro", True),
    ],
)
def test_physical_constants_are_known_by_name_and_value(name, value, unit, expected) -> None:
    assert is_physical_constant(name, name, value, unit) is expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["k=0.5..2x"], [Range("k", 0.5, 2.0)]),
        (["k=0.5..2"], [Range("k", 0.5, 2.0, relative=False)]),
        (["k=2x"], [Range("k", 0.5, 2.0)]),
        (["k = 4x ", "A=1e-1..3"], [Range("A", 0.1, 3.0, relative=False), Range("k", 0.25, 4.0)]),
        (["offset=-4..-2"], [Range("offset", -4.0, -2.0, relative=False)]),
        (["B=0..1"], [Range("B", 0.0, 1.0, relative=False)]),
        (["n=1..8"], [Range("n", 1.0, 8.0, relative=False)]),
    ],
)
def test_vary_is_read(texts, expected) -> None:
    model, quantities, nominal = example()
    assert list(parse_vary(texts, model, quantities, nominal).ranges) == expected


def test_all_means_the_default_list_and_names_take_precedence() -> None:
    model, quantities, nominal = example()
    ranges = {r.quantity: r for r in parse_vary(["all=1.2x", "k=0.1..9"], model, quantities, nominal).ranges}
    assert set(ranges) == {"A", "k", "one", "R_total", "offset"}
    assert ranges["k"] == Range("k", 0.1, 9.0, relative=False)
    assert (ranges["A"].low, ranges["A"].high) == (1 / 1.2, 1.2)
    assert parse_vary([], model, quantities, nominal) == default_domain(model, quantities, nominal)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kk=2x", "did you mean k"),
        ("exponent=2x", "a formula gives its value"),
        ("k", "no `id=bounds`"),
        ("k=2", "fixes rather than varies"),
        ("k=1x", "a factor of 1"),
        ("k=0.5x", "a factor of 0.5"),
        ("k=2..0.5x", "rising"),
        ("k=2..2", "rising"),
        ("k=0..2x", "a multiple of 0"),
        ("k=-1..2x", "a multiple of -1"),
        ("k=1e400..2", "finite"),
        ("k=nan..2", "cannot be read"),
        ("k=a..b", "cannot be read"),
        ("k=1..2..3", "cannot be read"),
        ("B=2x", "is 0"),
        ("A=-1..2", "negative amount"),
        ("cell=0..1", "without size"),
        ("all=0.5..2", "absolute bounds for all"),
    ],
)
def test_nonsense_is_refused(text, message) -> None:
    model, quantities, nominal = example()
    with pytest.raises(UsageError) as refusal:
        parse_vary([text], model, quantities, nominal)
    assert message in str(refusal.value)
    assert refusal.value.exit_code == 2


def test_a_quantity_named_twice_is_refused() -> None:
    model, quantities, nominal = example()
    with pytest.raises(UsageError, match="a second range"):
        parse_vary(["k=2x", "k=3x"], model, quantities, nominal)


def test_draws_are_log_uniform_within_bounds_and_independent() -> None:
    domain = Domain((Range("a", 0.5, 2.0), Range("b", 0.5, 2.0), Range("c", -1.0, 3.0, relative=False)))
    nominal = np.array([4.0, -2.0, 1.0, 7.0])
    table = draws(domain, nominal, ("a", "b", "c", "d"), generator("draws"), 4000)
    assert (table[:, 3] == 7).all()
    shares = np.column_stack(
        (
            np.log(table[:, 0] / 2) / math.log(4),
            np.log(table[:, 1] / -4) / math.log(0.25),
            (table[:, 2] + 1) / 4,
        )
    )
    # Fixed beforehand: each Kolmogorov–Smirnov p-value above 1e-4 (three tests), correlations within 4
    # standard errors.
    assert min(stats.kstest(shares[:, j], "uniform").pvalue for j in range(3)) > 1e-4
    correlations = np.asarray(np.corrcoef(shares.T))[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 4 / math.sqrt(4000)


def test_the_same_key_gives_the_same_draws_and_more_draws_extend_fewer() -> None:
    domain, nominal = Domain((Range("a", 0.5, 2.0),)), np.array([1.0])
    few = draws(domain, nominal, ("a",), generator(1, "x", b"y"), 10)
    many = draws(domain, nominal, ("a",), generator(1, "x", b"y"), 100)
    other = draws(domain, nominal, ("a",), generator(1, "xy", b""), 10)
    assert np.array_equal(few, many[:10])
    assert not np.array_equal(few, other)


def triangle(back: float) -> tuple[Model, tuple[str, ...], np.ndarray]:
    """A ⇌ B ⇌ C ⇌ A, the last step written as two reactions; K's are 2, 3 and 6/back."""
    values = {"f1": 2.0, "b1": 1.0, "f2": 3.0, "b2": 1.0, "f3": 1.0, "b3": back}
    ends = {"one": ("A", "B", "f1*A - b1*B"), "two": ("B", "C", "cell*(f2*B - b2*C)")}
    ends |= {"three": ("C", "A", "f3*C"), "eerht": ("A", "C", "b3*A")}
    model = Model(
        "triangle",
        compartments=(Compartment("cell", 1.0),),
        species=tuple(Species(s, "cell", 1.0) for s in "ABC"),
        parameters=tuple(Parameter(p, v) for p, v in values.items()),
        reactions=tuple(
            Reaction(
                r, (Participant(a),), (Participant(b, Fraction(1)),), parse(rate), reversible=len(r) == 3
            )
            for r, (a, b, rate) in ends.items()
        ),
    )
    return model, (*"ABC", "cell", *values), np.array([1.0, 1.0, 1.0, 1.0, *values.values()])


def test_a_thermodynamic_cycle_is_found_only_where_it_closes() -> None:
    model, quantities, nominal = triangle(6.0)
    cycles = thermodynamic_cycles(model, quantities, nominal)
    assert cycles.shape == (1, len(quantities))
    signs = dict(zip(quantities, cycles[0] / cycles[0][quantities.index("f1")], strict=True))
    assert signs == {
        "A": 0,
        "B": 0,
        "C": 0,
        "cell": 0,
        "f1": 1,
        "b1": -1,
        "f2": 1,
        "b2": -1,
        "f3": 1,
        "b3": -1,
    }
    assert len(thermodynamic_cycles(*triangle(6.001))) == 0


def test_draws_stay_on_the_manifold_of_a_cycle() -> None:
    model, quantities, nominal = triangle(6.0)
    domain = default_domain(model, quantities, nominal)
    cycles = thermodynamic_cycles(model, quantities, nominal)
    table = draws(domain, nominal, quantities, generator("cycle"), 500, cycles)
    strayed = np.abs(np.log(table[:, 4:]) @ cycles[0, 4:])
    assert strayed.max() < 1e-12
    lows, highs = bounds(domain, nominal, quantities)
    assert ((table >= lows * (1 - 1e-12)) & (table <= highs * (1 + 1e-12))).all()
    # Still a sample: every rate constant moves by a good part of its range.
    assert (np.log(table[:, 4:] / nominal[4:]).std(axis=0) > 0.2).all()
    free = draws(domain, nominal, quantities, generator("cycle"), 500)
    assert np.abs(np.exp(np.log(free[:, 4:]) @ cycles[0, 4:]) - 1).max() > 1


def test_the_domain_in_words() -> None:
    assert domain_text(Domain()) == "the nominal conditions alone"
    assert domain_text(Domain((Range("k", 0.5, 2.0),))) == "k from half to twice its value, log-uniform"
    many = Domain(tuple(Range(f"k{i}", 0.5, 2.0) for i in range(7)))
    assert domain_text(many).startswith(
        "each of 7 parameters and initial values from half to twice its value"
    )
    assert "k from 1 to 2" in domain_text(Domain((Range("k", 1.0, 2.0, relative=False),)))
