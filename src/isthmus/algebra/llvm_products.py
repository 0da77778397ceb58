"""Products of symbols, written as tables that loops go through.

In a large network most rates and slopes are such, and to compile thousands of them one by one takes longer
than a trajectory. The loops are compiled once, for all models. They multiply from left to right: the same
bits as straight-line code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

from isthmus.algebra.expression import SYMBOL, Expression

FEWEST: Final = 500
"""Products of a kernel below which straight-line code is compiled in less than a hundredth of a second (15 µs
each, measured); it runs a little faster."""

_MOST_FACTORS: Final = 3
_ARGUMENTS: Final = (
    "ptr noalias readonly %table, i64 %count, ptr readonly %x, ptr readonly %p, ptr noalias %out"
)
_DECLARED: Final = "ptr, i64, ptr, ptr, ptr"
PREFIX: Final = "products."
LOOPS: Final = tuple(
    PREFIX + "".join(arrays) for n in range(1, _MOST_FACTORS + 1) for arrays in product("xp", repeat=n)
)
"""The loops by name: `products.pxx` goes through products of a number in p and two in x."""


def find_products(
    outputs: Sequence[Expression], slots: Mapping[str, tuple[str, int]]
) -> dict[str, list[int]]:
    """Tables by loop: the position of each product in the output, then that of each factor in its array.

    Empty where they are fewer than `FEWEST`. KeyError where a symbol has no slot.
    """
    tables: dict[str, list[int]] = {}
    places: dict[Expression, tuple[str, int]] = {}
    found = 0
    for position, root in enumerate(outputs):
        factors = root.args if root.op == "mul" else (root,)
        if len(factors) > _MOST_FACTORS:
            continue
        loop, row = PREFIX, [position]
        for factor in factors:
            place = places.get(factor)
            if place is None:
                if factor.op != SYMBOL:
                    break
                place = places[factor] = slots[str(factor.value)]
            loop += place[0]
            row.append(place[1])
        else:
            tables.setdefault(loop, []).extend(row)
            found += 1
    return tables if found >= FEWEST else {}


def positions_of(tables: Mapping[str, Sequence[int]]) -> set[int]:
    """The positions in the output that tables fill."""
    return {position for loop, table in tables.items() for position in table[:: _width(loop)]}


def emit_table(routine: str, loop: str, table: Sequence[int]) -> tuple[str, str, str]:
    """(definition of the table, declaration of its loop, call of the loop inside a kernel)."""
    numbers = ", ".join([f"i32 {number}" for number in table])
    name = f"@{routine}.{loop}"
    count = len(table) // _width(loop)
    return (
        f"{name} = internal constant [{len(table)} x i32] [{numbers}]",
        f"declare void @{loop}({_DECLARED})",
        f"call void @{loop}(ptr {name}, i64 {count}, ptr %x, ptr %p, ptr %out)",
    )


def emit_loops() -> str:
    """The IR text of all loops."""
    return "\n".join(map(_emit_loop, LOOPS))


def _emit_loop(loop: str) -> str:
    width = _width(loop)
    lines = [
        f"define void @{loop}({_ARGUMENTS}) {{",
        "start:",
        "br label %loop",
        "loop:",
        "%i = phi i64 [0, %start], [%next, %loop]",
        f"%row = mul nuw nsw i64 %i, {width}",
    ]
    for column in range(width):
        lines += [
            f"%entry{column} = add nuw nsw i64 %row, {column}",
            f"%at{column} = getelementptr inbounds i32, ptr %table, i64 %entry{column}",
            f"%short{column} = load i32, ptr %at{column}",
            f"%place{column} = zext i32 %short{column} to i64",
        ]
    value = ""
    for column, array in enumerate(_arrays(loop), 1):
        lines += [
            f"%from{column} = getelementptr inbounds double, ptr %{array}, i64 %place{column}",
            f"%factor{column} = load double, ptr %from{column}",
        ]
        if value:
            lines.append(f"%product{column} = fmul double {value}, %factor{column}")
        value = f"%product{column}" if value else f"%factor{column}"
    return "\n".join(
        [
            *lines,
            "%to = getelementptr inbounds double, ptr %out, i64 %place0",
            f"store double {value}, ptr %to",
            "%next = add nuw nsw i64 %i, 1",
            "%more = icmp ult i64 %next, %count",
            "br i1 %more, label %loop, label %done",
            "done:",
            "ret void",
            "}",
        ]
    )


def _arrays(loop: str) -> str:
    return loop.removeprefix(PREFIX)


def _width(loop: str) -> int:
    return 1 + len(_arrays(loop))
