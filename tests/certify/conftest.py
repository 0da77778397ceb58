"""Small models, full and reduced by hand, as the certifier meets them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from isthmus.algebra.expression import symbol
from isthmus.algebra.infix_parser import parse
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.question import Domain, Observable, Question, Range
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule, InitialAssignment, RateRule
from isthmus.model.species import Species


def make_model(
    name: str,
    species: dict[str, float | None],
    parameters: dict[str, float | None],
    reactions: dict[str, tuple[str, str, str]] | None = None,
    *,
    rules: dict[str, str] | None = None,
    rates: dict[str, str] | None = None,
    starts: dict[str, str] | None = None,
    initial_of: dict[str, str] | None = None,
) -> Model:
    """One compartment of size 1; reactions: id → (reactants, products, rate), each side like "2 A B"."""
    return Model(
        name,
        compartments=(Compartment("cell", 1.0),),
        species=tuple(Species(s, "cell", value) for s, value in species.items()),
        parameters=tuple(
            Parameter(
                p,
                value,
                constant=p not in (rules or {}) and p not in (rates or {}),
                initial_of=(initial_of or {}).get(p, ""),
            )
            for p, value in parameters.items()
        ),
        reactions=tuple(
            Reaction(r, side(left), side(right), parse(rate))
            for r, (left, right, rate) in (reactions or {}).items()
        ),
        assignments=tuple(AssignmentRule(v, parse(f)) for v, f in (rules or {}).items()),
        rates=tuple(RateRule(v, parse(f)) for v, f in (rates or {}).items()),
        initial_assignments=tuple(InitialAssignment(v, parse(f)) for v, f in (starts or {}).items()),
    )


def side(text: str) -> tuple[Participant, ...]:
    """One side of a reaction: "2 A B" is 2 A + B."""
    participants: list[Participant] = []
    count = Fraction(1)
    for word in text.split():
        if word[0].isdigit():
            count = Fraction(word)
        else:
            participants.append(Participant(word, count))
            count = Fraction(1)
    return tuple(participants)


def michaelis_menten(enzyme: float) -> Model:
    """E + S ⇌ C → E + P with (k1, km1, k2) = (1, 0.5, 0.25) and S0 = 10."""
    return make_model(
        "full",
        {"E": enzyme, "S": 10.0, "C": 0.0, "P": 0.0},
        {"k1": 1.0, "km1": 0.5, "k2": 0.25},
        {
            "bind": ("E S", "C", "k1*E*S"),
            "unbind": ("C", "E S", "km1*C"),
            "make": ("C", "E P", "k2*C"),
        },
    )


_CARRIED = {"E_0": "E", "C_0": "C"}


def standard_quasi_steady_state(enzyme: float) -> Model:
    """S′ = −Vmax S/(Km + S), P′ = −S′; C follows from S and takes nothing from it."""
    model = make_model(
        "sqssa",
        {"E": None, "S": 10.0, "C": None, "P": 0.0},
        {"k1": 1.0, "km1": 0.5, "k2": 0.25, "Vmax": None, "Km": None, "Et": None, "E_0": enzyme, "C_0": 0.0},
        {"make": ("S", "P", "Vmax*S/(Km + S)")},
        rules={
            "Et": "E_0 + C_0",
            "Vmax": "k2*Et",
            "Km": "(km1 + k2)/k1",
            "C": "Et*S/(Km + S)",
            "E": "Et - C",
        },
        initial_of={"E_0": "E", "C_0": "C"},
    )
    return assigned(model, "E", "C")


def total_quasi_steady_state(enzyme: float) -> Model:
    """T = S + C with T′ = −k2 C, C the smaller root of C² − (Et + Km + T) C + Et T = 0."""
    model = make_model(
        "tqssa",
        {"E": None, "T": None, "P": 0.0, "S": None, "C": None},
        {
            "k1": 1.0,
            "km1": 0.5,
            "k2": 0.25,
            "Km": None,
            "Et": None,
            "b": None,
            "E_0": enzyme,
            "S_0": 10.0,
            "C_0": 0.0,
        },
        {"make": ("T", "P", "k2*C")},
        rules={
            "Km": "(km1 + k2)/k1",
            "Et": "E_0 + C_0",
            "b": "Et + Km + T",
            "C": "2*Et*T/(b + sqrt(b^2 - 4*Et*T))",
            "S": "T - C",
            "E": "Et - C",
        },
        starts={"T": "S_0 + C_0"},
        initial_of={"E_0": "E", "C_0": "C", "S_0": "S"},
    )
    return assigned(model, "E", "S", "C")


def assigned(model: Model, *species: str) -> Model:
    """The species as values of rules, which reactions leave alone."""
    return replace(
        model, species=tuple(replace(s, boundary=s.boundary or s.id in species) for s in model.species)
    )


def make_question(
    observable: str,
    tolerance: float,
    horizon: float,
    domain: Domain,
    *,
    after: float = 0.0,
    metric: str = "peak",
) -> Question:
    """One observable, by formula."""
    return Question((Observable(observable, parse(observable)),), tolerance, horizon, domain, after, metric)


@dataclass(frozen=True)
class Examples:
    """The builders, for tests that cannot import their neighbours."""

    make_model: Callable[..., Model] = staticmethod(make_model)
    michaelis_menten: Callable[[float], Model] = staticmethod(michaelis_menten)
    sqssa: Callable[[float], Model] = staticmethod(standard_quasi_steady_state)
    tqssa: Callable[[float], Model] = staticmethod(total_quasi_steady_state)
    assigned: Callable[..., Model] = staticmethod(assigned)
    question: Callable[..., Question] = staticmethod(make_question)

    @staticmethod
    def half_to_twice(*quantities: str) -> Domain:
        """Each from half to twice its value."""
        return Domain(tuple(Range(q, 0.5, 2.0) for q in quantities))

    @staticmethod
    def observable(name: str) -> Observable:
        """A species or parameter as it is."""
        return Observable(name, symbol(name))


@pytest.fixture(scope="session")
def build() -> Examples:
    """Builders of models and questions."""
    return Examples()
