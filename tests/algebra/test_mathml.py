"""MathML in and out against Python's functions, exact numbers, and libSBML as a second reader."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.algebra.evaluate import evaluate
from isthmus.algebra.expression import (
    Expression,
    add,
    call,
    constant_value,
    div,
    mul,
    number,
    postorder,
    power,
    symbol,
)
from isthmus.algebra.mathml import Function, parse_mathml
from isthmus.algebra.mathml_printer import print_mathml
from isthmus.errors import ModelError, UnsupportedFeature

X, Y = symbol("x"), symbol("y")
HEAD = '<math xmlns="http://www.w3.org/1998/Math/MathML">'
URL = "http://www.sbml.org/sbml/symbols/"


def parse(content: str, **functions: Function) -> Expression:
    return parse_mathml(f"{HEAD}{content}</math>", functions)


def apply(name: str, *args: str) -> str:
    return f"<apply><{name}/>{''.join(args)}</apply>"


def value(content: str, **values: float) -> float:
    return float(evaluate([parse(content)], values)[0])


def libsbml_value(text: str, **values: float) -> float:
    """What libSBML itself computes for a formula."""
    import libsbml

    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    for name, number_ in values.items():
        parameter = model.createParameter()
        parameter.setId(name)
        parameter.setValue(number_)
        parameter.setConstant(True)
    return float(libsbml.SBMLTransforms.evaluateASTNode(libsbml.readMathMLFromString(text), model))


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("<cn> 0.1 </cn>", Fraction(1, 10)),
        ("<cn>-.5e1</cn>", Fraction(-5)),
        ('<cn type="integer">-12345678901234567890</cn>', Fraction(-12345678901234567890)),
        ('<cn type="e-notation">6.02<sep/>23</cn>', Fraction(602 * 10**21)),
        ('<cn type="rational">1<sep/>3</cn>', Fraction(1, 3)),
        (f'<csymbol definitionURL="{URL}avogadro">N</csymbol>', Fraction(602214179 * 10**15)),
    ],
)
def test_numbers_are_exact(text: str, exact: Fraction) -> None:
    assert constant_value(parse(text)) == exact


@pytest.mark.parametrize(
    "text",
    [
        "<cn>1e400</cn>",
        "<cn>0x10</cn>",
        "<cn>1_000</cn>",
        "<cn></cn>",
        '<cn type="integer">1.5</cn>',
        '<cn type="integer" base="2">10</cn>',
        '<cn type="rational">1<sep/>0</cn>',
        '<cn type="e-notation">1<sep/>999999999</cn>',
        '<cn type="complex-polar">1<sep/>0</cn>',
        f"<cn>{'1' * 2000}</cn>",
    ],
)
def test_numbers_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ModelError):
        parse(text)


UNARY: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "ln": math.log,
    "log": math.log10,
    "abs": abs,
    "floor": math.floor,
    "ceiling": math.ceil,
    "root": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "sec": lambda x: 1 / math.cos(x),
    "csc": lambda x: 1 / math.sin(x),
    "cot": lambda x: math.cos(x) / math.sin(x),
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "sech": lambda x: 1 / math.cosh(x),
    "csch": lambda x: 1 / math.sinh(x),
    "coth": lambda x: math.cosh(x) / math.sinh(x),
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "arccot": lambda x: math.pi / 2 - math.atan(x),
    "arcsinh": math.asinh,
    "arctanh": math.atanh,
    "arccsch": lambda x: math.log(1 / x + math.sqrt(1 / x**2 + 1)),
    "arcsech": lambda x: math.log(1 / x + math.sqrt(1 / x**2 - 1)),
    "minus": lambda x: -x,
}


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_argument(name: str) -> None:
    # 4 ulp: each side rounds at most twice.
    assert value(apply(name, "<ci>x</ci>"), x=0.7) == pytest.approx(UNARY[name](0.7), rel=1e-15)


@pytest.mark.parametrize(
    ("name", "inverse"),
    [
        ("arcsec", lambda y: 1 / math.cos(y)),
        ("arccsc", lambda y: 1 / math.sin(y)),
        ("arccosh", math.cosh),
        ("arccoth", lambda y: 1 / math.tanh(y)),
    ],
)
def test_inverses_beyond_one(name: str, inverse) -> None:
    assert inverse(value(apply(name, "<ci>x</ci>"), x=1.7)) == pytest.approx(1.7, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (apply("plus"), 0),
        (apply("times"), 1),
        (apply("plus", "<cn>1</cn>", "<cn>2</cn>", "<cn>3</cn>"), 6),
        (apply("minus", "<cn>5</cn>", "<cn>3</cn>"), 2),
        (apply("power", "<cn>2</cn>", "<cn>10</cn>"), 1024),
        ("<apply><root/><degree><cn>3</cn></degree><cn>27</cn></apply>", 3),
        ("<apply><log/><logbase><cn>2</cn></logbase><cn>8</cn></apply>", 3),
        ("<apply><log/><logbase><exponentiale/></logbase><exponentiale/></apply>", 1),
        (apply("quotient", "<cn>-7</cn>", "<cn>2</cn>"), -3),
        (apply("rem", "<cn>-7</cn>", "<cn>2</cn>"), -1),
        (apply("rem", "<cn>7</cn>", "<cn>-2</cn>"), 1),
        (apply("max", "<cn>1</cn>", "<cn>3</cn>", "<cn>2</cn>"), 3),
        (apply("min", "<cn>4</cn>"), 4),
        (apply("factorial", "<cn>5</cn>"), 120),
        ("<pi/>", math.pi),
        ("<exponentiale/>", math.e),
        ("<infinity/>", math.inf),
        (apply("minus", "<infinity/>"), -math.inf),
        (apply("lt", "<cn>1</cn>", "<cn>2</cn>", "<cn>3</cn>"), 1),
        (apply("lt", "<cn>1</cn>", "<cn>3</cn>", "<cn>2</cn>"), 0),
        (apply("leq", "<cn>2</cn>", "<cn>2</cn>"), 1),
        (apply("eq", "<true/>", "<false/>"), 0),
        (apply("neq", "<true/>", "<false/>"), 1),
        (apply("xor", "<true/>", "<true/>", "<true/>"), 1),
        (apply("xor", "<true/>", "<true/>"), 0),
        (apply("implies", "<true/>", "<false/>"), 0),
        (apply("implies", "<false/>", "<false/>"), 1),
        (apply("and"), 1),
        (apply("or"), 0),
        (apply("plus", "<true/>", "<true/>"), 2),
        (apply("and", "<cn>2</cn>", "<cn>-1</cn>"), 1),
        (apply("not", "<cn>0</cn>"), 1),
        ("<piecewise><otherwise><cn>9</cn></otherwise><piece><cn>1</cn><false/></piece></piecewise>", 9),
        ("<piecewise><piece><cn>1</cn><true/></piece><piece><cn>2</cn><true/></piece></piecewise>", 1),
        ("<piecewise><piece><true/><false/></piece><otherwise><true/></otherwise></piecewise>", 1),
        ("<piecewise><piece><cn>7</cn><true/></piece><otherwise><true/></otherwise></piecewise>", 7),
        ("<semantics><cn>4</cn><annotation>text</annotation></semantics>", 4),
    ],
)
def test_values(text: str, expected: float) -> None:
    # Cube roots and logarithms round; everything else here is exact.
    assert value(text) == pytest.approx(expected, rel=4e-16)


def test_a_piecewise_without_a_branch_is_no_number() -> None:
    assert math.isnan(value("<piecewise><piece><cn>1</cn><false/></piece></piecewise>"))


def test_time_is_not_a_symbol() -> None:
    assert parse(f'<csymbol definitionURL="{URL}time">anything</csymbol>').op == "time"
    assert parse("<ci> time </ci>") is symbol("time")


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (
            f'<apply><csymbol definitionURL="{URL}rateOf">r</csymbol><ci>x</ci></apply>',
            "E-RATE-OF",
            "rateOf()",
        ),
    ],
)
def test_unsupported_symbols_are_named(text: str, code: str, words: str) -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        parse(text)
    assert caught.value.code == code
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (apply("sin"), "<sin> with 0 arguments"),
        (apply("divide", "<cn>1</cn>"), "2 arguments"),
        (apply("minus", "<cn>1</cn>", "<cn>1</cn>", "<cn>1</cn>"), "1 or 2"),
        (apply("max"), "at least one"),
        (apply("diff", "<ci>x</ci>"), "<diff>, which is no function"),
        ("<apply/>", "empty <apply>"),
        ("<matrix/>", "<matrix>"),
        ("<apply><ci>f</ci><cn>1</cn></apply>", "'f', which is no function"),
        ("<cn>1</cn><cn>2</cn>", "2 children"),
        ("<apply><sin/><degree><cn>3</cn></degree><cn>1</cn></apply>", "does not have"),
        ("<piecewise><piece><cn>1</cn></piece></piecewise>", "<piece> with 1 children"),
        (f'<csymbol definitionURL="{URL}other">o</csymbol>', "no meaning in SBML"),
        ('<x xmlns="http://example.org/">1</x>', "inside a formula"),
    ],
)
def test_nonsense_is_refused_with_its_name(text: str, words: str) -> None:
    with pytest.raises(ModelError, match=r"\[E-FORMULA\]") as caught:
        parse(text)
    assert words in str(caught.value)


def test_text_that_is_not_xml_is_refused_with_its_line() -> None:
    with pytest.raises(ModelError) as caught:
        parse_mathml("<math>\n<cn>")
    assert caught.value.where.line == 2


def test_arguments_are_bound_all_at_once() -> None:
    swap = Function(("x", "y"), X - 2 * Y)
    assert parse("<apply><ci>f</ci><ci>y</ci><ci>x</ci></apply>", f=swap) is Y - 2 * X


def test_a_truth_value_may_be_an_argument() -> None:
    chosen = Function(("b",), call("piecewise", number(5), call("ne", symbol("b"), number(0)), number(6)))
    assert (
        value_of(parse("<apply><ci>f</ci><apply><lt/><ci>x</ci><cn>1</cn></apply></apply>", f=chosen), x=0.5)
        == 5
    )
    assert (
        value_of(parse("<apply><ci>f</ci><apply><lt/><ci>x</ci><cn>1</cn></apply></apply>", f=chosen), x=1.5)
        == 6
    )


def value_of(expression: Expression, **values: float) -> float:
    return float(evaluate([expression], values)[0])


def test_forty_nested_doublings_stay_small() -> None:
    functions: dict[str, Function] = {"f0": Function(("x",), call("sin", X))}
    half = "<apply><{}/><apply><ci>f{}</ci><ci>x</ci></apply></apply>"
    for i in range(40):
        functions[f"f{i + 1}"] = Function(
            ("x",), parse(apply("times", half.format("sin", i), half.format("cos", i)), **functions)
        )
    assert len(postorder([functions["f40"].body])) == 2 + 3 * 40


def test_a_call_with_the_wrong_number_of_arguments_is_refused() -> None:
    with pytest.raises(ModelError, match="2 arguments; needed: 1 of them"):
        parse("<apply><ci>f</ci><cn>1</cn><cn>2</cn></apply>", f=Function(("x",), X))


def expressions() -> st.SearchStrategy[Expression]:
    leaves = st.one_of(
        st.sampled_from([X, Y]),
        st.fractions(min_value=-50, max_value=50, max_denominator=60).map(number),
        st.floats(min_value=1e-12, max_value=1e12).map(number),
    )

    def deeper(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        pairs = st.tuples(inner, inner)
        return st.one_of(
            pairs.map(lambda p: add(*p)),
            pairs.map(lambda p: mul(*p)),
            pairs.map(lambda p: p[0] - p[1]),
            pairs.map(lambda p: div(*p)),
            st.tuples(inner, st.integers(-3, 3)).map(lambda p: power(p[0], number(p[1]))),
            st.tuples(
                st.sampled_from(["exp", "ln", "log10", "abs", "tanh", "atan", "asinh", "floor", "ceil"]),
                inner,
            ).map(lambda p: call(*p)),
            pairs.map(lambda p: call("max", *p)),
            pairs.map(lambda p: call("piecewise", p[0], call("lt", p[0], p[1]), p[1])),
        )

    return st.recursive(leaves, deeper, max_leaves=12)


@given(expressions())
def test_what_is_printed_reads_back_the_same(expression: Expression) -> None:
    text = print_mathml(expression)
    again = parse_mathml(text)
    # A sum that becomes a lone term of another sum is flattened on reading; after that nothing changes.
    assert again is expression or print_mathml(parse_mathml(print_mathml(again))) == print_mathml(again)
    assert same(value_of(again, x=0.3, y=1.7), value_of(expression, x=0.3, y=1.7))


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9)


@given(expressions())
def test_libsbml_reads_what_is_printed_as_the_same_number(expression: Expression) -> None:
    ours = value_of(expression, x=0.3, y=1.7)
    theirs = libsbml_value(print_mathml(expression), x=0.3, y=1.7)
    steps = {"floor", "ceil", "piecewise"} & {node.op for node in postorder([expression])}
    if math.isfinite(ours) and abs(ours) < 1e100 and not steps:
        # libSBML rounds each constant to a double first, which cancellation may amplify.
        assert theirs == pytest.approx(ours, rel=1e-6, abs=1e-6)


def test_a_formula_without_end_is_not_printed() -> None:
    grown = X
    for _ in range(40):
        grown = call("sin", grown) * call("cos", grown)
    with pytest.raises(ModelError, match="E-TOO-LARGE"):
        print_mathml(grown)
