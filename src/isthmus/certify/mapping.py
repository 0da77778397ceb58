"""How a condition of the full model becomes a condition of the reduced one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from isthmus.dynamics.roles import find_roles
from isthmus.errors import UsageError
from isthmus.model.model import Model

_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Link:
    """One free number of the reduced model and the id of the full model that gives it its value.

    initial: the value is what the species has at time 0.
    """

    reduced: str
    full: str
    initial: bool


def link_quantities(full: Model, reduced: Model, quantities: Iterable[str]) -> tuple[Link, ...]:
    """Where each free number of the reduced model comes from.

    The same id gives the same value; a parameter that carries the initial value of s (`initial_of`) or is
    named `s_0` gets the value of s at time 0. Raises UsageError E-CERT-MAPPING for a number that the full
    model does not give, or gives in another kind.
    """
    links: list[Link] = []
    for quantity in quantities:
        source = _initial_of(full, reduced, quantity)
        if source:
            if source not in full.species_by_id and source not in full.ids:
                raise _refused(
                    quantity,
                    f"it carries the initial value of {source!r}, which the full model does not have",
                )
            links.append(Link(quantity, source, True))
            continue
        if quantity not in full.ids:
            raise _refused(quantity, "the full model has nothing of that id")
        _need_same_kind(full, reduced, quantity)
        links.append(Link(quantity, quantity, quantity in full.species_by_id))
    return tuple(links)


def _initial_of(full: Model, reduced: Model, quantity: str) -> str:
    """The species whose initial value a parameter carries: by our mark or the name `s_0`; "" for none."""
    parameter = reduced.parameters_by_id.get(quantity)
    if parameter is None:
        return ""
    named = quantity.removesuffix("_0")
    by_name = quantity not in full.ids and named != quantity and named in full.species_by_id
    return parameter.initial_of or (named if by_name else "")


def need_same_values(full: Model, reduced: Model) -> None:
    """Refuse a reduced model with a value of its own for something that the full model gives.

    A certificate gives the reduced model the values of the full one, so its own would go unseen: raises
    UsageError E-CERT-MAPPING.
    """
    ours = {name: value for name, _, value in find_roles(full).quantities}
    for name, _, value in find_roles(reduced).quantities:
        source = _initial_of(full, reduced, name) or name
        if source in ours and not math.isclose(ours[source], value, rel_tol=_SAME):
            raise _refused(name, f"it is {value:g} there and {ours[source]:g} in the full model")


def _need_same_kind(full: Model, reduced: Model, quantity: str) -> None:
    before, after = full.species_by_id.get(quantity), reduced.species_by_id.get(quantity)
    if (before is None) != (after is None):
        raise _refused(quantity, "it is a species in one of the models only")
    if before is None or after is None:
        return
    if before.initial is not None and before.initial_is_amount != after.initial_is_amount:
        raise _refused(quantity, "one model gives its initial amount, the other its initial concentration")
    need_same_meaning(full, reduced, quantity)


def need_same_meaning(full: Model, reduced: Model, species: str) -> None:
    """Refuse a species that stands for an amount in one model and for a concentration in the other."""
    before, after = full.species_by_id.get(species), reduced.species_by_id.get(species)
    if before is not None and after is not None and before.substance_only != after.substance_only:
        raise _refused(species, "it stands for an amount in one model and for a concentration in the other")


def _refused(quantity: str, found: str) -> UsageError:
    return UsageError(
        "E-CERT-MAPPING",
        f"the reduced model's {quantity!r} has no counterpart: {found}",
        needed="every free number of the reduced model given by the full model",
        advice="keep the ids and kinds of the full model; let `initial_of` name a removed species",
    )
