"""The formulas of a file: function definitions, rules and initial assignments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from typing import Final
from xml.etree.ElementTree import Element

from isthmus.algebra.expression import NUMBER, Expression, constant_value, free_symbols, postorder
from isthmus.algebra.mathml import MATH, Function, MathmlReader
from isthmus.algebra.mathml_operations import as_condition, as_value
from isthmus.algebra.substitute import substitute
from isthmus.errors import ModelError, Where
from isthmus.formats.sbml_file import OWN, SbmlFile, describe, mark_of
from isthmus.formats.xml_tree import items, local_name
from isthmus.model.rule import AssignmentRule, Constraint, InitialAssignment, RateRule

# Beyond this no double, no time limit and no sense; Python itself stops printing at 4300 digits.
_MOST_BITS: Final = 13_000


@dataclass(frozen=True, slots=True)
class AlgebraicRule:
    """0 = residual, as the file has it."""

    element: Element
    residual: Expression


class Formulas:
    """Reads the formulas of one file: functions inlined, ids of species references as their numbers."""

    def __init__(self, file: SbmlFile) -> None:
        self.file = file
        self.numbers: dict[Expression, Expression] = {}
        self._functions: dict[str, Function] = {}
        self._reader = MathmlReader(self._functions)
        for definition in _in_calling_order(file):
            self._define(definition)

    def expression(
        self, container: Element, local: Mapping[Expression, Expression] | None = None
    ) -> Expression:
        """The number in an element's `math`; local: what stands for its local parameters."""
        return as_value(self._formula(container, local or {}))

    def condition(self, container: Element) -> Expression:
        """The condition in an element's `math`; a number is true where it is not zero."""
        return as_condition(self._formula(container, {}))

    def _formula(self, container: Element, local: Mapping[Expression, Expression]) -> Expression:
        math = container.find(MATH + "math")
        if math is None:
            raise ModelError("E-NO-FORMULA", "no <math>", where=self.file.where(container))
        formula = self._located(container, math)
        replaced = {**self.numbers, **local}
        return substitute([formula], replaced)[0] if replaced else formula

    def exact(self, container: Element) -> Fraction | None:
        """The formula's value where it is a plain number, else None."""
        return constant_value(self.expression(container))

    def _located(self, container: Element, math: Element) -> Expression:
        inlined = self._reader.inlined
        try:
            expression = self._reader.expression(math)
        except ModelError as error:
            raise self._placed(error, container) from None
        has_numbers = self._reader.inlined > inlined or next(math.iter(MATH + "cn"), None) is not None
        if has_numbers and any(node.op == NUMBER and _is_huge(node) for node in postorder([expression])):
            raise ModelError(
                "E-NUMBER", "a number of more than 4,000 digits", where=self.file.where(container)
            )
        return expression

    def _define(self, definition: Element) -> None:
        math = definition.find(MATH + "math")
        if math is None:
            return
        try:
            function = self._reader.function(math)
        except ModelError as error:
            raise self._placed(error, definition) from None
        foreign = sorted(free_symbols(function.body) - set(function.arguments))
        if foreign:
            found = f"a function definition that uses {foreign[0]!r}, which is none of its arguments"
            raise ModelError("E-FUNCTION", found, where=self.file.where(definition))
        self._functions[definition.get("id", "")] = function

    def _placed(self, error: ModelError, container: Element) -> ModelError:
        where = self.file.where(container)
        if self.file.places is None and isinstance(error.about, Element):
            line, column = self.file.document.places.position(error.about)
            where = replace(where, line=line, column=column)
        return type(error)(error.code, error.found, needed=error.needed, advice=error.advice, where=where)


def has_formula(element: Element) -> bool:
    """Whether an element has a `math` with something in it."""
    math = element.find(MATH + "math")
    return math is not None and len(math) > 0


def with_formula(file: SbmlFile, list_name: str) -> list[Element]:
    """The members of a list that have a formula: without one they say nothing (Level 3 Version 2)."""
    return [element for element in items(file.model, list_name) if has_formula(element)]


def _is_huge(node: Expression) -> bool:
    value = constant_value(node)
    return (
        value is not None and max(value.numerator.bit_length(), value.denominator.bit_length()) > _MOST_BITS
    )


