"""The values that a model starts from, as numbers, with some of them set from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from isthmus.algebra.evaluate import evaluate, to_float
from isthmus.algebra.expression import Expression, div, free_symbols, mul, number, symbol
from isthmus.errors import ModelError, Where
from isthmus.model.model import Model
from isthmus.model.species import Species


@dataclass(frozen=True, slots=True)
class StartValues:
    """Every id of a model with the formula or number it starts from, each what the id stands for.

    order: so that what a formula names comes before it.
    """

    formulas: Mapping[str, Expression]
    order: tuple[str, ...]
    source: str

    @classmethod
    def of(cls, model: Model, added: Mapping[str, float]) -> StartValues:
        """The start of a model with more parameters than its own; ModelError for formulas in a circle."""
        formulas = {parameter: number(value) for parameter, value in added.items()}
        formulas |= {p.id: number(p.value) for p in model.parameters if p.value is not None}
        formulas |= {c.id: number(c.size) for c in model.compartments if c.size is not None}
        formulas |= {s.id: _of_species(s, s.initial) for s in model.species if s.initial is not None}
        formulas |= {reaction.id: reaction.rate for reaction in model.reactions}
        formulas |= {initial.variable: initial.formula for initial in model.initial_assignments}
        formulas |= {rule.variable: rule.formula for rule in model.assignments}
        try:
            graph = {name: free_symbols(formula) for name, formula in formulas.items()}
            order = tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = " → ".join(error.args[1])
            raise ModelError(
                "E-CYCLE", f"{circle}: formulas in a circle", where=Where(model.source)
            ) from None
        return cls(formulas, tuple(name for name in order if name in formulas), model.source)

    def at(self, time: float, chosen: Mapping[str, float]) -> dict[str, float]:
        """Every value at a time, with the chosen ones in the place of their formulas."""
        values: dict[str, float] = dict(chosen)
        for name in self.order:
            if name in chosen:
                continue
            formula = self.formulas[name]
            if all(needed in values for needed in free_symbols(formula)):
                values[name] = to_float(evaluate([formula], values, time)[0])
        return values

    def value(self, formula: Expression, values: Mapping[str, float], time: float, where: Where) -> float:
        """A formula in known values; ModelError E-UNKNOWN-ID where it names something else."""
        unknown = sorted(set(free_symbols(formula)) - set(values))
        if unknown:
            needed = "an id of the model or a parameter with a value"
            raise ModelError("E-UNKNOWN-ID", f"{unknown[0]!r} has no value", needed=needed, where=where)
        return to_float(evaluate([formula], values, time)[0])


def _of_species(species: Species, initial: float) -> Expression:
    if species.initial_is_amount == species.substance_only:
        return number(initial)
    size = symbol(species.compartment)
    return div(number(initial), size) if species.initial_is_amount else mul(number(initial), size)
