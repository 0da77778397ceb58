"""Content MathML in: the subset that SBML uses, read into expressions.

Calls of user functions are inlined on the graph, so that sharing keeps nested doublings small. No recursion:
depth is no limit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from isthmus.algebra.expression import (
    DELAY,
    FALSE,
    TIME_NODE,
    TRUE,
    ZERO,
    Expression,
    add,
    div,
    number,
    postorder,
    symbol,
)
from isthmus.algebra.mathml_operations import (
    ARITHMETIC,
    EULER,
    operation,
    piecewise,
    typed_call,
    wanted_arguments,
)
from isthmus.errors import ModelError, UnsupportedFeature, Where

MATH: Final = "{http://www.w3.org/1998/Math/MathML}"
_PREFIX: Final = len(MATH)
_MATH: Final = MATH + "math"
_APPLY: Final = MATH + "apply"
_CI: Final = MATH + "ci"
_CN: Final = MATH + "cn"
SYMBOLS: Final = "http://www.sbml.org/sbml/symbols/"
AVOGADRO: Final = number("6.02214179e23")
PI: Final = number(math.pi)

_LONGEST_NUMBER: Final = 1000
_LARGEST_CALL: Final = 50_000
_MOST_INLINED: Final = 2_000_000
_DECIMAL: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE]([+-]?\d{1,9}))?\Z", re.ASCII)
_QUALIFIERS: Final = ("logbase", "degree")
_QUALIFIER_TAGS: Final = tuple(MATH + name for name in _QUALIFIERS)

_ARITHMETIC: Final = {MATH + name: told for name, told in ARITHMETIC.items()}
_NO_OPERATION: Final = (add, 1, 0)

_LEAVES: Final = {
    "exponentiale": EULER,
    "pi": PI,
    "infinity": number(math.inf),
    "notanumber": number(math.nan),
    "true": TRUE,
    "false": FALSE,
}
_WITHOUT_OPERANDS: Final = frozenset({"cn", "ci", "csymbol", *_LEAVES})


@dataclass(frozen=True, slots=True)
class Function:
    """A user function: formal arguments and a body in their symbols."""

    arguments: tuple[str, ...]
    body: Expression


NO_FUNCTIONS: Final[Mapping[str, Function]] = {}


def parse_mathml(text: str, functions: Mapping[str, Function] = NO_FUNCTIONS) -> Expression:
    """The expression of a MathML text; the text must already have passed the pre-scan."""
    try:
        return MathmlReader(functions).expression(fromstring(text))
    except ParseError as error:
        line, column = error.position
        raise ModelError(
            "E-XML", f"not well-formed MathML: {error}", where=Where("", line, column + 1)
        ) from None


class MathmlReader:
    """Reads the formulas of one model; `functions` may grow as definitions are read.

    Refuses to write out a call of more than 50,000 operations, or two million in all: two calls with
    different arguments share nothing. inlined: how many it has written out.
    """

    def __init__(self, functions: Mapping[str, Function] = NO_FUNCTIONS) -> None:
        self.functions = functions
        self.inlined = 0
        self._orders: dict[str, list[Expression]] = {}

    def expression(self, element: Element) -> Expression:
        """The expression of a `math` element or of anything inside it."""
        plain = _plain_expression(element)
        if plain is not None:
            return plain
        values: list[Expression] = []
        # With how many values on top of `values` the element stands for one; None until that is known.
        stack: list[tuple[Element, int | None]] = [(element, None)]
        while stack:
            node, count = stack.pop()
            if count is None:
                operands = _operands(node)
                if operands:
                    stack.append((node, len(operands)))
                    stack.extend([(operand, None) for operand in reversed(operands)])
                    continue
                values.append(self._combine(node, []))
            else:
                arguments = values[-count:]
                del values[-count:]
                values.append(self._combine(node, arguments))
        return values[0]

    def function(self, element: Element) -> Function:
        """The function of a `math` element that holds a `lambda`."""
        inner = _only_child(element) if _name(element) in ("math", "semantics") else element
        if _name(inner) == "semantics":
            inner = inner[0]
        if _name(inner) != "lambda" or not len(inner):
            raise _wrong(inner, f"<{_name(inner)}> where a <lambda> should be")
        names = tuple(_text(_only_child(bound)) for bound in inner[:-1])
        if len(set(names)) != len(names):
            raise _wrong(inner, "a function with two arguments of the same name")
        return Function(names, self.expression(inner[-1]))

    def _combine(self, element: Element, values: list[Expression]) -> Expression:
        name = _name(element)
        if name == "ci":
            return symbol(_text(element))
        if name == "apply":
            return self._apply(element, values)
        if name == "cn":
            return read_number(element)
        if name in ("math", "semantics"):
            return values[0]
        if name == "csymbol":
            return _csymbol(element)
        return _LEAVES[name] if name in _LEAVES else piecewise(values)

    def _apply(self, element: Element, values: list[Expression]) -> Expression:
        head = element[0]
        name = _name(head)
        if name in ("ci", "csymbol"):
            return self._call_function(head, _text(head), values)
        qualifiers = [i for i, child in enumerate(element[1:]) if child.tag in _QUALIFIER_TAGS]
        if len(qualifiers) > 1 or (qualifiers and name not in ("root", "log")):
            raise _wrong(head, f"<{name}> with a logbase or degree that it does not have")
        qualifier = values.pop(qualifiers[0]) if qualifiers else None
        try:
            wanted = wanted_arguments(name, len(values))
        except KeyError:
            raise _wrong(head, f"<{name}>, which is no function of SBML") from None
        if wanted:
            raise _wrong(head, f"<{name}> with {len(values)} arguments", wanted)
        return operation(name, values, qualifier)

    def _call_function(self, head: Element, name: str, values: list[Expression]) -> Expression:
        if _name(head) == "csymbol":
            return _delayed(head, values)
        function = self.functions.get(name)
        if function is None:
            raise _wrong(head, f"a call of {name!r}, which is no function of the model")
        if len(values) != len(function.arguments):
            raise _wrong(head, f"{name!r} with {len(values)} arguments", f"{len(function.arguments)} of them")
        replaced = {
            symbol(argument): value for argument, value in zip(function.arguments, values, strict=True)
        }
        if name not in self._orders:
            self._orders[name] = postorder([function.body])
        for node in self._orders[name]:
            if node not in replaced:
                args = [replaced[arg] for arg in node.args]
                same = all(new is old for new, old in zip(args, node.args, strict=True))
                replaced[node] = node if same else typed_call(node.op, *args)
        self.inlined += len(replaced)
        if len(replaced) > _LARGEST_CALL or self.inlined > _MOST_INLINED:
            found = (
                f"calls that grow out of bounds when written out: {len(replaced):,} operations at {name!r}"
            )
            too_large = ModelError("E-TOO-LARGE", found, needed="function definitions of ordinary size")
            raise _about(head, too_large)
        return replaced[function.body]


def _plain_expression(element: Element) -> Expression | None:
    """The expression of a formula of symbols, numbers and arithmetic alone; None of any other.

    Most laws are such, and from the last element to the first, arguments come before their operation.
    """
    values: list[Expression] = []
    operators = applications = 0
    for node in reversed(list(element.iter())):
        tag = node.tag
        if tag == _CI:
            values.append(symbol((node.text or "").strip()))
        elif tag == _APPLY:
            count = len(node) - 1
            function, fewest, most = (
                _ARITHMETIC.get(node[0].tag, _NO_OPERATION) if count > 0 else _NO_OPERATION
            )
            if not fewest <= count <= min(most, len(values)):
                return None
            arguments = values[-count:]
            del values[-count:]
            values.append(function(*arguments[::-1]))
            applications += 1
        elif tag in _ARITHMETIC:
            operators += 1
        elif tag == _CN:
            values.append(read_number(node))
        elif tag != _MATH or node is not element:
            return None
    # With as many operators as applications, each of which begins with one, none is an argument.
    return values[0] if len(values) == 1 and operators == applications else None


def _operands(element: Element) -> list[Element]:
    name = _name(element)
    if name in _WITHOUT_OPERANDS:
        return []
    if name == "apply":
        if not len(element):
            raise _wrong(element, "an empty <apply>")
        return [_only_child(child) if _name(child) in _QUALIFIERS else child for child in element[1:]]
    if name == "math":
        return [_only_child(element)]
    if name == "semantics":
        return [element[0]]
    if name == "piecewise":
        return list(_branches(element))
    raise _wrong(element, f"<{name}>, which SBML formulas do not have here")


def _branches(element: Element) -> Iterator[Element]:
    lengths = {"piece": 2, "otherwise": 1}
    for child in element:
        if lengths.get(_name(child)) != len(child):
            raise _wrong(child, f"<{_name(child)}> with {len(child)} children inside <piecewise>")
    otherwise = [child for child in element if _name(child) == "otherwise"]
    if len(otherwise) > 1:
        raise _wrong(element, "a <piecewise> with two <otherwise>")
    # An otherwise may be written first; in an expression it is the odd last argument.
    for child in [*(child for child in element if _name(child) == "piece"), *otherwise]:
        yield from child


def read_number(element: Element) -> Expression:
    """The exact value of a `cn`: integer, real, e-notation or rational."""
    kind = element.get("type", "real")
    if element.get("base", "10") != "10":
        raise _wrong(element, f"a number in base {element.get('base')}", "base 10")
    parts = [element.text or "", *(child.tail or "" for child in element)]
    first, second = parts[0].strip(), parts[1].strip() if len(parts) == 2 else ""
    if len(parts) != (2 if kind in ("e-notation", "rational") else 1):
        raise _wrong(element, f"a {kind} number in {len(parts)} parts")
    match kind:
        case "integer":
            return _decimal(element, first, integer=True)
        case "real" | "double":
            return _decimal(element, first)
        case "e-notation":
            return _decimal(element, f"{first}e{second}")
        case "rational":
            below = _decimal(element, second, integer=True)
            if below is ZERO:
                raise _wrong(element, "a rational number with denominator 0")
            return div(_decimal(element, first, integer=True), below)
    raise _wrong(element, f"a number of type {kind!r}", "integer, real, e-notation or rational")


def _decimal(element: Element, text: str, integer: bool = False) -> Expression:
    match = _DECIMAL.match(text)
    if match is None or len(text) > _LONGEST_NUMBER or (integer and not text.lstrip("+-").isdigit()):
        raise _wrong(element, f"{text[:60]!r}, which is not {'an integer' if integer else 'a number'}")
    if abs(int(match[3] or 0)) > _LONGEST_NUMBER or math.isinf(float(text)):
        raise _wrong(element, f"the number {text[:60]}, which is beyond the range of doubles")
    return number(Fraction(text))


def _csymbol(element: Element) -> Expression:
    kind = element.get("definitionURL", "").removeprefix(SYMBOLS)
    if kind == "time":
        return TIME_NODE
    if kind == "avogadro":
        return AVOGADRO
    raise _unsupported_symbol(element)


def _delayed(head: Element, values: list[Expression]) -> Expression:
    """A call of the one csymbol that is a function here."""
    if head.get("definitionURL", "") != SYMBOLS + "delay":
        raise _unsupported_symbol(head)
    if len(values) != 2:
        raise _wrong(head, f"delay() with {len(values)} arguments", "2 of them")
    return typed_call(DELAY, *values)


def _unsupported_symbol(element: Element) -> ModelError:
    url = element.get("definitionURL", "")
    kind = url.removeprefix(SYMBOLS)
    if url == SYMBOLS + "rateOf":
        unsupported = UnsupportedFeature("E-RATE-OF", f"{kind}(), which isthmus does not handle")
        return _about(element, unsupported)
    if url == SYMBOLS + "delay":
        return _wrong(element, "delay without its arguments", "delay(x, lag)")
    return _wrong(element, f"the symbol {url!r} with no meaning in SBML")


def _name(element: Element) -> str:
    tag = element.tag
    if not tag.startswith(MATH):
        raise _wrong(element, f"<{tag}> inside a formula", "content MathML")
    return tag[_PREFIX:]


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _only_child(element: Element) -> Element:
    if len(element) != 1:
        raise _wrong(element, f"<{_name(element)}> with {len(element)} children", "one child")
    return element[0]


def _wrong(element: Element, found: str, needed: str = "") -> ModelError:
    return _about(element, ModelError("E-FORMULA", found, needed=needed))


def _about(element: Element, error: ModelError) -> ModelError:
    error.about = element
    return error
