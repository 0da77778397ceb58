"""What is left of a network: kept coordinates, totals, and the relations that give every other quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from isthmus.algebra.expression import Expression, add, symbol
from isthmus.algebra.linear import SparseRow, echelon
from isthmus.dynamics.conservation import conservation_laws
from isthmus.dynamics.coordinates import Coordinates, condensed_gain
from isthmus.model.model import Model
from isthmus.model.reduction import Reduction
from isthmus.reduce.carrying import carries
from isthmus.reduce.relations import Kinds, converted, fresh, initial_name, weighted_sum


@dataclass(frozen=True, slots=True)
class ConservedTotal:
    """A parameter that counts what nothing changes.

    Id, its formula over initial values, and what it sums, in plain ids.
    """

    id: str
    formula: Expression
    sums: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True)
class Network:
    """A reduced network before its constraints are solved.

    rows: kept coordinate (named by its state) → {term: coefficient}. names: kept coordinate → id in the
    reduced model.
    lumps: kept coordinates that count several states. constants: states that nothing changes any more.
    values: every other slow state → formula over kept ids, dependents, totals and eliminated ids.
    dependents: slow coordinates (a state's own id, or the id of a lump) that a total and the kept ones
    give. totals: parameters, in order.
    initials: states whose `<id>_0` parameter is used. taken: ids that a new quantity may not have.
    """

    coordinates: Coordinates
    kinds: Kinds
    rows: dict[str, SparseRow[int]]
    names: dict[str, str]
    lumps: frozenset[str]
    constants: frozenset[str]
    values: dict[str, Expression]
    dependents: dict[str, Expression]
    totals: tuple[ConservedTotal, ...]
    initials: frozenset[str]
    taken: frozenset[str]


def lay_out(
    model: Model,
    states: Sequence[str],
    coordinates: Coordinates,
    reduction: Reduction,
    observed: frozenset[str],
) -> Network:
    """The network of a reduction: condensed rows, totals eliminated, every state expressed."""
    kinds = Kinds.of(model, states)
    taken = set(model.ids)
    rows = condensed_gain(coordinates, reduction)
    slow = list(coordinates.slow)
    laws = [dict(law.coefficients) for law in conservation_laws([rows[s] for s in slow], slow)]
    constants = frozenset(
        state for law in laws if len(law) == 1 for state in law if not coordinates.is_lump(state)
    )
    laws = [law for law in laws if not (len(law) == 1 and set(law) <= constants)]
    # A total that events change in a way that cannot be said of it alone stays as the states it counts.
    laws = [law for law in laws if carries(model, _summed(law, coordinates), kinds)]
    solved = echelon(laws, _elimination_order(slow, laws, coordinates, observed))
    kept = [s for s in slow if s not in constants and s not in {pivot for pivot, _ in solved}]
    lumps = frozenset(s for s in kept if coordinates.is_lump(s))
    names = {s: fresh(_lump_name(s, coordinates), taken) if s in lumps else s for s in kept}
    factor = {s: kinds.shared(coordinates.slow[s]) for s in slow}
    known = {s: (symbol(names[s]), factor[s]) for s in kept}
    dependents: dict[str, Expression] = {}
    totals: list[ConservedTotal] = []
    initials: set[str] = set()
    for pivot, law in solved:
        total, members = _total(pivot, law, coordinates, kinds, taken)
        totals.append(total)
        initials |= members
        into = factor[pivot]
        rest = {s: -value for s, value in law.items() if s != pivot and s not in constants}
        fixed = {s: -value for s, value in law.items() if s in constants}
        constant_part = weighted_sum(fixed, {s: (symbol(s), kinds.factor[s]) for s in fixed}, into)
        own = kinds.shared(m for s in law for m in coordinates.slow[s])
        total_value = converted(symbol(total.id), own, into)
        if not rest and not fixed:
            known[pivot] = (total_value, into)
            continue
        name = fresh(_lump_name(pivot, coordinates), taken) if coordinates.is_lump(pivot) else pivot
        dependents[name] = add(total_value, weighted_sum(rest, known, into), constant_part)
        known[pivot] = (symbol(name), into)
    initials |= {m for s in lumps for m in coordinates.slow[s]}
    # A species that is given by a rule now has no initial value of its own to set any more.
    initials |= set(states) - constants - (set(kept) - lumps)
    values: dict[str, Expression] = {}
    for state in slow:
        if state in constants or state in dependents or (state in names and state not in lumps):
            continue
        moved = coordinates.relaxation.get(state, {})
        pieces = {z: (symbol(z), kinds.factor[z]) for z in moved}
        into = kinds.factor[state]
        values[state] = add(converted(*known[state], into), weighted_sum(moved, pieces, into))
    return Network(
        coordinates,
        kinds,
        {s: rows[s] for s in kept},
        names,
        lumps,
        constants,
        values,
        dependents,
        tuple(totals),
        frozenset(initials),
        frozenset(taken | {initial_name(model, s) for s in states}),
    )


def _elimination_order(
    slow: Sequence[str],
    laws: Sequence[Mapping[str, Fraction]],
    coordinates: Coordinates,
    observed: frozenset[str],
) -> list[str]:
    membership = {s: sum(s in law for law in laws) for s in slow}
    return sorted(
        slow, key=lambda s: (s in observed, not coordinates.is_lump(s), membership[s], slow.index(s))
    )


def _lump_name(state: str, coordinates: Coordinates) -> str:
    others = [s for s in coordinates.slow[state] if s != state]
    return f"{state}_with_{'_'.join(others)}" if len(others) <= 2 else f"{state}_lump"


def _summed(law: Mapping[str, Fraction], coordinates: Coordinates) -> SparseRow[str]:
    """What a sum of slow coordinates counts, in states."""
    sums: SparseRow[str] = {}
    for coordinate, weight in law.items():
        for state, value in coordinates.slow[coordinate].items():
            sums[state] = sums.get(state, Fraction(0)) + weight * value
    return {s: v for s, v in sums.items() if v}


def _total(
    pivot: str, law: SparseRow[str], coordinates: Coordinates, kinds: Kinds, taken: set[str]
) -> tuple[ConservedTotal, set[str]]:
    sums = _summed(law, coordinates)
    into = kinds.shared(m for s in law for m in coordinates.slow[s])
    formula = weighted_sum(sums, {s: (kinds.initial(s), kinds.factor[s]) for s in sums}, into)
    return ConservedTotal(fresh(f"{pivot}_total", taken), formula, tuple(sums.items())), set(sums)


def initial_of_lump(network: Network, state: str) -> Expression:
    """The initial value of a kept lump over `<id>_0` parameters."""
    members = network.coordinates.slow[state]
    into = network.kinds.shared(members)
    return weighted_sum(
        members, {s: (network.kinds.initial(s), network.kinds.factor[s]) for s in members}, into
    )
