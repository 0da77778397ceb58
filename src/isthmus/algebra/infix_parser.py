"""Infix text to expressions: our own tokens and a stack of operators; text never reaches Python's parser.

The grammar is that of SBML Level 3 formulas and of Antimony, tightest binding first:

    f(a, b)  (a)      calls and brackets
    a ^ b   a ** b    power, right to left: 2^3^2 is 2^9, -a^2 is -(a^2)
    -a   +a   !a      sign and negation
    a * b  a / b  a % b
    a + b  a - b
    < <= > >= == !=   not chained
    &&   then   ||

`log` is the decimal logarithm, as in SBML Level 3; `ln` is the natural one and `log(b, x)` has base b.
`time`, `pi`, `exponentiale`, `avogadro`, `inf`, `nan`, `true` and `false` are constants unless the caller
declares them as its own identifiers; every other name is opaque, so `lambda`, `E`, `S` or `gamma` mean
nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from isthmus.algebra.expression import (
    CONDITIONS,
    ONE,
    ZERO,
    Expression,
    call,
    div,
    mul,
    negate,
    number,
    power,
    symbol,
)
from isthmus.algebra.infix_functions import SBML, Dialect
from isthmus.errors import UsageError

DEPTH_LIMIT: Final = 200
_NUMBER_LENGTH: Final = 400
_DECIMAL_EXPONENT: Final = 400

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<operator>\*\*|<=|>=|==|!=|&&|\|\||[-+*/%^<>!(),;=]))",
)
_RELATION: Final = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
_RUNS: Final = {"or": "or", "and": "and", "sum": "add", "product": "mul"}
_SIGN: Final = 6
_BINARY: Final = {
    **dict.fromkeys(_RELATION, (3, "relation")),
    **dict.fromkeys(("+", "-"), (4, "sum")),
    **dict.fromkeys(("*", "/", "%"), (5, "product")),
    **dict.fromkeys(("^", "**"), (7, "power")),
}


class FormulaError(UsageError):
    """A formula that cannot be read: where, what stands there and what should."""

    def __init__(self, text: str, position: int, found: str, needed: str) -> None:
        self.text = text
        self.position = position
        super().__init__(
            "E-FORMULA", f"{found} at column {position + 1} of {_excerpt(text)!r}", needed=needed
        )

    def caret(self) -> str:
        """The formula with a caret under the place."""
        return f"{self.text}\n{' ' * self.position}^"


def _excerpt(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."


def parse(text: str, own: Collection[str] = (), dialect: Dialect = SBML) -> Expression:
    """The expression that the text spells; names in `own` are symbols even where they look like constants.

    `let t = …; …` before the result names shared parts, as `infix` writes them for very large expressions.
    Raises FormulaError.
    """
    return _Parser(text, own, dialect).formula()


@dataclass(slots=True)
class _Open:
    """An operator, a bracket or a call that still waits for its last operand."""

    kind: str
    binding: int
    token: str
    start: int
    args: list[Expression] = field(default_factory=list)


class _Parser:
    """One pass over the text; `kind`, `token` and `start` describe the token that is read next.

    Operators wait on `open`, so the depth of a formula is bounded by `DEPTH_LIMIT` and not by Python's stack.
    """

    def __init__(self, text: str, own: Collection[str], dialect: Dialect) -> None:
        self.text = text
        self.own = own
        self.dialect = dialect
        self.binary_operators = {**_BINARY, "||": (1, "or"), "&&": (1 if dialect.and_is_or else 2, "and")}
        self.named: dict[str, Expression] = {}
        self.open: list[_Open] = []
        self.end = 0
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.end)
        if match is None:
            rest = self.text[self.end :]
            self.start = self.end + len(rest) - len(rest.lstrip())
            if self.start < len(self.text):
                raise self.error(
                    f"unknown character {self.text[self.start]!r}", "a number, a name or an operator"
                )
            self.kind, self.token = "end", ""
            return
        self.kind = str(match.lastgroup)
        self.token = match.group(self.kind)
        self.start = match.start(self.kind)
        self.end = match.end()

    def error(self, found: str, needed: str) -> FormulaError:
        return FormulaError(self.text, self.start, found, needed)

    def unexpected(self, needed: str) -> FormulaError:
        return self.error(f"found {self.token!r}" if self.kind != "end" else "the formula ends", needed)

    def formula(self) -> Expression:
        while re.match(r"\s*let\s+[^\W\d]", self.text[self.start : self.start + 400]):
            self.advance()
            name = self.token
            self.advance()
            self.expect("=")
            self.named[name] = self.expression()
            self.expect(";")
        result = self.expression()
        if self.kind != "end":
            raise self.unexpected("an operator or the end of the formula")
        return self.need_number(result, 0) if self.dialect.converts else result

    def expect(self, token: str) -> None:
        if self.token != token:
            raise self.unexpected(f"{token!r}")
        self.advance()

    def expression(self) -> Expression:
        """Read operands and operators in turn until neither fits; no recursion."""
        value = self.operand()
        while True:
            if self.token in self.binary_operators:
                value = self.binary(value)
            elif self.token in (")", ",") and self.kind == "operator":
                value = self.closed(value, 0)
                if not self.open:
                    return value
                value = self.bracket(value)
            else:
                value = self.closed(value, 0)
                if self.open:
                    raise self.unexpected(
                        "an operator, or ')' for the bracket at column " + str(self.open[-1].start + 1)
                    )
                return value

    def operand(self) -> Expression:
        """The next complete operand; signs and opening brackets before it are left waiting."""
        while True:
            start, token = self.start, self.token
            if self.kind == "number":
                return self.numeral()
            if self.kind == "name":
                self.advance()
                if self.token != "(":
                    return self.named.get(token) or self.plain_name(token)
                self.advance()
                self.wait("call", 0, token, start)
                if self.token == ")":
                    self.advance()
                    return self.call(self.open.pop())
            elif self.kind == "operator" and token in ("(", "-", "+", "!"):
                self.advance()
                self.wait("bracket" if token == "(" else "sign", 0 if token == "(" else _SIGN, token, start)
            else:
                raise self.unexpected("a number, a name or '('")

    def wait(self, kind: str, binding: int, token: str, start: int) -> _Open:
        opened = _Open(kind, binding, token, start)
        self.open.append(opened)
        if len(self.open) > DEPTH_LIMIT:
            raise self.error(
                "the formula nests too deeply", f"at most {DEPTH_LIMIT} levels of brackets and operators"
            )
        return opened

    def binary(self, value: Expression) -> Expression:
        """Take the operator after `value`; return the operand that follows it."""
        token, start = self.token, self.start
        binding, kind = self.binary_operators[token]
        value = self.closed(value, binding if kind != "power" else binding + 1, merge=kind)
        top = self.open[-1] if self.open else None
        if top is not None and top.kind == kind == "relation":
            raise self.unexpected("one comparison at a time: write a < b && b < c")
        self.advance()
        if top is not None and top.kind == kind and kind in _RUNS:
            self.take(top, value)
            top.token, top.start = token, start
        else:
            self.wait(kind, binding, token, start).args.append(value)
        return self.operand()

    def closed(self, value: Expression, binding: int, merge: str = "") -> Expression:
        """Finish every waiting operator that binds at least this tightly.

        Except a run or comparison that may go on.
        """
        while self.open:
            top = self.open[-1]
            if top.kind in ("bracket", "call") or top.binding < binding or top.kind == merge != "power":
                break
            self.open.pop()
            value = self.applied(top, value)
        return value

    def take(self, top: _Open, value: Expression) -> None:
        """Put the next operand of a run a + b − c or a · b / c in its place."""
        if top.kind in ("and", "or"):
            top.args.append(self.need_condition(value, top.start))
            return
        value = self.need_number(value, top.start)
        if top.token == "-":
            value = negate(value)
        if top.token in ("/", "%"):
            left = mul(*top.args)
            top.args = [
                div(left, value) if top.token == "/" else self.dialect.functions["rem"].build(left, value)
            ]
        else:
            top.args.append(value)

    def applied(self, top: _Open, value: Expression) -> Expression:
        if top.kind == "sign":
            return self.signed(top, value)
        first = top.args[0]
        if top.kind in _RUNS:
            wanted = self.need_condition if top.kind in ("and", "or") else self.need_number
            top.args[0] = wanted(first, top.start)
            self.take(top, value)
            return top.args[0] if len(top.args) == 1 else call(_RUNS[top.kind], *top.args)
        if top.kind == "power" or top.token not in ("==", "!=") or self.differ(first, value):
            first, value = self.need_number(first, top.start), self.need_number(value, top.start)
        return power(first, value) if top.kind == "power" else call(_RELATION[top.token], first, value)

    def signed(self, top: _Open, value: Expression) -> Expression:
        if top.token == "!":
            return call("not", self.need_condition(value, top.start))
        value = self.need_number(value, top.start)
        return negate(value) if top.token == "-" else value

    def bracket(self, value: Expression) -> Expression:
        """Close a bracket or a call, or go on with the next argument."""
        top, token = self.open[-1], self.token
        if token == "," and top.kind == "bracket":
            raise self.unexpected("')'")
        self.advance()
        if token == ",":
            top.args.append(value)
            return self.operand()
        self.open.pop()
        if top.kind == "bracket":
            return value
        top.args.append(value)
        return self.call(top)

    def call(self, top: _Open) -> Expression:
        name, args = top.token, top.args
        functions = self.dialect.functions
        function = functions.get(name) or functions.get(name.lower())
        if function is None:
            known = ", ".join(sorted(functions))
            raise FormulaError(self.text, top.start, f"unknown function {name!r}", f"one of {known}")
        if not function.fewest <= len(args) <= function.most:
            raise FormulaError(self.text, top.start, f"{name} of {len(args)} arguments", function.arity())
        for position, arg in enumerate(args):
            wanted = function.wants(position)
            if wanted == "number" or (wanted == "any" and self.dialect.converts):
                args[position] = self.need_number(arg, top.start)
            elif wanted == "condition":
                args[position] = self.need_condition(arg, top.start)
        return function.build(*args)

    def plain_name(self, name: str) -> Expression:
        constant = None if name in self.own else self.dialect.constants.get(name.lower())
        return symbol(name) if constant is None else constant

    def numeral(self) -> Expression:
        digits, _, exponent = self.token.lower().partition("e")
        if len(digits) > _NUMBER_LENGTH or abs(int(exponent[:8] or 0)) > _DECIMAL_EXPONENT:
            raise self.error(f"the number {self.token[:20]}…", "a number that fits a double")
        value = number(self.token)
        self.advance()
        return value

    def differ(self, left: Expression, right: Expression) -> bool:
        """Whether a number is compared with a condition, in a dialect in which that has a meaning."""
        return self.dialect.converts and (left.op in CONDITIONS) != (right.op in CONDITIONS)

    def need_number(self, value: Expression, start: int) -> Expression:
        if value.op not in CONDITIONS:
            return value
        if self.dialect.converts:
            return call("piecewise", ONE, value, ZERO)
        raise FormulaError(
            self.text, start, "a condition", "a number here; piecewise(1, condition, 0) makes one"
        )

    def need_condition(self, value: Expression, start: int) -> Expression:
        if value.op in CONDITIONS:
            return value
        if self.dialect.converts:
            return call("ne", value, ZERO)
        if value.op != "piecewise":
            raise FormulaError(self.text, start, "a number", "a condition here, such as a > b")
        return value
