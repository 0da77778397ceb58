"""Models read as rates: amounts, volumes, rules, parameters, against the equations written out by hand."""

import gc
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import TIME_NODE, call, number, symbol
from isthmus.dynamics.rates import read_rates
from isthmus.errors import ModelError, UnsupportedFeature, UsageError
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule, Constraint, InitialAssignment, RateRule
from isthmus.model.species import Species

E, S, C, P, V, K = (symbol(name) for name in ("E", "S", "C", "P", "c", "k"))


def sides(*names):
    return tuple(Participant(n) for n in names)


def reaction(name, before, after, rate, **more):
    return Reaction(name, sides(*before), sides(*after), rate, **more)


def species(name, initial=1.0, **more):
    return Species(name, "c", initial, **more)


def one_compartment(species=(), parameters=(), reactions=(), size=1.0, **more):
    return Model("m", (Compartment("c", size),), tuple(species), tuple(parameters), tuple(reactions), **more)


def michaelis_menten(volume):
    k1, km1, k2 = symbol("k1"), symbol("km1"), symbol("k2")
    return one_compartment(
        [species("E", 0.5), species("S", 3.0), species("C", 0.25), species("P", 0.0)],
        [Parameter("k1", 2.0), Parameter("km1", 0.3), Parameter("k2", 0.7)],
        [
            reaction("bind", "ES", "C", V * (k1 * E * S - km1 * C)),
            reaction("cat", "C", "EP", V * k2 * C),
        ],
        volume,
    )


def derivative(dynamics, t=0.0, x=None, quantities=None):
    x0, p = dynamics.start(quantities)
    system = dynamics.system()
    return system.gain.times(dynamics.rates(t, x0 if x is None else x, p))


def with_values(dynamics, **values):
    q = dynamics.nominal.copy()
    for name, value in values.items():
        q[dynamics.quantities.index(name)] = value
    return q


@pytest.mark.parametrize("volume", [1.0, 2.0, 1e-12])
def test_michaelis_menten_in_amounts(volume):
    dynamics = read_rates(michaelis_menten(volume))
    assert dynamics.states == ("E", "S", "C", "P")
    assert dynamics.state_is_amount == (True,) * 4
    x0, p = dynamics.start()
    assert x0 == pytest.approx(np.array([0.5, 3.0, 0.25, 0.0]) * volume, rel=1e-15)
    bound, made = 2.0 * 0.5 * 3.0 - 0.3 * 0.25, 0.7 * 0.25
    expected = np.array([made - bound, -bound, bound - made, made]) * volume
    assert derivative(dynamics) == pytest.approx(expected, rel=1e-14)
    concentrations = dynamics.kernel([E, S, C, P])(0.0, x0, p)
    assert concentrations == pytest.approx([0.5, 3.0, 0.25, 0.0], rel=1e-15)


def test_a_rate_is_split_into_its_terms():
    dynamics = read_rates(michaelis_menten(2.0))
    assert [(t.owner, int(t.coefficient)) for t in dynamics.terms] == [("bind", 1), ("bind", -1), ("cat", 1)]
    forward, backward, _ = dynamics.terms
    assert forward.written is V * symbol("k1") * E * S
    assert backward.written is V * symbol("km1") * C
    assert backward.formula is symbol("km1") * symbol("x:C")
    assert dynamics.gain_by_state == {
        "E": {0: -1, 1: 1, 2: 1},
        "S": {0: -1, 1: 1},
        "C": {0: 1, 1: -1, 2: -1},
        "P": {2: 1},
    }
    assert all(isinstance(v, Fraction) for row in dynamics.gain for v in row.values())


def test_conserved_totals_are_exact():
    gain = read_rates(michaelis_menten(1e-12)).gain_by_state
    for total in ("EC", "SCP"):
        for term in range(3):
            assert sum(gain[s].get(term, Fraction(0)) for s in total) == 0


