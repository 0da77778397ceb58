"""Linear algebra of ``s I - G dv/dx`` on lanes, written out for one pattern and compiled.

Pivots stay on the diagonal, in an order that fills little: for a step small enough the matrix is dominated by
its diagonal, and a pivot that vanishes makes the step not finite, hence rejected and shortened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from isthmus.algebra.lane_math import splat, vector_type
from isthmus.algebra.machine_code import compile_ir
from isthmus.dynamics.system import System
from isthmus.solve.elimination_order import elimination_order

_FUNCTION: Final = (
    "(ptr noalias readonly %a, ptr noalias readonly %b, ptr noalias readonly %c, ptr noalias %out)"
)
_CHUNK: Final = 1500


@dataclass(frozen=True, slots=True, eq=False)
class LaneLinear:
    """Addresses of ``void(const V *a, const V *b, const V *c, V *out)``.

    gather: out = G b. factorise: the factors of s I - G dv/dx from (s, dv/dx). solve: the solution for the
    right-hand side G a + b by the factors c. factors: their length. operations: multiplications of one
    factorisation and one solution.
    """

    gather: int
    factorise: int
    solve: int
    factors: int
    operations: int
    keep: object


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The factors of a system in the order of elimination.

    order: the state at each place. lower, upper: columns left and right of the diagonal in each row, by
    place.
    """

    order: tuple[int, ...]
    lower: tuple[tuple[int, ...], ...]
    upper: tuple[tuple[int, ...], ...]

    @property
    def operations(self) -> int:
        """Multiplications of one factorisation and one solution."""
        eliminated = sum(1 + len(self.upper[k]) for row in self.lower for k in row)
        return eliminated + sum(map(len, self.lower)) + sum(map(len, self.upper)) + 2 * len(self.order)

    def slots(self) -> dict[tuple[int, int], int]:
        """Where each entry of the factors is kept; on the diagonal stands one over the pivot."""
        entries = [(i, j) for i in range(len(self.order)) for j in (*self.lower[i], i, *self.upper[i])]
        return {entry: slot for slot, entry in enumerate(entries)}


def find_pattern(system: System) -> Pattern:
    """Work out where the factors of a system have entries."""
    n = system.states
    positions = np.unique(system.scatter.position)
    row, column = positions // n, positions % n
    place = elimination_order(row.astype(np.int64), column.astype(np.int64), n)
    filled: list[set[int]] = [{i} for i in range(n)]
    for i, j in zip(place[row].tolist(), place[column].tolist(), strict=True):
        filled[i].add(j)
    upper: list[tuple[int, ...]] = []
    for i in range(n):
        # Columns left of the diagonal may appear while the row is eliminated.
        k = min(filled[i])
        while k < i:
            filled[i].update(upper[k])
            k = min(j for j in filled[i] if j > k)
        upper.append(tuple(sorted(j for j in filled[i] if j > i)))
    lower = tuple(tuple(sorted(j for j in filled[i] if j < i)) for i in range(n))
    order = tuple(int(state) for state in np.argsort(place))
    return Pattern(order, lower, tuple(upper))


def compile_linear(system: System, pattern: Pattern, width: int) -> LaneLinear:
    """Write and compile the linear algebra of a system with identity mass."""
    text = "\n".join(
        [_gather(system, width), _factorise(system, pattern, width), _solve(system, pattern, width)]
    )
    code = compile_ir(text, ["gather", "factorise", "solve"], 1)
    return LaneLinear(
        gather=code.addresses["gather"],
        factorise=code.addresses["factorise"],
        solve=code.addresses["solve"],
        factors=len(pattern.slots()),
        operations=pattern.operations,
        keep=code,
    )


class _Writer:
    """The instructions of one function on lanes, cut into several functions where it gets long."""

    def __init__(self, name: str, width: int) -> None:
        self.name = name
        self.width = width
        self.type = vector_type(width)
        self.parts: list[list[str]] = [[]]

    def line(self, instruction: str) -> str:
        lines = self.parts[-1]
        name = f"%v{len(lines)}"
        lines.append(f"{name} = {instruction}")
        return name

    def load(self, array: str, place: int) -> str:
        address = self.line(f"getelementptr inbounds {self.type}, ptr {array}, i64 {place}")
        return self.line(f"load {self.type}, ptr {address}")

    def store(self, value: str, place: int) -> None:
        address = self.line(f"getelementptr inbounds {self.type}, ptr %out, i64 {place}")
        self.parts[-1].append(f"store {self.type} {value}, ptr {address}")

    def op(self, opcode: str, left: str, right: str) -> str:
        return self.line(f"{opcode} contract {self.type} {left}, {right}")

    def less(self, value: str, left: str, right: str) -> str:
        """value - left * right."""
        return self.op("fsub", value, self.op("fmul", left, right))

    def constant(self, value: float) -> str:
        return splat(self.width, value)

    def weighted(self, total: str, terms: Iterable[tuple[float, str]]) -> str:
        """total + the sum of coefficient * value."""
        for coefficient, value in terms:
            if abs(coefficient) != 1.0:
                value = self.op("fmul", self.constant(abs(coefficient)), value)
            total = self.op("fadd" if coefficient > 0 else "fsub", total, value)
        return total

    def rest(self) -> bool:
        """Begin another function if this one is long; return whether it did."""
        if len(self.parts[-1]) < _CHUNK:
            return False
        self.parts.append([])
        return True

    def text(self) -> str:
        functions = [
            "\n".join(
                [f"define internal void @{self.name}.{i}{_FUNCTION} noinline {{", *lines, "ret void", "}"]
            )
            for i, lines in enumerate(self.parts)
        ]
        calls = [
            f"call void @{self.name}.{i}(ptr %a, ptr %b, ptr %c, ptr %out)" for i in range(len(self.parts))
        ]
        return "\n".join([*functions, f"define void @{self.name}{_FUNCTION} {{", *calls, "ret void", "}"])


