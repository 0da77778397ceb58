"""Topic t02_pi: the Π theorem."""

from fractions import Fraction
from typing import Any

from isthmus.scales.groups import dimensionless_groups


def answer(inputs: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Everything the topic asks; the named groups are handed back where they are dimensionless."""
    groups = dimensionless_groups(inputs["params"], [[Fraction(v) for v in row] for row in inputs["D"]])
    named = {name: [Fraction(v) for v in vector] for name, vector in expected["named_groups"].items()}
    return {
        "rank": groups.rank,
        "n_groups": groups.count,
        "pi_basis_hnf": [list(row) for row in groups.basis],
        "projector": [[str(value) for value in row] for row in groups.projector],
        "named_groups": {
            name: list(map(str, vector)) for name, vector in named.items() if groups.contains(vector)
        },
        "named_groups_span_all": groups.spanned_by(list(named.values())),
    }