def test_the_free_quantities_and_their_values():
    dynamics = read_rates(michaelis_menten(2.0))
    assert dynamics.quantities == ("E", "S", "C", "P", "c", "k1", "km1", "k2")
    assert dynamics.nominal.tolist() == [0.5, 3.0, 0.25, 0.0, 2.0, 2.0, 0.3, 0.7]
    assert dynamics.derived == ()
    x0, p = dynamics.start(with_values(dynamics, S=10.0, c=4.0))
    assert x0 == pytest.approx([2.0, 40.0, 1.0, 0.0])
    assert p[4] == 4.0
    with pytest.raises(ValueError, match="read-only"):
        dynamics.nominal[0] = 9.0
    with pytest.raises(UsageError, match="8 values"):
        dynamics.start(np.zeros(3))


def test_two_compartments_exchange_amounts():
    model = Model(
        "m",
        (Compartment("inner", 2.0), Compartment("outer", 50.0)),
        (Species("A", "inner", 3.0), Species("B", "outer", 0.1)),
        (Parameter("k", 0.4),),
        (Reaction("move", sides("A"), sides("B"), symbol("k") * (symbol("A") - symbol("B"))),),
    )
    dynamics = read_rates(model)
    x0, p = dynamics.start()
    assert x0 == pytest.approx([6.0, 5.0])
    assert derivative(dynamics) == pytest.approx([-0.4 * 2.9, 0.4 * 2.9])
    concentrations = dynamics.kernel([symbol("A"), symbol("B")])(0.0, x0, p)
    assert concentrations == pytest.approx([3.0, 0.1])


@pytest.mark.parametrize("substance_only", [False, True])
@pytest.mark.parametrize("initial_is_amount", [False, True])
@pytest.mark.parametrize("role", ["state", "constant"])
def test_every_kind_of_species(substance_only, initial_is_amount, role):
    kind = {"substance_only": substance_only, "initial_is_amount": initial_is_amount}
    change = [reaction("decay", "S", "", K * S)] if role == "state" else []
    fixed = {"constant": True, "boundary": True} if role == "constant" else {}
    model = one_compartment([species("S", 3.0, **kind, **fixed)], [Parameter("k", 0.5)], change, 4.0)
    dynamics = read_rates(model)
    x0, p = dynamics.start()
    amount = 3.0 if initial_is_amount else 12.0
    meaning = amount if substance_only else amount / 4.0
    assert dynamics.kernel([S])(0.0, x0, p)[0] == pytest.approx(meaning, rel=1e-15)
    assert dynamics.quantities == ("S", "c", "k")
    if role == "constant":
        assert dynamics.states == ()
    else:
        assert x0.tolist() == [amount]
        assert derivative(dynamics) == pytest.approx([-0.5 * meaning])
        assert (dynamics.volumes[0] is None) == substance_only


def test_initial_assignments_in_any_order():
    a, b, d = symbol("a"), symbol("b"), symbol("d")
    model = one_compartment(
        [species("S", None), species("P", 0.0)],
        [Parameter("a", None), Parameter("b", None), Parameter("d", 5.0), Parameter("k", 0.5)],
        [reaction("r", "S", "P", V * K * S)],
        2.0,
        assignments=(AssignmentRule("twice", 2 * S),),
        initial_assignments=(
            InitialAssignment("a", b + symbol("r")),
            InitialAssignment("S", d / V),
            InitialAssignment("b", symbol("twice") + P),
        ),
    )
    model = replace(model, parameters=(*model.parameters, Parameter("twice", None, constant=False)))
    dynamics = read_rates(model)
    x0, p = dynamics.start()
    assert dynamics.derived == ("a", "b")
    assert dynamics.quantities == ("P", "c", "d", "k")
    assert x0 == pytest.approx([5.0, 0.0])
    assert p[len(dynamics.quantities) :] == pytest.approx([5.0 + 2.0 * 0.5 * 2.5, 5.0])
    x0, p = dynamics.start(with_values(dynamics, d=7.0, c=1.0))
    assert x0 == pytest.approx([7.0, 0.0])
    assert dynamics.kernel([a])(9.0, np.array([1e9, 1e9]), p)[0] == pytest.approx(14.0 + 3.5)


