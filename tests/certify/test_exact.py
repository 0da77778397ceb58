"""The algebraic proof says yes to what is the same for all values, and no, with a witness, to the rest."""

from dataclasses import replace

import pytest

from isthmus.algebra.infix_parser import parse
from isthmus.certify.exact import PROVED, REFUTED, UNDECIDED, prove
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.rule import AssignmentRule, Constraint

MM_RULES = {"E": "Et - C", "Et": "E_0 + C_0"}


def conserved_michaelis_menten(build, rules: dict[str, str]) -> Model:
    """E eliminated by its total, with the given rules."""
    model = build.make_model(
        "reduced",
        {"E": None, "S": 10.0, "C": 0.0, "P": 0.0},
        {"k1": 1.0, "km1": 0.5, "k2": 0.25, "Et": None, "E_0": 1.0, "C_0": 0.0},
        {
            "bind": ("S", "C", "k1*E*S"),
            "unbind": ("C", "S", "km1*C"),
            "make": ("C", "P", "k2*C"),
        },
        rules=rules,
        starts={"C": "C_0"},
        initial_of={"E_0": "E", "C_0": "C"},
    )
    return build.assigned(model, "E")


def test_a_conserved_total_is_proved(build) -> None:
    proof = prove(
        build.michaelis_menten(1.0), conserved_michaelis_menten(build, MM_RULES), [build.observable("P")]
    )
    assert proof.verdict == PROVED, proof
    assert set(proof.shown) == {"E", "S", "C", "P"}


@pytest.mark.parametrize(
    "rules",
    [
        MM_RULES | {"Et": "E_0"},
        MM_RULES | {"Et": "1"},
        MM_RULES | {"E": "Et + C"},
        MM_RULES | {"E": "Et - 2*C"},
        MM_RULES | {"E": "Et - C - 1e-9*P"},
    ],
    ids=["total without the complex", "total as a number", "wrong sign", "wrong weight", "a small leak"],
)
def test_a_wrong_total_is_refuted_with_a_witness(build, rules) -> None:
    proof = prove(
        build.michaelis_menten(1.0), conserved_michaelis_menten(build, rules), [build.observable("P")]
    )
    assert proof.verdict == REFUTED
    assert proof.witness is not None
    assert proof.witness.difference != 0


@pytest.mark.parametrize("reduced", ["sqssa", "tqssa"])
def test_an_approximation_is_not_exact(build, reduced) -> None:
    proof = prove(build.michaelis_menten(0.1), getattr(build, reduced)(0.1), [build.observable("P")])
    assert proof.verdict == REFUTED


def test_dimer_and_monomer_are_conserved_two_to_one(build) -> None:
    full = build.make_model(
        "full",
        {"M": 4.0, "D": 1.0},
        {"a": 1.0, "b": 2.0},
        {"join": ("2 M", "D", "a*M^2"), "part": ("D", "2 M", "b*D")},
    )

    def reduced(weight: str) -> Model:
        model = build.make_model(
            "reduced",
            {"M": None, "D": 1.0},
            {"a": 1.0, "b": 2.0, "total": None, "M_0": 4.0, "D_0": 1.0},
            {"join": ("", "D", "a*M^2"), "part": ("D", "", "b*D")},
            rules={"M": f"total - {weight}*D", "total": f"M_0 + {weight}*D_0"},
            starts={"D": "D_0"},
            initial_of={"M_0": "M", "D_0": "D"},
        )
        return build.assigned(model, "M")

    assert prove(full, reduced("2"), [build.observable("D")]).verdict == PROVED
    assert prove(full, reduced("1"), [build.observable("D")]).verdict == REFUTED


def test_unreachable_species_may_go_and_needed_ones_may_not(build) -> None:
    full = build.make_model(
        "full",
        {"A": 1.0, "B": 0.0, "Waste": 0.0},
        {"k": 1.0, "l": 1.0},
        {"convert": ("A", "B", "k*A"), "spill": ("B", "B Waste", "l*B")},
    )
    without_waste = build.make_model(
        "reduced", {"A": 1.0, "B": 0.0}, {"k": 1.0}, {"convert": ("A", "B", "k*A")}
    )
    assert prove(full, without_waste, [build.observable("B")]).verdict == PROVED
    without_source = build.make_model("reduced", {"B": 0.0}, {"k": 1.0}, {"convert": ("", "B", "k")})
    outcome = prove(full, without_source, [build.observable("B")])
    assert outcome.verdict == UNDECIDED
    assert "'A'" in outcome.reason


def test_amounts_and_volumes_are_told_apart(build) -> None:
    """A concentration in a volume of 3: the amount of A is 3 A, so totals divide by the volume."""

    def in_volume(model: Model) -> Model:
        return replace(model, compartments=(Compartment("cell", 3.0),))

    full = in_volume(
        build.make_model(
            "full",
            {"A": 1.0, "B": 2.0},
            {"k": 1.0, "l": 2.0},
            {"there": ("A", "B", "cell*k*A"), "back": ("B", "A", "cell*l*B")},
        )
    )

    def reduced(rule: str) -> Model:
        model = in_volume(
            build.make_model(
                "reduced",
                {"A": None, "B": 2.0},
                {"k": 1.0, "l": 2.0, "A_0": 1.0, "B_0": 2.0},
                {"there": ("", "B", "cell*k*A"), "back": ("B", "", "cell*l*B")},
                rules={"A": rule},
                starts={"B": "B_0"},
                initial_of={"A_0": "A", "B_0": "B"},
            )
        )
        return build.assigned(model, "A")

    assert prove(full, reduced("A_0 + B_0 - B"), [build.observable("A")]).verdict == PROVED
    assert prove(full, reduced("cell*(A_0 + B_0) - B"), [build.observable("A")]).verdict == REFUTED


