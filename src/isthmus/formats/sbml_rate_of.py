"""rateOf(x): the time derivative of a quantity, written out as the formula that it stands for.

Of a variable with a rate rule it is the rule's formula; of a species that reactions change their net rate,
in amount or concentration as its id; of anything else that no assignment rule gives 0 between events
(SBML Level 3 Version 2, section 3.4.6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from isthmus.algebra.expression import (
    DELAY,
    TIME,
    TIME_NODE,
    ZERO,
    Expression,
    add,
    call,
    delay,
    div,
    free_symbols,
    mul,
    negate,
    number,
    postorder,
    symbol,
)
from isthmus.algebra.mathml import MATH, SYMBOLS
from isthmus.algebra.substitute import substitute
from isthmus.errors import ModelError, UnsupportedFeature, Where
from isthmus.formats.sbml_file import SbmlFile
from isthmus.formats.xml_tree import items
from isthmus.model.event import Event
from isthmus.model.model import Model
from isthmus.model.species import Species

_SYMBOLS: Final = "{http://sbml.org/annotations/symbols}symbols"
_DERIVATIVE: Final = "http://en.wikipedia.org/wiki/Derivative"
# No id has a colon.
_PREFIX: Final = "rateOf:"


def rate_symbol(name: str) -> Expression:
    """What stands for rateOf(name) until the model is known."""
    return symbol(_PREFIX + name)


def mark_rates(file: SbmlFile) -> None:
    """Turn every rateOf(x) of the tree into one name; refused inside function definitions.

    Before Level 3 Version 2 a function stands for it whose annotation says so (a convention of COPASI).
    """
    derivatives = {
        element.get("id", "")
        for element in items(file.model, "listOfFunctionDefinitions")
        if any(part.get("definition", "") == _DERIVATIVE for part in element.iter(_SYMBOLS))
    }
    functions = [list(element.iter()) for element in items(file.model, "listOfFunctionDefinitions")]
    inside = {element for members in functions for element in members}
    for apply in file.model.iter(MATH + "apply"):
        head = apply[0] if len(apply) else apply
        is_ours = head.tag == MATH + "ci" and (head.text or "").strip() in derivatives
        if is_ours or head.get("definitionURL") == SYMBOLS + "rateOf":
            if apply in inside or len(apply) != 2 or apply[1].tag != MATH + "ci":
                found = "rateOf() of something else than a quantity of the model"
                raise UnsupportedFeature(
                    "E-RATE-OF", found, needed="the id of a quantity", where=file.where(apply, "rateOf")
                )
            name = (apply[1].text or "").strip()
            file.document.places.number()
            del apply[:]
            apply.tag, apply.text = MATH + "ci", _PREFIX + name


def without_rates(file: SbmlFile, model: Model) -> Model:
    """The model with every rateOf(x) written out.

    UnsupportedFeature where an assignment rule gives x.
    """
    symbols = free_symbols(*(formula for _, formula in model.definitions))
    named = {name for name in symbols if name.startswith(_PREFIX)}
    if not named:
        return model
    _refuse_past_rates(file, model)
    rates = _Rates(file, model)
    table = {symbol(name): rates.of(name.removeprefix(_PREFIX)) for name in sorted(named)}
    return _mapped(model, lambda formula: _written_out(formula, table))


class _Rates:
    """The derivatives of the quantities of one model."""

    def __init__(self, file: SbmlFile, model: Model) -> None:
        self._file = file
        self._model = model
        self._rules = {rule.variable: rule.formula for rule in model.rates}
        self._given = {rule.variable for rule in model.assignments} | {c.unknown for c in model.constraints}
        self._known: dict[str, Expression] = {}
        self._open: list[str] = []

    def of(self, name: str) -> Expression:
        """The derivative, with no rateOf() left in it."""
        if name in self._known:
            return self._known[name]
        if name in self._open:
            found = f"rates that define each other: {' → '.join([*self._open, name])}"
            raise ModelError("E-CYCLE", found, where=self._where)
        self._open.append(name)
        formula = self._formula(name)
        inner = {symbol(n): self.of(n.removeprefix(_PREFIX)) for n in _rates_in(formula)}
        self._open.pop()
        self._known[name] = _written_out(formula, inner)
        return self._known[name]

    @property
    def _where(self) -> Where:
        return Where(self._file.file, object=f"rateOf({self._open[0]})" if self._open else "rateOf")

    def _formula(self, name: str) -> Expression:
        if name in self._given:
            found = f"rateOf({name}), where a rule gives {name!r} at all times"
            advice = "write a rate rule for it"
            raise UnsupportedFeature("E-RATE-OF", found, advice=advice, where=self._where)
        if name in self._rules:
            return self._rules[name]
        species = self._model.species_by_id.get(name)
        if species is not None:
            return self._of_species(species)
        if name not in self._model.ids:
            found = f"rateOf({name}), which the model does not define"
            raise ModelError("E-UNKNOWN-ID", found, where=self._where)
        if name not in self._model.parameters_by_id and name not in self._model.compartments_by_id:
            found = f"rateOf({name}), which is a reaction"
            raise UnsupportedFeature("E-RATE-OF", found, where=self._where)
        return ZERO

    def _of_species(self, species: Species) -> Expression:
        changes: list[Expression] = []
        if not (species.boundary or species.constant):
            for reaction in self._model.reactions:
                change = reaction.net().get(species.id, 0)
                if change:
                    changes.append(mul(number(change), symbol(reaction.id)))
        total = add(*changes)
        if species.conversion:
            total = mul(symbol(species.conversion), total)
        if species.substance_only:
            return total
        growth = rate_symbol(species.compartment) if species.compartment in self._model.ruled else ZERO
        return div(add(total, negate(mul(symbol(species.id), growth))), symbol(species.compartment))


def _refuse_past_rates(file: SbmlFile, model: Model) -> None:
    """Refuse delay(rateOf(x), …) of what an initial assignment lets move before time 0."""
    formulas = [formula for _, formula in model.definitions]
    past = {name for node in postorder(formulas) if node.op == DELAY for name in _rates_in(node)}
    for start in model.initial_assignments:
        if _PREFIX + start.variable in past and any(n.op == TIME for n in postorder([start.formula])):
            found = f"delay(rateOf({start.variable}), …), whose initial assignment depends on time"
            where = Where(file.file, object=f"rateOf({start.variable})")
            raise UnsupportedFeature("E-RATE-OF", found, where=where)


def _written_out(formula: Expression, rates: Mapping[Expression, Expression]) -> Expression:
    """The formula with its rates put in; within a delay they are 0 before time 0, when nothing moved."""
    since = {
        name: rate if rate is ZERO else call("piecewise", ZERO, call("lt", TIME_NODE, ZERO), rate)
        for name, rate in rates.items()
    }
    delayed = {
        node: delay(substitute([node.args[0]], since)[0], substitute([node.args[1]], rates)[0])
        for node in postorder([formula])
        if node.op == DELAY
    }
    return substitute([formula], {**rates, **delayed})[0]


def _rates_in(formula: Expression) -> list[str]:
    return sorted(name for name in free_symbols(formula) if name.startswith(_PREFIX))


def _mapped(model: Model, change: Callable[[Expression], Expression]) -> Model:
    """The model with every formula changed."""

    def optional(formula: Expression | None) -> Expression | None:
        return None if formula is None else change(formula)

    def event(before: Event) -> Event:
        return replace(
            before,
            trigger=change(before.trigger),
            delay=optional(before.delay),
            priority=optional(before.priority),
            assignments=tuple(replace(a, formula=change(a.formula)) for a in before.assignments),
        )

    return replace(
        model,
        reactions=tuple(replace(r, rate=change(r.rate)) for r in model.reactions),
        assignments=tuple(replace(r, formula=change(r.formula)) for r in model.assignments),
        rates=tuple(replace(r, formula=change(r.formula)) for r in model.rates),
        initial_assignments=tuple(replace(r, formula=change(r.formula)) for r in model.initial_assignments),
        constraints=tuple(
            replace(c, residual=change(c.residual), start=change(c.start)) for c in model.constraints
        ),
        events=tuple(map(event, model.events)),
    )