def test_conversion_factors_are_parameters():
    model = one_compartment(
        [species("S", 2.0, conversion="f"), species("P", 0.0)],
        [Parameter("k", 0.5), Parameter("f", 1000.0)],
        [reaction("r", "S", "P", V * K * S)],
    )
    dynamics = read_rates(model)
    assert derivative(dynamics) == pytest.approx([-1000.0, 1.0])
    assert derivative(dynamics, quantities=with_values(dynamics, f=10.0)) == pytest.approx([-10.0, 1.0])
    assert dynamics.kernel([symbol("r")])(0.0, *dynamics.start()) == pytest.approx([1.0])
    assert [t.conversion for t in dynamics.terms] == ["f", ""]


def test_a_rate_rule_speaks_of_what_the_id_stands_for():
    model = one_compartment(
        [species("S", 6.0, initial_is_amount=True, boundary=True), species("P", 1.0)],
        [Parameter("k", 0.5), Parameter("g", 3.0, constant=False)],
        [reaction("r", "S", "P", V * K * S)],
        2.0,
        rates=(RateRule("S", -K * S * symbol("g")), RateRule("g", TIME_NODE + symbol("g"))),
    )
    dynamics = read_rates(model)
    assert dynamics.states == ("S", "P", "g")
    assert dynamics.state_is_amount == (False, True, False)
    x0, _ = dynamics.start()
    assert x0 == pytest.approx([3.0, 2.0, 3.0])
    assert derivative(dynamics, t=10.0) == pytest.approx([-0.5 * 3 * 3, 2 * 0.5 * 3, 13.0])
    assert "g" in dynamics.quantities and dynamics.start(with_values(dynamics, g=8.0))[0][2] == 8.0


def test_growth_dilutes_and_keeps_amounts():
    model = Model(
        "m",
        (Compartment("c", 2.0, constant=False),),
        (species("S", 3.0), species("P", 5.0), species("Q", 7.0, substance_only=True)),
        (Parameter("k", 0.5),),
        (reaction("r", "S", "", K * S),),
        rates=(RateRule("c", K * V),),
    )
    dynamics = read_rates(model)
    assert dynamics.states == ("S", "P", "Q", "c")
    x0, p = dynamics.start()
    assert x0 == pytest.approx([6.0, 10.0, 14.0, 2.0])
    assert derivative(dynamics) == pytest.approx([-1.5, 0.0, 0.0, 1.0])
    later = np.array([6.0, 10.0, 14.0, 4.0])
    assert dynamics.kernel([S, P, symbol("Q")])(1.0, later, p) == pytest.approx([1.5, 2.5, 14.0])
    assert derivative(dynamics, x=later)[0] == pytest.approx(-0.5 * 1.5)


def test_a_compartment_with_an_assignment_rule():
    model = Model(
        "m",
        (Compartment("c", None, constant=False),),
        (species("S", 3.0),),
        (Parameter("k", 0.5),),
        (reaction("r", "S", "", K * S),),
        assignments=(AssignmentRule("c", 1 + TIME_NODE),),
    )
    dynamics = read_rates(model)
    x0, _ = dynamics.start()
    assert x0 == pytest.approx([3.0])
    assert derivative(dynamics, t=2.0) == pytest.approx([-0.5 * 1.0])


def test_boundary_species():
    model = one_compartment(
        [species("S", 4.0, boundary=True), species("E", None, boundary=True), species("P", 0.0)],
        [Parameter("k", 0.5)],
        [reaction("r", "SE", "P", V * K * S * E)],
        assignments=(AssignmentRule("E", S + TIME_NODE),),
    )
    dynamics = read_rates(model)
    assert dynamics.states == ("P",)
    assert derivative(dynamics, t=1.0) == pytest.approx([0.5 * 4 * 5])
    assert "S" in dynamics.quantities and "E" not in dynamics.quantities


def test_a_catalyst_is_a_parameter():
    model = one_compartment(
        [species("E", 2.0), species("S", 3.0)],
        [Parameter("k", 0.5)],
        [reaction("r", "ES", "E", V * K * S * E)],
    )
    assert read_rates(model).states == ("S",)