def _in_calling_order(file: SbmlFile) -> list[Element]:
    """The function definitions, each after those that it calls."""
    definitions = {
        element.get("id", ""): element for element in items(file.model, "listOfFunctionDefinitions")
    }
    calls = {
        name: [
            (head.text or "").strip()
            for apply in element.iter(MATH + "apply")
            for head in apply[:1]
            if head.tag == MATH + "ci"
        ]
        for name, element in definitions.items()
    }
    sorter = TopologicalSorter(
        {name: [c for c in called if c in definitions] for name, called in calls.items()}
    )
    try:
        return [definitions[name] for name in sorter.static_order()]
    except CycleError as error:
        cycle = " → ".join(reversed(error.args[1]))
        where = file.where(definitions[error.args[1][0]])
        raise ModelError(
            "E-RECURSION", f"function definitions that call themselves: {cycle}", where=where
        ) from None


def read_initial_assignments(file: SbmlFile, formulas: Formulas, exact: Set[str]) -> list[InitialAssignment]:
    """All initial assignments but those to references whose stoichiometry is an exact number."""
    found = []
    for element in with_formula(file, "listOfInitialAssignments"):
        variable = element.get("symbol", "")
        if variable not in exact:
            found.append(InitialAssignment(variable, formulas.expression(element), file.annotation(element)))
    return found


def read_rules(
    file: SbmlFile, formulas: Formulas
) -> tuple[list[AssignmentRule], list[RateRule], list[Constraint], list[AlgebraicRule]]:
    """Assignment rules, rate rules, the algebraic rules that isthmus itself has written, and all others."""
    assignments: list[AssignmentRule] = []
    rates: list[RateRule] = []
    constraints: list[Constraint] = []
    algebraic: list[AlgebraicRule] = []
    for element in with_formula(file, "listOfRules"):
        formula = formulas.expression(element)
        variable = element.get("variable", "")
        match local_name(element):
            case "assignmentRule":
                assignments.append(AssignmentRule(variable, formula, file.annotation(element)))
            case "rateRule":
                rates.append(RateRule(variable, formula, file.annotation(element)))
            case "algebraicRule" if mark_of(element) is None:
                algebraic.append(AlgebraicRule(element, formula))
            case "algebraicRule":
                constraints.append(_constraint(file, formulas, element, formula))
    return assignments, rates, constraints, algebraic


def _constraint(file: SbmlFile, formulas: Formulas, element: Element, residual: Expression) -> Constraint:
    mark = mark_of(element)
    start = None if mark is None else mark.find(OWN + "start")
    if mark is None or start is None or not mark.get("unknown"):
        found = "an algebraic rule with an incomplete note by isthmus"
        raise ModelError(
            "E-ALGEBRAIC-RULE", found, needed="its unknown and its start", where=file.where(element)
        )
    return Constraint(mark.attrib["unknown"], residual, formulas.expression(start))


def ordered(
    file: SbmlFile, rules: Sequence[AssignmentRule], laws: Mapping[str, Expression]
) -> tuple[AssignmentRule, ...]:
    """The assignment rules, each after those that it needs, otherwise as in the file.

    A cycle is refused by name. laws: the kinetic law of each reaction, as a rule may name a reaction's rate.
    """
    formulas = {**laws, **{rule.variable: rule.formula for rule in rules}}
    order = evaluation_order(file, formulas, "rules that define each other")
    position = {name: i for i, name in enumerate(order)}
    return tuple(sorted(rules, key=lambda rule: position[rule.variable]))


def evaluation_order(file: SbmlFile, formulas: Mapping[str, Expression], what: str) -> list[str]:
    """The names, each after those that its formula uses; ties as given. Iterative, so a chain may be long."""
    named = free_symbols(*formulas.values()) & formulas.keys()
    if not named:
        return list(formulas)
    uses = {name: sorted(free_symbols(formula) & named) for name, formula in formulas.items()}
    done: dict[str, bool] = {}
    order: list[str] = []
    for first in formulas:
        path = [(first, iter(uses[first]))] if first not in done else []
        done.setdefault(first, False)
        while path:
            name, rest = path[-1]
            following = next(rest, None)
            if following is None:
                done[name] = True
                order.append(name)
                path.pop()
            elif following not in done:
                done[following] = False
                path.append((following, iter(uses[following])))
            elif not done[following]:
                names = [step for step, _ in path]
                cycle = [*names[names.index(following) :], following]
                raise ModelError("E-CYCLE", f"{what}: {' → '.join(cycle)}", where=_place_of(file, following))
    return order


def _place_of(file: SbmlFile, name: str) -> Where:
    for list_name in ("listOfRules", "listOfInitialAssignments", "listOfReactions"):
        for element in items(file.model, list_name):
            if name in (element.get("variable"), element.get("symbol"), element.get("id")):
                return file.where(element, describe(element))
    return file.where(file.model)
