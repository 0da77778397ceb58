"""Straight-line code for the sparse sums of a system that is integrated again and again.

A loop over the entries of a matrix reads where each of them belongs; code that is written for one pattern
need not, and takes a third of the time. Both give the same bits, so that it does not matter when the one
takes over from the other.
"""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Iterable, Sequence
from typing import Final

from isthmus.algebra.machine_code import compile_ir
from isthmus.dynamics.system import System
from isthmus.solve.equations import Equations, packed

# To compile an entry takes as long as it saves in so many sums.
_OFTEN: Final = 75_000
_FEWEST_ENTRIES, _MOST_ENTRIES = 32, 20_000
# Longer functions take LLVM longer than in proportion.
_LINES_PER_FUNCTION: Final = 600
_FIELDS: Final = list(Equations.__annotations__)
_ARGUMENTS: Final = (
    "ptr noalias readonly %a, ptr noalias readonly %b, ptr noalias readonly %c, ptr noalias %out"
)


def note_use(system: System, rates: int) -> None:
    """Count evaluations of the rates, and write out what is summed for each once that pays."""
    derived = system.derived
    derived["uses"] = used = derived.get("uses", 0) + rates
    if used < _OFTEN or "unrolled" in derived:
        return
    # What other threads run must not be linked anew under them.
    if threading.current_thread() is threading.main_thread():
        derived["unrolled"] = unroll(system)


def unroll(system: System) -> object:
    """Write out what is neither too little nor too much; return what keeps the code alive."""
    table, texts = packed(system), {}
    # Products that are not exact would be rounded in the loop, or not, as the compiler sees fit.
    if _is_worth_while(len(system.gain.data)) and all(map(_is_exact, set(system.gain.data.tolist()))):
        texts["sums"] = sums_text(system)
    dense = int(table[_FIELDS.index("dense")])
    for part in ("lower", "upper"):
        entries = int(_numbers(system, f"fill_{part}_start", dense + 1)[dense])
        if _is_worth_while(entries):
            rows, columns = (_numbers(system, f"{part}_{what}", entries) for what in ("row", "column"))
            texts[part] = triangle_text(part, rows, columns)
    if not texts:
        return None
    compiled = compile_ir("\n".join(texts.values()), list(texts), 1)
    for name in texts:
        table[_FIELDS.index(f"unrolled_{name}")] = compiled.addresses[name]
    return compiled.keep


def _is_worth_while(entries: int) -> bool:
    return _FEWEST_ENTRIES <= entries <= _MOST_ENTRIES


def _is_exact(coefficient: float) -> bool:
    return abs(math.frexp(coefficient)[0]) == 0.5


def _numbers(system: System, field: str, length: int) -> list[int]:
    address = int(packed(system)[_FIELDS.index(field)])
    return list((ctypes.c_int64 * length).from_address(address))


def sums_text(system: System) -> str:
    """The LLVM IR of ``void sums(v, v, v, out)``, which writes ``G v`` in the order of `row_sums`."""
    gain, blocks = system.gain, []
    for i in range(system.states):
        entries = range(int(gain.indptr[i]), int(gain.indptr[i + 1]))
        block = _Block()
        block.store(_row_sum(block, [(float(gain.data[e]), int(gain.indices[e])) for e in entries]), i)
        blocks.append(block)
    return _function("sums", blocks)


def _row_sum(block: _Block, entries: list[tuple[float, int]]) -> str:
    def total(first: str, rest: Iterable[tuple[float, int]]) -> str:
        for coefficient, column in rest:
            first = block.line(f"fadd double {first}, {block.product(coefficient, column)}")
        return first

    if not entries:
        return "0.0"
    if len(entries) <= 4:
        return total(block.product(*entries[0]), entries[1:])
    whole = len(entries) - len(entries) % 4
    parts = [entries[k:whole:4] for k in range(4)]
    parts[0] += entries[whole:]
    one, two, three, four = (total("0.0", part) for part in parts)
    left, right = block.line(f"fadd double {one}, {two}"), block.line(f"fadd double {three}, {four}")
    return block.line(f"fadd double {left}, {right}")


def triangle_text(name: str, rows: Sequence[int], columns: Sequence[int]) -> str:
    """The LLVM IR of ``void name(entries, ., ., out)``: ``out[row] -= entry * out[column]``, as listed.

    A row is written once all of its entries are subtracted, and none needs another one of those that have as
    many before them.
    """
    listed: dict[int, list[int]] = {}
    for entry, row in enumerate(rows):
        listed.setdefault(row, []).append(entry)
    level: dict[int, int] = {}
    # As listed, what a row needs is finished before it is needed.
    for row, column in zip(rows, columns, strict=True):
        level[row] = max(level.get(row, 0), level.get(column, 0) + 1)
    blocks = []
    for row in sorted(listed, key=level.__getitem__):
        block = _Block()
        left = block.load("%out", row)
        for entry in listed[row]:
            known = block.load("%out", columns[entry])
            product = block.line(f"fmul contract double {block.load('%a', entry)}, {known}")
            left = block.line(f"fsub contract double {left}, {product}")
        block.store(left, row)
        blocks.append(block)
    return _function(name, blocks)


class _Block:
    """The instructions of one row."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, instruction: str) -> str:
        name = f"%N.{len(self.lines)}"
        self.lines.append(f"{name} = {instruction}")
        return name

    def load(self, array: str, place: int) -> str:
        return self.line(f"load double, ptr {self.line(f'getelementptr double, ptr {array}, i64 {place}')}")

    def product(self, coefficient: float, place: int) -> str:
        value = self.load("%a", place)
        if coefficient == 1.0:
            return value
        if coefficient == -1.0:
            return self.line(f"fneg double {value}")
        return self.line(f"fmul double {value}, {coefficient!r}")

    def store(self, value: str, place: int) -> None:
        address = self.line(f"getelementptr double, ptr %out, i64 {place}")
        self.lines.append(f"store double {value}, ptr {address}")


def _function(name: str, blocks: Iterable[_Block]) -> str:
    """A function of rows, cut into several that it calls."""
    texts: list[str] = []
    lines: list[str] = []

    def close() -> None:
        head = f"define internal void @{name}.{len(texts)}({_ARGUMENTS}) noinline {{"
        texts.append("\n".join([head, *lines, "ret void", "}"]))
        lines.clear()

    for number, block in enumerate(blocks):
        lines += [line.replace("%N.", f"%v{number}.") for line in block.lines]
        if len(lines) > _LINES_PER_FUNCTION:
            close()
    close()
    calls = [f"call void @{name}.{k}(ptr %a, ptr %b, ptr %c, ptr %out)" for k in range(len(texts))]
    return "\n".join([*texts, f"define void @{name}({_ARGUMENTS}) {{", *calls, "ret void", "}"])
