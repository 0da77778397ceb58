"""Standard quasi-steady state: a fast species slaved to the other species themselves."""

from __future__ import annotations

from fractions import Fraction

from isthmus.reduce.base import Landscape, Step, make_elimination


class QuasiSteadyState:
    """ż = 0 with all other species held (Briggs & Haldane 1925; Segel & Slemrod 1989).

    A conserved total within the fast subsystem is respected: where every reaction of z exchanges it with
    the same partner (enzyme and complex, promoter OFF and ON), the partner makes up for z. Correct to O(ε).
    """

    name = "QSSA"

    def steps(self, landscape: Landscape) -> list[Step]:
        """For each state the variant that respects all such totals, and those that respect one of several."""
        found: list[Step] = []
        for state in landscape.states:
            if not landscape.gain[state]:
                continue
            partners = _partners(landscape, state)
            variants: list[dict[str, Fraction]] = [dict(partners)]
            if len(partners) > 1:
                variants += [{partner: value} for partner, value in partners.items()]
            for place, variant in enumerate(variants):
                direction = {state: Fraction(1), **variant}
                elimination = make_elimination(landscape, self.name, state, direction, landscape.gain[state])
                found.append(
                    Step(self.name, elimination.label, landscape.time[state] * (1 + place), elimination)
                )
        return sorted(found, key=lambda step: step.rank)


def _partners(landscape: Landscape, state: str) -> dict[str, Fraction]:
    """How each sole partner of the state in a conserved total moves per unit of the state."""
    partners: dict[str, Fraction] = {}
    for law in landscape.laws:
        if state not in law:
            continue
        touched = {
            s for term in landscape.gain[state] for s in landscape.columns[term] if s != state and s in law
        }
        if len(touched) == 1:
            partner = touched.pop()
            partners[partner] = -law[state] / law[partner]
    return partners