def test_non_rational_rates_and_time_are_handled(build) -> None:
    full = build.make_model(
        "full", {"A": 1.0, "B": 0.0}, {"k": 1.0, "n": 2.0}, {"move": ("A", "B", "k*exp(-time)*A^n/(1 + A^n)")}
    )

    def reduced(exponent: str) -> Model:
        model = build.make_model(
            "reduced",
            {"A": None, "B": 0.0},
            {"k": 1.0, "n": 2.0, "A_0": 1.0, "B_0": 0.0},
            {"move": ("", "B", f"k*exp(-time)*A^{exponent}/(1 + A^{exponent})")},
            rules={"A": "A_0 + B_0 - B"},
            starts={"B": "B_0"},
            initial_of={"A_0": "A", "B_0": "B"},
        )
        return build.assigned(model, "A")

    assert prove(full, reduced("n"), [build.observable("B")]).verdict == PROVED
    assert prove(full, reduced("2"), [build.observable("B")]).verdict == REFUTED


def test_a_changed_parameter_is_refuted_and_a_new_one_is_not_decided(build) -> None:
    full = build.make_model("full", {"A": 1.0}, {"k": 1.0}, {"decay": ("A", "", "k*A")})
    twice = build.make_model("reduced", {"A": 1.0}, {"k": 1.0}, {"decay": ("A", "", "2*k*A")})
    assert prove(full, twice, [build.observable("A")]).verdict == REFUTED
    invented = build.make_model("reduced", {"A": 1.0}, {"fast": 1.0}, {"decay": ("A", "", "fast*A")})
    assert "E-CERT-MAPPING" in prove(full, invented, [build.observable("A")]).reason


def test_a_rule_that_both_models_have_must_agree(build) -> None:
    full = build.make_model(
        "full", {"A": 1.0}, {"k": 1.0, "twice": None}, {"decay": ("A", "", "k*A")}, rules={"twice": "2*A"}
    )
    same = replace(full, assignments=(AssignmentRule("twice", parse("A + A")),))
    other = replace(full, assignments=(AssignmentRule("twice", parse("3*A")),))
    assert prove(full, same, [build.observable("A")]).verdict == PROVED
    assert prove(full, other, [build.observable("A")]).verdict == REFUTED


def test_implicit_unknowns_are_not_decided(build) -> None:
    full = build.michaelis_menten(1.0)
    implicit = replace(full, constraints=(Constraint("C", parse("C - 1"), parse("1")),))
    assert prove(full, implicit, [build.observable("P")]).verdict == UNDECIDED


def test_an_initial_assignment_is_followed(build) -> None:
    full = build.make_model(
        "full", {"A": None, "B": 0.0}, {"k": 2.0, "a": 3.0}, {"m": ("A", "B", "k*A")}, starts={"A": "2*a"}
    )
    same = build.make_model(
        "full", {"A": None, "B": 0.0}, {"k": 2.0, "a": 3.0}, {"m": ("A", "B", "k*A")}, starts={"A": "a + a"}
    )
    fixed = build.make_model(
        "full", {"A": None, "B": 0.0}, {"k": 2.0, "a": 3.0}, {"m": ("A", "B", "k*A")}, starts={"A": "6"}
    )
    assert prove(full, same, [build.observable("B")]).verdict == PROVED
    witness = prove(full, fixed, [build.observable("B")]).witness
    assert witness is not None
    # The amounts differ by (6 − 2a) · volume at the witness.
    expected = (6 - 2 * witness.values["a"]) * witness.values["cell"]
    assert witness.difference == pytest.approx(expected, rel=1e-12)


def test_a_long_chain_of_rules_is_no_obstacle_and_a_loop_is_named(build) -> None:
    """A thousand rules, each naming the one before: v1000 = A + 1000."""
    rules = {"v0": "A"} | {f"v{i}": f"v{i - 1} + 1" for i in range(1, 1001)}
    numbers = {"k": 1.0} | dict.fromkeys(rules)
    full = build.make_model("full", {"A": 1.0}, numbers, {"r": ("A", "", "k*v1000")}, rules=rules)
    short = build.make_model("short", {"A": 1.0}, {"k": 1.0}, {"r": ("A", "", "k*(A + 1000)")})
    wrong = build.make_model("wrong", {"A": 1.0}, {"k": 1.0}, {"r": ("A", "", "k*(A + 1001)")})
    assert prove(full, short, [build.observable("A")]).verdict == PROVED
    assert prove(full, wrong, [build.observable("A")]).verdict == REFUTED
    loop = build.make_model("loop", {"A": 1.0}, {"k": 1.0, "u": None, "v": None}, rules={"u": "v", "v": "u"})
    assert "E-CERT-LOOP" in prove(loop, short, [build.observable("u")]).reason
