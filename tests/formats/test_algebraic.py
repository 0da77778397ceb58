"""Algebraic rules become formulas of the quantity that each determines."""

import pytest

from isthmus import formats
from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import symbol
from isthmus.errors import ModelError
from isthmus.formats.sbml_reader import read_sbml
from isthmus.model.model import Model

K = symbol("k")


def quantities(**values: float | None) -> str:
    rows = [
        f'<parameter id="{name}" constant="false"' + ("/>" if value is None else f' value="{value}"/>')
        for name, value in values.items()
    ]
    return (
        f'<listOfParameters><parameter id="k" value="2" constant="true"/>{"".join(rows)}</listOfParameters>'
    )


def rules(math, *formulas: str, more: str = "") -> str:
    algebraic = "".join(f"\n<algebraicRule>{math(formula)}</algebraicRule>" for formula in formulas)
    return f"<listOfRules>{algebraic}{more}</listOfRules>"


def sum_of(*parts: str) -> str:
    return f"<apply><plus/>{''.join(parts)}</apply>"


def times(*parts: str) -> str:
    return f"<apply><times/>{''.join(parts)}</apply>"


def ci(name: str) -> str:
    return f"<ci>{name}</ci>"


MINUS_ONE = "<cn>-1</cn>"


def read(text: str) -> Model:
    model = read_sbml(text.encode(), "m.xml").model
    written = formats.sbml_text(model)
    assert formats.check_sbml(written) == []
    again = formats.read_model(written)
    assert (again.assignments, again.constraints) == (model.assignments, model.constraints)
    return model


def given(model: Model) -> dict[str, float]:
    """The value of every assigned variable, k being 2 and w 5."""
    values = {"k": 2.0, "w": 5.0}
    for rule in model.assignments:
        values[rule.variable] = float(evaluate([rule.formula], values)[0])
    return values


def test_a_linear_rule_becomes_an_assignment(sbml, math) -> None:
    # (k + 1) x − 6 = 0
    formula = sum_of(times(sum_of(ci("k"), "<cn>1</cn>"), ci("x")), "<cn>-6</cn>")
    model = read(sbml(quantities(x=None) + rules(math, formula)))
    assert given(model)["x"] == 2.0 and not model.constraints
    assert model.parameters_by_id["x"].value is None


def test_the_unknown_is_what_nothing_else_determines(sbml, math) -> None:
    more = f'<rateRule variable="w">{math(ci("k"))}</rateRule>'
    formula = sum_of(ci("w"), times(MINUS_ONE, ci("x")))
    (rule,) = read(sbml(quantities(w=5.0, x=1.0) + rules(math, formula, more=more))).assignments
    assert rule.variable == "x" and rule.formula is symbol("w")


def test_the_unknown_may_stand_behind_an_assigned_variable(sbml, math) -> None:
    # z = k x and z − 8 = 0, so x = 4.
    more = f'<assignmentRule variable="z">{math(times(ci("k"), ci("x")))}</assignmentRule>'
    model = read(sbml(quantities(x=None, z=None) + rules(math, sum_of(ci("z"), "<cn>-8</cn>"), more=more)))
    assert given(model)["x"] == 4.0 and given(model)["z"] == 8.0


def test_assigned_variables_are_written_out_where_the_rules_need_it(sbml, math) -> None:
    # z = k x, a − z = 0 and a − 6 = 0: the second takes a, so the first must determine x.
    more = f'<assignmentRule variable="z">{math(times(ci("k"), ci("x")))}</assignmentRule>'
    formulas = (sum_of(ci("a"), times(MINUS_ONE, ci("z"))), sum_of(ci("a"), "<cn>-6</cn>"))
    values = given(read(sbml(quantities(a=None, x=None, z=None) + rules(math, *formulas, more=more))))
    assert (values["a"], values["x"]) == (6.0, 3.0)


def test_a_chain_is_solved_in_order(sbml, math) -> None:
    # y − x = 0 and x − k = 0, whichever way round they are written.
    first, second = sum_of(ci("y"), times(MINUS_ONE, ci("x"))), sum_of(ci("x"), times(MINUS_ONE, ci("k")))
    for formulas in ((first, second), (second, first)):
        assert given(read(sbml(quantities(x=None, y=None) + rules(math, *formulas))))["y"] == 2.0


def test_coupled_linear_rules_are_solved_together(sbml, math) -> None:
    # x + y − 5 = 0 and x − y − 1 = 0, so x = 3 and y = 2.
    formulas = (
        sum_of(ci("x"), ci("y"), "<cn>-5</cn>"),
        sum_of(ci("x"), times(MINUS_ONE, ci("y")), MINUS_ONE),
    )
    values = given(read(sbml(quantities(x=None, y=None) + rules(math, *formulas))))
    assert (values["x"], values["y"]) == (3.0, 2.0)


def test_a_rule_that_is_not_linear_is_a_constraint_that_attracts(sbml, math) -> None:
    # x² − 2 = 0 from x = 1.
    formula = sum_of(times(ci("x"), ci("x")), "<cn>-2</cn>")
    (constraint,) = read(sbml(quantities(x=1.0) + rules(math, formula))).constraints
    assert constraint.unknown == "x" and float(evaluate([constraint.start], {})[0]) == 1.0
    root = 2**0.5
    below, at, above = (float(evaluate([constraint.residual], {"x": x})[0]) for x in (1.0, root, 2.0))
    assert below > 0 > above and abs(at) < 1e-15


def test_it_needs_a_number_to_start_from(sbml, math) -> None:
    formula = sum_of(times(ci("x"), ci("x")), "<cn>-2</cn>")
    assert refusal(sbml(quantities(x=None) + rules(math, formula))).code == "E-VALUE-MISSING"


def refusal(text: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        read_sbml(text.encode(), "m.xml")
    return caught.value


def test_a_rule_with_nothing_left_to_determine_is_refused(sbml, math) -> None:
    more = f'<rateRule variable="w">{math(ci("k"))}</rateRule>'
    error = refusal(sbml(quantities(w=5.0) + rules(math, sum_of(ci("w"), ci("k")), more=more)))
    assert error.code in ("E-ALGEBRAIC-RULE", "E-SBML") and error.where.line == 5


def test_coupled_rules_without_a_closed_form_are_refused(sbml, math) -> None:
    # x + exp(y) = 0 and y + exp(x) = 0.
    formulas = [sum_of(ci(a), f"<apply><exp/>{ci(b)}</apply>") for a, b in ("xy", "yx")]
    error = refusal(sbml(quantities(x=1.0, y=1.0) + rules(math, *formulas)))
    assert error.code == "E-ALGEBRAIC-RULE" and "together" in error.found


def test_a_rule_without_a_formula_says_nothing(sbml) -> None:
    model = read(sbml(f"{quantities(x=1.0)}<listOfRules><algebraicRule/></listOfRules>"))
    assert not model.assignments and not model.constraints
