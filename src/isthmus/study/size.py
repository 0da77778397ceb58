"""How large a model is."""

from __future__ import annotations

from isthmus.algebra.expression import free_symbols
from isthmus.dynamics.rates import read_rates
from isthmus.model.model import Model
from isthmus.records.ladder import Size


def find_size(model: Model) -> Size:
    """Count moving states, reactions, constants that formulas name, and additive terms of derivatives."""
    dynamics = read_rates(model)
    moving = [
        row for row, implicit in zip(dynamics.gain, dynamics.algebraic, strict=True) if row and not implicit
    ]
    terms = {term for row in moving for term in row}
    named = free_symbols(*(formula for _, formula in model.definitions))
    parameters = sum(
        1 for p in model.parameters if p.id in named and p.id not in model.ruled and not p.initial_of
    )
    return Size(len(moving), len(model.reactions), parameters, len(terms))