def _gain_rows(system: System) -> list[list[tuple[float, int]]]:
    gain = system.gain
    bounds = zip(gain.indptr[:-1].tolist(), gain.indptr[1:].tolist(), strict=True)
    return [[(float(gain.data[e]), int(gain.indices[e])) for e in range(first, end)] for first, end in bounds]


def _gather(system: System, width: int) -> str:
    writer = _Writer("gather", width)
    for state, row in enumerate(_gain_rows(system)):
        terms = [(coefficient, writer.load("%b", term)) for coefficient, term in row]
        writer.store(writer.weighted(writer.constant(0.0), terms), state)
        writer.rest()
    return writer.text()


def _entries(system: System, pattern: Pattern) -> dict[tuple[int, int], list[tuple[float, int]]]:
    """(place, place) → the weighted entries of dv/dx that add up to one entry of G dv/dx."""
    place = {state: i for i, state in enumerate(pattern.order)}
    scatter, n = system.scatter, system.states
    sums: dict[tuple[int, int], list[tuple[float, int]]] = {}
    listed = zip(
        scatter.position.tolist(), scatter.coefficient.tolist(), scatter.source.tolist(), strict=True
    )
    for position, coefficient, source in listed:
        sums.setdefault((place[position // n], place[position % n]), []).append((coefficient, source))
    return sums


def _factorise(system: System, pattern: Pattern, width: int) -> str:
    """Row by row: what earlier rows left is read back from memory, so few values are alive at a time."""
    writer = _Writer("factorise", width)
    sums, slots = _entries(system, pattern), pattern.slots()
    one = writer.constant(1.0)
    for i in range(len(pattern.order)):
        row: dict[int, str] = {}
        for j in (*pattern.lower[i], i, *pattern.upper[i]):
            start = writer.load("%a", 0) if i == j else writer.constant(0.0)
            terms = [(-c, writer.load("%b", source)) for c, source in sums.get((i, j), [])]
            row[j] = writer.weighted(start, terms)
        for k in pattern.lower[i]:
            multiplier = writer.op("fmul", row[k], writer.load("%out", slots[k, k]))
            writer.store(multiplier, slots[i, k])
            for j in pattern.upper[k]:
                row[j] = writer.less(row[j], multiplier, writer.load("%out", slots[k, j]))
        writer.store(writer.op("fdiv", one, row[i]), slots[i, i])
        for j in pattern.upper[i]:
            writer.store(row[j], slots[i, j])
        writer.rest()
    return writer.text()


def _solve(system: System, pattern: Pattern, width: int) -> str:
    writer = _Writer("solve", width)
    gain, slots, order = _gain_rows(system), pattern.slots(), pattern.order
    known: dict[int, str] = {}

    def value(place: int) -> str:
        if place not in known:
            known[place] = writer.load("%out", order[place])
        return known[place]

    def finish(place: int, result: str) -> None:
        writer.store(result, order[place])
        known[place] = result
        if writer.rest():
            known.clear()

    for i, state in enumerate(order):
        terms = [(coefficient, writer.load("%a", term)) for coefficient, term in gain[state]]
        total = writer.weighted(writer.load("%b", state), terms)
        finish(i, _subtract(writer, total, [(slots[i, k], value(k)) for k in pattern.lower[i]]))
    for i in reversed(range(len(order))):
        total = _subtract(writer, value(i), [(slots[i, j], value(j)) for j in pattern.upper[i]])
        finish(i, writer.op("fmul", total, writer.load("%c", slots[i, i])))
    return writer.text()


def _subtract(writer: _Writer, total: str, terms: Sequence[tuple[int, str]]) -> str:
    for slot, value in terms:
        total = writer.less(total, writer.load("%c", slot), value)
    return total
