"""Rapid equilibrium: a fast reversible reaction in balance."""

from __future__ import annotations

from fractions import Fraction

from isthmus.reduce.base import Landscape, Step, make_elimination


class RapidEquilibrium:
    """Net flux of one reversible reaction = 0 with its lumps held (Michaelis & Menten 1913).

    Correct to O(ε). Holds when the reaction is fast both ways against everything else that changes its
    members.
    """

    name = "rapid equilibrium"

    def steps(self, landscape: Landscape) -> list[Step]:
        """One step for each member of each pair of opposite fluxes."""
        found: list[Step] = []
        for state in landscape.states:
            if state not in landscape.reacting:
                continue
            for direction, terms in _reversible(landscape, state).items():
                constraint = {term: landscape.gain[state][term] for term in terms}
                if constraint == dict(landscape.gain[state]):
                    continue
                elimination = make_elimination(landscape, self.name, state, dict(direction), constraint)
                found.append(Step(self.name, elimination.label, landscape.time[state], elimination))
        return sorted(found, key=lambda step: step.rank)


def _reversible(landscape: Landscape, state: str) -> dict[tuple[tuple[str, Fraction], ...], list[int]]:
    classes: dict[tuple[tuple[str, Fraction], ...], list[int]] = {}
    for term in landscape.gain[state]:
        column = landscape.columns[term]
        classes.setdefault(tuple(sorted((s, v / column[state]) for s, v in column.items())), []).append(term)
    return {
        direction: terms
        for direction, terms in classes.items()
        if len({landscape.gain[state][term] > 0 for term in terms}) == 2
    }
