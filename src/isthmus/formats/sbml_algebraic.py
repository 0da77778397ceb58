"""Algebraic rules: which quantity each one determines, and its formula where there is one.

A rule is matched with one quantity that may change and that nothing else determines. Where the rule is linear
in it the quantity gets an assignment rule; else a constraint 0 = −r/(∂r/∂x), whose root always attracts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from isthmus.algebra.differentiate import differentiate
from isthmus.algebra.eliminate import NoClosedForm, eliminate
from isthmus.algebra.expression import ZERO, Expression, div, free_symbols, negate, number, symbol
from isthmus.algebra.incidence import components
from isthmus.algebra.substitute import substitute
from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.formats.sbml_file import SbmlFile
from isthmus.formats.sbml_formulas import AlgebraicRule
from isthmus.model.model import Model
from isthmus.model.rule import AssignmentRule, Constraint


def determined(file: SbmlFile, model: Model, rules: Sequence[AlgebraicRule]) -> Model:
    """The model with each algebraic rule as an assignment rule or a constraint.

    UnsupportedFeature where a rule determines nothing that is still open, or several determine each other by
    equations that have no closed form.
    """
    rules = [rule for rule in rules if rule.residual is not ZERO]
    if not rules:
        return model
    candidates = _open_quantities(model)
    matched = _match(file, model, rules, candidates)
    residuals = dict(matched)
    needs = [
        {j for j, other in enumerate(residuals) if other != name and other in free_symbols(residual)}
        for name, residual in residuals.items()
    ]
    names = list(residuals)
    for block in components(needs):
        model = _solved(file, model, rules[0], [(names[i], residuals[names[i]]) for i in block])
    return _without_values(model, frozenset(residuals))


def _open_quantities(model: Model) -> list[str]:
    """What may change and nothing else determines; first what has no value, last what events assign."""
    changed = {name for reaction in model.reactions for name in reaction.net()}
    species = [s for s in model.species if not s.constant and (s.boundary or s.id not in changed)]
    values = {s.id: s.initial for s in species}
    values |= {c.id: c.size for c in model.compartments if not c.constant}
    values |= {p.id: p.value for p in model.parameters if not p.constant}
    started = {assignment.variable for assignment in model.initial_assignments}
    found = [name for name in values if name not in model.ruled]
    return sorted(
        found,
        key=lambda name: (name in model.assigned_by_events, name in started or values[name] is not None),
    )


def _match(
    file: SbmlFile, model: Model, rules: Sequence[AlgebraicRule], candidates: Sequence[str]
) -> list[tuple[str, Expression]]:
    """(quantity, residual) for each rule; assigned variables are written out where that is needed."""
    written = [rule.residual for rule in rules]
    for residuals in (written, _inlined(model, written)):
        owner, unplaced = _placed(residuals, candidates)
        if unplaced is None:
            return [(name, residuals[i]) for name, i in owner.items()]
    raise UnsupportedFeature(
        "E-ALGEBRAIC-RULE",
        "an algebraic rule that determines no quantity that is still open",
        needed="a quantity that may change and that no rule or reaction changes",
        advice="write the relation as an assignment rule, or leave it out where it holds anyway",
        where=file.where(rules[unplaced or 0].element),
    )


def _placed(residuals: Sequence[Expression], candidates: Sequence[str]) -> tuple[dict[str, int], int | None]:
    """Quantity → equation by augmenting paths (Kuhn 1955), earlier candidates first.

    And the first equation that finds no place.
    """
    rank = {name: i for i, name in enumerate(candidates)}
    incidence = []
    for residual in residuals:
        named = sorted(free_symbols(residual) & rank.keys(), key=lambda name: rank[name])
        incidence.append([name for name in named if differentiate(residual, symbol(name)) is not ZERO])
    owner: dict[str, int] = {}

    def place(equation: int, seen: set[str]) -> bool:
        for name in incidence[equation]:
            if name not in seen:
                seen.add(name)
                if name not in owner or place(owner[name], seen):
                    owner[name] = equation
                    return True
        return False

    unplaced = next((i for i in range(len(residuals)) if not place(i, set())), None)
    return owner, unplaced


def _inlined(model: Model, formulas: Sequence[Expression]) -> list[Expression]:
    """The formulas with assigned variables written out, as far as needed and no circle deep."""
    table = {symbol(rule.variable): rule.formula for rule in model.assignments}
    found = list(formulas)
    for _ in model.assignments:
        following = substitute(found, table)
        if all(new is old for new, old in zip(following, found, strict=True)):
            break
        found = following
    return found


def _solved(
    file: SbmlFile, model: Model, rule: AlgebraicRule, block: Sequence[tuple[str, Expression]]
) -> Model:
    """The model with one more block of quantities determined: one quantity, or several at once."""
    if len(block) == 1:
        name, residual = block[0]
        unknown = symbol(name)
        slope = differentiate(residual, unknown)
        if name not in free_symbols(slope):
            formula = negate(div(substitute([residual], {unknown: ZERO})[0], slope))
            return replace(model, assignments=(*model.assignments, AssignmentRule(name, formula)))
        constraint = Constraint(name, negate(div(residual, slope)), _start(file, model, rule, name))
        return replace(model, constraints=(*model.constraints, constraint))
    solved = eliminate([residual for _, residual in block], [symbol(name) for name, _ in block])
    if isinstance(solved, NoClosedForm) or solved.alternatives:
        names = ", ".join(name for name, _ in block)
        why = solved.reason if isinstance(solved, NoClosedForm) else "several solutions"
        raise UnsupportedFeature(
            "E-ALGEBRAIC-RULE",
            f"algebraic rules that determine {names} together: {why}",
            needed="rules that can be solved one after the other, or linear ones",
            where=file.where(rule.element),
        )
    formulas = tuple(
        AssignmentRule(str(unknown.value), formula) for unknown, formula in solved.solutions.items()
    )
    return replace(model, assignments=(*model.assignments, *formulas))


def _start(file: SbmlFile, model: Model, rule: AlgebraicRule, name: str) -> Expression:
    """The initial value, from which the solution is sought."""
    for assignment in model.initial_assignments:
        if assignment.variable == name:
            return assignment.formula
    species = model.species_by_id.get(name)
    if species is not None and species.initial is not None:
        given, size = number(species.initial), symbol(species.compartment)
        if species.initial_is_amount == species.substance_only:
            return given
        return div(given, size) if species.initial_is_amount else given * size
    parameter, compartment = model.parameters_by_id.get(name), model.compartments_by_id.get(name)
    value = parameter.value if parameter else compartment.size if compartment else None
    if value is None:
        raise ModelError(
            "E-VALUE-MISSING",
            f"no initial value of {name!r}, for which an algebraic rule is not linear",
            needed="a number to start from",
            where=file.where(rule.element),
        )
    return number(value)


def _without_values(model: Model, names: frozenset[str]) -> Model:
    """The model without initial values of what is now determined at all times."""
    return replace(
        model,
        species=tuple(
            replace(s, initial=None, initial_is_amount=False) if s.id in names else s for s in model.species
        ),
        compartments=tuple(replace(c, size=None) if c.id in names else c for c in model.compartments),
        parameters=tuple(replace(p, value=None) if p.id in names else p for p in model.parameters),
        initial_assignments=tuple(a for a in model.initial_assignments if a.variable not in names),
    )
