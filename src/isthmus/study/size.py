"""How large a model is."""

from __future__ import annotations

from isthmus.algebra.expression import free_symbols
from isthmus.dynamics.rates import read_rates
from isthmus.model.model import Model
from isthmus.records.ladder import Size


def find_size(model: Model) -> Size:
    """States, reactions, constant parameters that any formula names, and additive terms of the right-hand side."""
    dynamics = read_rates(model)
    used = {term for row in dynamics.gain for term in row}
    moving = sum(
        1 for row, algebraic in zip(dynamics.gain, dynamics.algebraic, strict=True) if row or algebraic
    )
    named = free_symbols(*(formula for _, formula in model.definitions))
    parameters = sum(1 for p in model.parameters if p.id in named and p.id not in model.ruled and not p.initial_of)
    return Size(moving, len(model.reactions), parameters, len(used))