def test_a_constraint_is_an_algebraic_row():
    model = one_compartment(
        [species("S", 2.0)],
        [Parameter("k", 0.5), Parameter("z", None, constant=False)],
        [reaction("r", "S", "", V * symbol("z"))],
        constraints=(Constraint("z", symbol("z") ** 2 - K * S, S),),
    )
    dynamics = read_rates(model)
    assert dynamics.states == ("S", "z")
    assert dynamics.algebraic == (False, True)
    x0, p = dynamics.start()
    assert x0.tolist() == [2.0, 2.0]
    system = dynamics.system()
    assert system.mass_matrix.dense().tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert system.gain.times(dynamics.rates(0.0, np.array([2.0, 3.0]), p)) == pytest.approx([-3.0, 9.0 - 1.0])
    assert "z" not in dynamics.quantities


def test_slopes_against_differences():
    rates = michaelis_menten(2.0)
    n = symbol("n")
    hill = reaction("h", "S", "P", V * K * S**n / (symbol("J") ** n + S**n))
    gate = reaction("g", "P", "S", call("piecewise", K * P, call("gt", TIME_NODE, number(1)), P * P))
    model = replace(
        rates,
        parameters=(*rates.parameters, Parameter("n", 2.5), Parameter("J", 1.5), Parameter("k", 0.9)),
        reactions=(*rates.reactions, hill, gate),
    )
    dynamics = read_rates(model)
    x0, p = dynamics.start(with_values(dynamics, P=0.6))
    jacobian = dynamics.jacobian.dense(0.5, x0, p)
    slopes = dynamics.sensitivity.dense(0.5, x0, p)
    for i in range(len(x0)):
        assert jacobian[:, i] == pytest.approx(
            central(lambda x: dynamics.rates(0.5, x, p), x0, i), rel=1e-7, abs=1e-9
        )
    for i in range(len(p)):
        assert slopes[:, i] == pytest.approx(
            central(lambda q: dynamics.rates(0.5, x0, q), p, i), rel=1e-7, abs=1e-9
        )
    assert len(dynamics.jacobian.indices) < jacobian.size


def central(function, point, i):
    """Differences of sixth order: (45 δ₁ − 9 δ₂ + δ₃) / 60h."""
    step = 1e-2 * max(abs(point[i]), 0.1)
    differences = []
    for j in (1, 2, 3):
        up, down = point.copy(), point.copy()
        up[i] += j * step
        down[i] -= j * step
        differences.append(function(up) - function(down))
    return (45 * differences[0] - 9 * differences[1] + differences[2]) / (60 * step)


def test_the_start_depends_on_the_quantities():
    model = replace(
        michaelis_menten(2.0),
        initial_assignments=(InitialAssignment("S", symbol("k1") ** 2 / V), InitialAssignment("km1", 3 * S)),
    )
    dynamics = read_rates(model)
    q = dynamics.nominal.copy()
    slopes = dynamics.start_sensitivity.dense(0.0, np.zeros(1), q)

    def both(values):
        x0, p = dynamics.start(values)
        return np.concatenate([x0, p[len(q) :]])

    for i in range(len(q)):
        assert slopes[:, i] == pytest.approx(central(both, q, i), rel=1e-7, abs=1e-9)


def test_terms_add_up_to_the_rate_exactly():
    dynamics = read_rates(michaelis_menten(2.0))
    values = {f"x:{s}": Fraction(i + 2, 3) for i, s in enumerate("ESCP")}
    values |= {"c": Fraction(2), "k1": Fraction(1, 7), "km1": Fraction(5), "k2": Fraction(3)}
    for name in ("bind", "cat"):
        whole = evaluate([dynamics.resolve(symbol(name))], values)[0]
        terms = [t for t in dynamics.terms if t.owner == name]
        parts = evaluate([t.formula for t in terms], values)
        assert sum(t.coefficient * v for t, v in zip(terms, parts, strict=True)) == whole


