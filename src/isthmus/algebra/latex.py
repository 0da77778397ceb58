"""Expressions as LaTeX: real fractions, roots, cases, and identifiers with subscripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from isthmus.algebra.expression import (
    HALF,
    NUMBER,
    RELATIONS,
    SYMBOL,
    TIME,
    Expression,
    constant_value,
    postorder,
)
from isthmus.algebra.layout import (
    Rank,
    coefficient_parts,
    decimal_text,
    make_order,
    split_quotient,
    split_signs,
)

_OR, _AND, _RELATION, _SUM, _PRODUCT, _POWER, _ATOM = range(1, 8)
_GREEK: Final = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Upsilon",
        "Phi",
        "Psi",
        "Omega",
    ]
)
_RELATION_SIGN: Final = {"lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "eq": "=", "ne": r"\ne"}
_FUNCTION: Final = {
    "ln": r"\ln",
    "log10": r"\log_{10}",
    "asin": r"\arcsin",
    "acos": r"\arccos",
    "atan": r"\arctan",
    **{name: "\\" + name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "min", "max")},
}

_Text = tuple[str, int]


def latex(
    expression: Expression,
    *,
    names: Mapping[str, str] | None = None,
    rank: Rank | None = None,
    greek: bool = True,
) -> str:
    r"""The expression in LaTeX mathematics; `names` overrides how single identifiers are written."""
    return _Writer(expression, names or {}, rank, greek).write(expression)[0]


def latex_name(identifier: str, greek: bool = True) -> str:
    r"""An identifier: k_on is k_{\mathrm{on}}, S0 is S_{0}, K_m is K_{m}, alpha is \alpha."""
    head, _, tail = identifier.strip("_").partition("_")
    if not tail:
        digits = re.fullmatch(r"([^\W\d_]+)(\d+)", head)
        if digits:
            head, tail = digits.groups()
    if not head:
        return _upright(identifier)
    base = "\\" + head if greek and head in _GREEK else _upright(head)
    if not tail:
        return base
    parts = [_upright(part) for part in tail.split("_") if part]
    return f"{base}_{{{','.join(parts)}}}"


def _upright(word: str) -> str:
    escaped = word.replace("_", r"\_")
    return escaped if len(word) == 1 or word.isdigit() else rf"\mathrm{{{escaped}}}"


class _Writer:
    def __init__(self, root: Expression, names: Mapping[str, str], rank: Rank | None, greek: bool) -> None:
        self.names, self.greek = names, greek
        self.order = make_order([root], rank)
        self.memo: dict[Expression, _Text] = {}
        for node in postorder([root]):
            self.write(node)

    def write(self, node: Expression) -> _Text:
        known = self.memo.get(node)
        if known is None:
            known = self.memo[node] = self.render(node)
        return known

    def bracketed(self, node: Expression, binding: int) -> str:
        text, own = self.write(node)
        return text if own >= binding else rf"\left({text}\right)"

    def render(self, node: Expression) -> _Text:
        renderers: dict[str, Callable[[Expression], _Text]] = {
            "add": self.sum,
            "mul": self.quotient,
            "div": self.quotient,
            "pow": self.power,
            "piecewise": self.cases,
        }
        if node.op in renderers:
            return renderers[node.op](node)
        if node.op == NUMBER:
            return _number(node.value)
        if node.op == SYMBOL:
            name = str(node.value)
            return self.names.get(name) or latex_name(name, self.greek), _ATOM
        if node.op == TIME:
            return "t", _ATOM
        return self.applied(node)

    def sum(self, node: Expression) -> _Text:
        terms = split_signs(node)
        sign = {term: negative for negative, term in terms}
        ordered = self.order([term for _, term in terms])
        first = next((i for i, term in enumerate(ordered) if not sign[term]), 0)
        ordered.insert(0, ordered.pop(first))
        text = ("-" if sign[ordered[0]] else "") + self.bracketed(ordered[0], _PRODUCT)
        for term in ordered[1:]:
            text += (" - " if sign[term] else " + ") + self.bracketed(term, _PRODUCT)
        return text, _SUM

    def quotient(self, node: Expression) -> _Text:
        coefficient, above, below = split_quotient(node)
        top, bottom = coefficient_parts(abs(coefficient))
        minus = "-" if coefficient < 0 else ""
        over = self.product(top, self.order(above), alone=bool(below) or bottom != 1)
        binding = _SUM if minus else _PRODUCT
        if not below and bottom == 1:
            return minus + over, binding
        return rf"{minus}\frac{{{over}}}{{{self.product(bottom, self.order(below), alone=True)}}}", binding

    def product(self, coefficient: Fraction, factors: list[Expression], alone: bool) -> str:
        """The factors side by side; a single sum that fills a fraction line needs no brackets."""
        if alone and coefficient == 1 and len(factors) == 1:
            return self.write(factors[0])[0]
        texts = [self.bracketed(factor, _POWER) for factor in factors]
        if coefficient != 1 or not texts:
            texts.insert(0, _number(coefficient)[0])
        # Two numbers side by side would read as one.
        joined = texts[0]
        for text in texts[1:]:
            joined += (r" \cdot " if text[0].isdigit() else r"\, ") + text
        return joined

    def power(self, node: Expression) -> _Text:
        base, exponent = node.args
        if exponent is HALF:
            return rf"\sqrt{{{self.write(base)[0]}}}", _ATOM
        value = constant_value(exponent)
        if value is not None and value < 0:
            return self.quotient(node)
        return rf"{self.bracketed(base, _ATOM)}^{{{self.write(exponent)[0]}}}", _POWER

    def cases(self, node: Expression) -> _Text:
        pairs = zip(node.args[::2], node.args[1::2], strict=False)
        lines = [rf"{self.write(value)[0]} & {self.write(condition)[0]}" for value, condition in pairs]
        if len(node.args) % 2:
            lines.append(rf"{self.write(node.args[-1])[0]} & \text{{otherwise}}")
        return r"\begin{cases}" + r" \\ ".join(lines) + r"\end{cases}", _ATOM

    def applied(self, node: Expression) -> _Text:
        op, args = node.op, node.args
        if op == "boolean":
            return rf"\mathrm{{{str(node.value).lower()}}}", _ATOM
        if op in RELATIONS and len(args) == 2:
            return (
                f"{self.bracketed(args[0], _SUM)} {_RELATION_SIGN[op]} {self.bracketed(args[1], _SUM)}",
                _RELATION,
            )
        if op in ("and", "or") and len(args) > 1:
            sign, binding = (r" \land ", _AND) if op == "and" else (r" \lor ", _OR)
            return sign.join(self.bracketed(arg, binding + 1) for arg in args), binding
        inner = ", ".join(self.write(arg)[0] for arg in args)
        match op:
            case "not":
                return rf"\lnot {self.bracketed(args[0], _ATOM)}", _POWER
            case "exp":
                return rf"\mathrm{{e}}^{{{inner}}}", _POWER
            case "abs":
                return rf"\left|{inner}\right|", _ATOM
            case "floor" | "ceil":
                return rf"\left\l{op} {inner} \right\r{op}", _ATOM
            case "factorial":
                return rf"{self.bracketed(args[0], _ATOM)}!", _POWER
        name = _FUNCTION.get(op) or rf"\operatorname{{{op}}}"
        return rf"{name}\left({inner}\right)", _ATOM


def _number(value: object) -> _Text:
    if isinstance(value, float):
        return (
            (r"\mathrm{nan}", _ATOM)
            if value != value
            else (r"\infty", _ATOM)
            if value > 0
            else (r"-\infty", _SUM)
        )
    assert isinstance(value, Fraction)
    if value < 0:
        return f"-{_number(-value)[0]}", _SUM
    text = decimal_text(value)
    if text is None:
        if value.denominator == 1:
            return str(value), _ATOM
        return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", _PRODUCT
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text, _ATOM
    power = f"10^{{{exponent}}}"
    return (power, _POWER) if mantissa == "1" else (rf"{mantissa} \times {power}", _PRODUCT)
