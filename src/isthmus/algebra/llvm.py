"""Write expressions as LLVM IR and compile the text to machine code.

Every kernel is `void name(const double *t, const double *x, const double *p, double *out)`. A graph becomes
straight-line code in which each node is computed once; a long one is cut into chunks, because LLVM's passes
are superlinear in the length of a block. No fast-math flags: NaN and infinities survive, and results do not
depend on whether a machine fuses multiply and add.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from isthmus.algebra.evaluate import Value, apply_operation, as_condition, as_number, to_float
from isthmus.algebra.expression import (
    DELAY,
    LOGICAL,
    RELATIONS,
    SYMBOL,
    Expression,
    constant_value,
    postorder,
)
from isthmus.algebra.llvm_chunks import crossing, cut
from isthmus.algebra.llvm_past import HISTORY, LOOK_UP
from isthmus.algebra.llvm_products import emit_table, find_products, positions_of
from isthmus.errors import UnsupportedFeature

Slots = Mapping[str, tuple[str, int]]
"""symbol → (array "x" or "p", index)"""

CHUNK: Final = 600
"""Operations per LLVM function."""

_MULTIPLIED_POWER: Final = 16
_INTRINSICS: Final = {
    "exp": "exp",
    "ln": "log",
    "log10": "log10",
    "abs": "fabs",
    "floor": "floor",
    "ceil": "ceil",
    "sin": "sin",
    "cos": "cos",
}
_PREDICATES: Final = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}


@dataclass(frozen=True, slots=True)
class ElementType:
    """The type in which a kernel computes."""

    type: str
    mask: str
    suffix: str

    def constant(self, value: float) -> str:
        """A literal, by its bits."""
        return "0x" + struct.pack(">d", value).hex().upper()

    def truth(self, value: bool) -> str:
        """A literal of the mask."""
        return str(value).lower()

    def function(self, name: str, count: int) -> tuple[str, str]:
        """What to call for a function of that many numbers, and the line that declares or defines it."""
        return name, f"declare {self.type} @{name}({', '.join([self.type] * count)})"


SCALAR: Final = ElementType("double", "i1", "f64")


@dataclass(frozen=True, slots=True)
class Routine:
    """One kernel to write: out[i] = outputs[i]; a truth value is written as 1 or 0."""

    name: str
    outputs: Sequence[Expression]


def emit_module(
    routines: Sequence[Routine], slots: Slots, element: ElementType = SCALAR, chunk: int = CHUNK
) -> str:
    """The IR text of the routines; KeyError where a symbol has no slot."""
    declarations: dict[str, None] = {}
    bodies = [_emit_routine(routine, slots, element, chunk, declarations) for routine in routines]
    return "\n".join([*bodies, *declarations, ""])


_ARRAYS: Final = (
    "ptr noalias readonly %t",
    "ptr noalias readonly %x",
    "ptr noalias readonly %p",
    "ptr noalias %out",
)


def _emit_routine(
    routine: Routine, slots: Slots, element: ElementType, chunk: int, declarations: dict[str, None]
) -> str:
    tables = find_products(routine.outputs, slots) if element is SCALAR else {}
    done = positions_of(tables)
    outputs = [(i, root) for i, root in enumerate(routine.outputs) if i not in done]
    order = postorder([root for _, root in outputs])
    constants = _fold_constants(order)
    parts = cut([node for node in order if node.args and node not in constants], chunk)
    home = {node: i for i, part in enumerate(parts) for node in part}
    scratch = crossing(parts, home)
    stores: list[list[tuple[int, Expression]]] = [[] for _ in parts]
    for position, root in outputs:
        stores[home.get(root, 0)].append((position, root))
    written = [emit_table(routine.name, loop, table) for loop, table in tables.items()]
    texts = [definition for definition, _, _ in written]
    declarations.update((declaration, None) for _, declaration, _ in written)
    calls = [call for _, _, call in written]
    for i, part in enumerate(parts):
        writer = _Writer(slots, element, constants, {n: s for n, s in scratch.items() if home[n] < i})
        for node in part:
            writer.write(node)
            if node in scratch:
                writer.store("%s", scratch[node], node)
        for position, root in stores[i]:
            writer.store("%out", position, root)
        declarations.update(writer.declarations)
        arguments = ", ".join((*_ARRAYS, "ptr noalias %s") if len(parts) > 1 else _ARRAYS)
        head = (
            f"@{routine.name}({arguments})"
            if len(parts) == 1
            else f"@{routine.name}.{i}({arguments}) noinline"
        )
        linkage = "" if len(parts) == 1 else "internal "
        lines = [*(calls if i == 0 else ()), *writer.lines]
        texts.append("\n".join([f"define {linkage}void {head} {{", *lines, "ret void", "}"]))
    if len(parts) > 1:
        texts.append(_emit_driver(routine.name, len(parts), len(scratch), element))
    return "\n".join(texts)


def _emit_driver(name: str, parts: int, scratch: int, element: ElementType) -> str:
    """The function that calls the chunks in turn; values used across chunks live in its scratch array."""
    calls = [f"call void @{name}.{i}(ptr %t, ptr %x, ptr %p, ptr %out, ptr %s)" for i in range(parts)]
    head = f"define void @{name}({', '.join(_ARRAYS)}) {{"
    return "\n".join([head, f"%s = alloca [{max(scratch, 1)} x {element.type}]", *calls, "ret void", "}"])


def _fold_constants(order: Sequence[Expression]) -> dict[Expression, Value]:
    """Values of the nodes that depend on no symbol and not on time."""
    constants: dict[Expression, Value] = {}
    for node in order:
        value = node.value
        if value is not None and not isinstance(value, str):
            constants[node] = value
        elif node.args and node.args[-1] in constants and constants.keys() >= {*node.args}:
            constants[node] = apply_operation(node.op, [constants[arg] for arg in node.args])
    return constants


class _Writer:
    """The instructions of one LLVM function. A node's value is a number, a mask, or a number held negated."""

    def __init__(
        self,
        slots: Slots,
        element: ElementType,
        constants: dict[Expression, Value],
        incoming: dict[Expression, int],
    ) -> None:
        self.lines: list[str] = []
        self.declarations: dict[str, None] = {}
        # The first number, 0, is the block's.
        self._values = 0
        self._slots = slots
        self._element = element
        self._type = element.type
        self._constants = constants
        self._incoming = incoming
        self._numbers: dict[Expression, str] = {}
        self._masks: dict[Expression, str] = {}
        self._negated: dict[Expression, str] = {}

    def write(self, node: Expression) -> None:
        """Compute a node whose arguments are written, leaves or constants."""
        op = node.op
        if op == "add":
            self._numbers[node] = self._sum(node)
        elif op == "mul":
            self._product(node)
        elif op == "div":
            self._numbers[node] = self._op("fdiv", self._number(node.args[0]), self._number(node.args[1]))
        elif op == "pow":
            self._numbers[node] = self._power(node)
        elif op == "piecewise":
            self._piecewise(node)
        elif op in RELATIONS:
            self._masks[node] = self._relation(node)
        elif op in LOGICAL:
            self._masks[node] = self._logical(node)
        elif op in ("min", "max"):
            self._numbers[node] = self._extremum(node)
        elif op == DELAY:
            self._numbers[node] = self._past(node)
        else:
            self._numbers[node] = self._function(op, self._number(node.args[0]))

    def store(self, array: str, position: int, node: Expression) -> None:
        """array[position] = node."""
        value, kind = self._number(node), self._type
        self._values += 1
        at = f"%{self._values}"
        place = f"{at} = getelementptr inbounds {kind}, ptr {array}, i64 {position}"
        self.lines.append(f"{place}\nstore {kind} {value}, ptr {at}")

    def _line(self, instruction: str) -> str:
        # Numbers, which LLVM gives to values without names: it reads them twice as fast.
        self._values += 1
        name = f"%{self._values}"
        self.lines.append(f"{name} = {instruction}")
        return name

    def _op(self, opcode: str, left: str, right: str) -> str:
        self._values += 1
        name = f"%{self._values}"
        self.lines.append(f"{name} = {opcode} {self._type} {left}, {right}")
        return name

    def _literal(self, value: Value) -> str:
        return self._element.constant(to_float(as_number(value)))

    def _load(self, array: str, position: int) -> str:
        kind = self._type
        at, name = f"%{self._values + 1}", f"%{self._values + 2}"
        self._values += 2
        place = f"{at} = getelementptr inbounds {kind}, ptr {array}, i64 {position}"
        self.lines.append(f"{place}\n{name} = load {kind}, ptr {at}")
        return name

    def _number(self, node: Expression) -> str:
        text = self._numbers.get(node)
        if text is None:
            text = self._numbers[node] = self._as_number(node)
        return text

    def _as_number(self, node: Expression) -> str:
        if node in self._constants:
            return self._literal(self._constants[node])
        if node in self._negated:
            return self._line(f"fneg {self._type} {self._negated[node]}")
        if node in self._masks:
            return self._line(f"uitofp {self._element.mask} {self._masks[node]} to {self._type}")
        if node in self._incoming:
            return self._load("%s", self._incoming[node])
        if node.op == SYMBOL:
            array, position = self._slots[str(node.value)]
            return self._load(f"%{array}", position)
        return self._load("%t", 0)

    def _mask(self, node: Expression) -> str:
        text = self._masks.get(node)
        if text is None:
            if node in self._constants:
                text = self._element.truth(as_condition(self._constants[node]))
            else:
                text = self._compare("one", self._number(node), self._literal(0.0))
            self._masks[node] = text
        return text

    def _is_mask(self, node: Expression) -> bool:
        return node in self._masks or isinstance(self._constants.get(node), bool)

    def _compare(self, predicate: str, left: str, right: str) -> str:
        return self._line(f"fcmp {predicate} {self._type} {left}, {right}")

    def _combine(self, opcode: str, masks: list[str], empty: bool) -> str:
        result = masks[0] if masks else self._element.truth(empty)
        for mask in masks[1:]:
            result = self._line(f"{opcode} {self._element.mask} {result}, {mask}")
        return result

    def _select(self, condition: str, kind: str, chosen: str, otherwise: str) -> str:
        return self._line(f"select {self._element.mask} {condition}, {kind} {chosen}, {kind} {otherwise}")

    def _call(self, function: str, *args: str) -> str:
        kind = self._type
        called, declaration = self._element.function(function, len(args))
        self.declarations[declaration] = None
        return self._line(f"call {kind} @{called}({', '.join(f'{kind} {a}' for a in args)})")

    def _intrinsic(self, function: str, *args: str) -> str:
        return self._call(f"llvm.{function}.{self._element.suffix}", *args)

    def _sum(self, node: Expression) -> str:
        terms = [
            ("fsub", self._negated[arg]) if arg in self._negated else ("fadd", self._number(arg))
            for arg in node.args
        ]
        first = next((i for i, (opcode, _) in enumerate(terms) if opcode == "fadd"), None)
        if first is None:
            total = self._line(f"fneg {self._type} {terms.pop(0)[1]}")
        else:
            total = terms.pop(first)[1]
        for opcode, operand in terms:
            total = self._op(opcode, total, operand)
        return total

    def _product(self, node: Expression) -> None:
        """c·a·b; with c < 0 the positive product is kept, for a sum to subtract."""
        coefficient = constant_value(node.args[0])
        factors = [self._number(arg) for arg in (node.args if coefficient is None else node.args[1:])]
        if coefficient is not None and abs(coefficient) != 1:
            factors.insert(0, self._literal(abs(coefficient)))
        product = factors[0]
        for factor in factors[1:]:
            product = self._op("fmul", product, factor)
        is_negative = coefficient is not None and coefficient < 0
        (self._negated if is_negative else self._numbers)[node] = product

    def _power(self, node: Expression) -> str:
        base = self._number(node.args[0])
        exponent = self._constants.get(node.args[1])
        if isinstance(exponent, Fraction):
            size = abs(exponent)
            value = None
            if size.denominator == 1 and 0 < size <= _MULTIPLIED_POWER:
                value = self._repeated(base, int(size))
            elif size == Fraction(1, 2):
                value = self._intrinsic("sqrt", base)
            elif size == Fraction(3, 2):
                value = self._op("fmul", base, self._intrinsic("sqrt", base))
            if value is not None:
                return value if exponent > 0 else self._op("fdiv", self._literal(1.0), value)
        return self._intrinsic("pow", base, self._number(node.args[1]))

    def _repeated(self, base: str, exponent: int) -> str:
        result = ""
        square = base
        while exponent:
            if exponent & 1:
                result = self._op("fmul", result, square) if result else square
            exponent >>= 1
            if exponent:
                square = self._op("fmul", square, square)
        return result

    def _relation(self, node: Expression) -> str:
        operands = [self._number(arg) for arg in node.args]
        predicate = _PREDICATES[node.op]
        return self._combine("and", [self._compare(predicate, a, b) for a, b in pairwise(operands)], True)

    def _logical(self, node: Expression) -> str:
        masks = [self._mask(arg) for arg in node.args]
        if node.op == "not":
            return self._combine("xor", [masks[0], self._element.truth(True)], True)
        return self._combine(node.op, masks, node.op == "and")

    def _piecewise(self, node: Expression) -> None:
        """A chain of selects: both sides are computed, nothing traps, the side not taken is thrown away."""
        values, conditions = node.args[0::2], [self._mask(arg) for arg in node.args[1::2]]
        has_otherwise = len(values) > len(conditions)
        is_mask = has_otherwise and all(self._is_mask(value) for value in values)
        texts = [self._mask(value) if is_mask else self._number(value) for value in values]
        result = texts.pop() if has_otherwise else self._literal(float("nan"))
        kind = self._element.mask if is_mask else self._element.type
        for value, condition in zip(reversed(texts), reversed(conditions), strict=True):
            result = self._select(condition, kind, value, result)
        (self._masks if is_mask else self._numbers)[node] = result

    def _extremum(self, node: Expression) -> str:
        predicate = "olt" if node.op == "min" else "ogt"
        best = self._number(node.args[0])
        for arg in node.args[1:]:
            other = self._number(arg)
            chosen = self._select(self._compare(predicate, other, best), self._element.type, other, best)
            # NaN on either side stays NaN, whatever the comparison said.
            unordered = self._compare("uno", best, other)
            best = self._select(unordered, self._element.type, self._op("fadd", best, other), chosen)
        return best

    def _past(self, node: Expression) -> str:
        """A state looked up in the history whose address p holds."""
        array, table = self._slots.get(HISTORY, ("", 0))
        if array != "p" or self._element is not SCALAR or node.args[0].op != SYMBOL:
            raise UnsupportedFeature(
                "E-DELAY-ANALYSIS", "delay(…), whose value lies in the past", needed="formulas of the present"
            )
        state = self._slots[str(node.args[0].value)][1]
        history, now, lag = self._load("%p", table), self._load("%t", 0), self._number(node.args[1])
        self.declarations[LOOK_UP] = None
        return self._line(
            f"call double @look.up(double {history}, double {now}, double {lag}, ptr %x, i64 {state})"
        )

    def _function(self, op: str, operand: str) -> str:
        if op in _INTRINSICS:
            return self._intrinsic(_INTRINSICS[op], operand)
        if op == "factorial":
            return self._call("tgamma", self._op("fadd", operand, self._literal(1.0)))
        return self._call(op, operand)