def test_observables_may_name_rules_and_reactions():
    model = replace(
        michaelis_menten(2.0),
        parameters=(*michaelis_menten(2.0).parameters, Parameter("total", None, constant=False)),
        assignments=(AssignmentRule("total", E + C),),
    )
    dynamics = read_rates(model)
    kernel = dynamics.kernel([symbol("total"), symbol("cat") + TIME_NODE, number(3)])
    del dynamics
    gc.collect()
    x0, p = read_rates(model).start()
    assert kernel.width == 3
    assert kernel(1.5, x0, p) == pytest.approx([0.75, 2 * 0.7 * 0.25 + 1.5, 3.0])


def test_what_the_states_stand_for_is_compiled_with_the_rates():
    dynamics = read_rates(michaelis_menten(2.0))
    values = dynamics.kernel([E, S, C, P])
    assert values.keep is dynamics.rates.keep
    other = dynamics.kernel([S, E, C, P])
    assert other.keep is not values.keep
    x, p = np.array([1.0, 2.0, 3.0, 4.0]), dynamics.start()[1]
    assert values(0.0, x, p) == pytest.approx([0.5, 1.0, 1.5, 2.0], rel=1e-15)
    assert other(0.0, x, p) == pytest.approx([1.0, 0.5, 1.5, 2.0], rel=1e-15)


def test_ids_cannot_collide_with_anything():
    names = ["lambda", "t", "x", "p", "out", "define", "E", "_0"]
    model = one_compartment(
        [species(n, float(i + 1)) for i, n in enumerate(names)],
        [Parameter("v0", 0.5)],
        [reaction(f"r_{n}", [n], [], V * symbol("v0") * symbol(n)) for n in names],
    )
    assert derivative(read_rates(model)) == pytest.approx([-0.5 * (i + 1) for i in range(len(names))])


def test_an_empty_model_is_a_model():
    dynamics = read_rates(Model("empty"))
    x0, p = dynamics.start()
    assert (len(x0), len(p), dynamics.system().rates) == (0, 0, 0)


S_ONLY = one_compartment([species("S", 2.0)], [Parameter("k", 0.5)], [reaction("r", "S", "", K * S)])


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"reactions": (reaction("r", "S", "", symbol("nope")),)}, "E-UNKNOWN-ID", "reaction 'r'"),
        ({"reactions": (reaction("r", "Z", "", K),)}, "E-UNKNOWN-ID", "'Z'"),
        ({"reactions": (reaction("k", "S", "", K),)}, "E-DUPLICATE-ID", "'k'"),
        ({"parameters": (Parameter("k", None),)}, "E-NO-VALUE", "'k'"),
        ({"species": (species("S", None),)}, "E-NO-VALUE", "'S'"),
        ({"rates": (RateRule("S", K),)}, "E-TWO-DEFINITIONS", "'S'"),
        ({"rates": (RateRule("k", K), RateRule("k", S))}, "E-TWO-DEFINITIONS", "'k'"),
        ({"rates": (RateRule("z", K),)}, "E-UNKNOWN-ID", "rate rule"),
        ({"initial_assignments": (InitialAssignment("S", S + 1),)}, "E-CIRCULAR-DEFINITION", "S → S"),
        ({"assignments": (AssignmentRule("k", symbol("r")),)}, "E-CIRCULAR-DEFINITION", "k → r → k"),
    ],
)
def test_what_does_not_close_is_refused_by_name(change, code, says):
    with pytest.raises(ModelError) as caught:
        read_rates(replace(S_ONLY, source="file.xml", **change))
    assert caught.value.code == code
    assert says in str(caught.value)
    assert "file.xml" in str(caught.value)


def test_fast_reactions_are_refused_but_for_simulation():
    dynamics = read_rates(replace(S_ONLY, reactions=(reaction("r", "S", "", K * S, fast=True),)))
    with pytest.raises(UnsupportedFeature, match=r"'r'.*fast") as caught:
        dynamics.system()
    assert caught.value.code == "E-FAST-REACTION"


def test_an_unused_quantity_needs_no_value_until_it_is_named():
    dynamics = read_rates(replace(S_ONLY, parameters=(*S_ONLY.parameters, Parameter("idle", None))))
    assert dynamics.quantities == ("S", "c", "k")
    with pytest.raises(ModelError, match="idle"):
        dynamics.kernel([symbol("idle")])
