"""Small models for the tests, written as reactions in plain text."""

from collections.abc import Mapping
from fractions import Fraction

from isthmus.algebra.infix_parser import parse
from isthmus.model.compartment import Compartment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import RateRule
from isthmus.model.species import Species


def network(
    start: Mapping[str, float],
    parameters: Mapping[str, float],
    reactions: Mapping[str, str] | None = None,
    *,
    rates: Mapping[str, str] | None = None,
    volume: float = 1.0,
) -> Model:
    """Species in one compartment `cell` with concentrations.

    Reactions like "S + E -> C ; k1*S*E", rates per volume.

    rates: variables with a rate rule, which are parameters.
    """
    ruled = dict(rates or {})
    return Model(
        "network",
        compartments=(Compartment("cell", volume),),
        species=tuple(Species(name, "cell", value) for name, value in start.items() if name not in ruled),
        parameters=tuple(Parameter(name, value) for name, value in parameters.items())
        + tuple(Parameter(name, start[name], constant=False) for name in ruled),
        reactions=tuple(_reaction(name, text) for name, text in (reactions or {}).items()),
        rates=tuple(RateRule(name, parse(text)) for name, text in ruled.items()),
    )


def _reaction(name: str, text: str) -> Reaction:
    equation, law = text.split(";")
    left, right = equation.split("->")
    return Reaction(name, _side(left), _side(right), parse(f"cell*({law})"))


def _side(text: str) -> tuple[Participant, ...]:
    participants = []
    for part in filter(None, map(str.strip, text.split("+"))):
        *count, species = part.split()
        participants.append(Participant(species, Fraction(count[0]) if count else Fraction(1)))
    return tuple(participants)


def michaelis_menten(
    k1: float = 1.0,
    km1: float = 0.5,
    k2: float = 0.25,
    enzyme: float = 1.0,
    substrate: float = 10.0,
    volume: float = 1.0,
) -> Model:
    """S + E ⇌ C → P + E by mass action."""
    return network(
        {"S": substrate, "E": enzyme, "C": 0.0, "P": 0.0},
        {"k1": k1, "km1": km1, "k2": k2},
        {"bind": "S + E -> C ; k1*S*E - km1*C", "cat": "C -> E + P ; k2*C"},
        volume=volume,
    )
