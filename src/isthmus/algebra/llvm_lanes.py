"""The element type of kernels that compute several points at once.

Memory holds lane l of number i at ``width * i + l``, aligned to the vector's size. A lane's result never
depends on what the other lanes hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from isthmus.algebra.lane_math import define_by_lane, define_exp, define_log, define_pow, splat, vector_type
from isthmus.algebra.llvm import CHUNK, ElementType, Routine, Slots, emit_module

_OWN: Final[dict[str, Callable[[str, int], str]]] = {"exp": define_exp, "log": define_log, "pow": define_pow}
# What every processor of interest does in one instruction a vector.
_NATIVE: Final = frozenset({"sqrt", "fabs", "floor", "ceil"})


@dataclass(frozen=True, slots=True)
class LaneType(ElementType):
    """`width` doubles."""

    width: int

    @classmethod
    def of(cls, width: int) -> LaneType:
        """The type of that many lanes."""
        return cls(vector_type(width), f"<{width} x i1>", f"v{width}f64", width)

    def constant(self, value: float) -> str:
        """A literal, the same in every lane."""
        return splat(self.width, value)

    def truth(self, value: bool) -> str:
        """A literal of the mask."""
        return f"<{', '.join([f'i1 {str(value).lower()}'] * self.width)}>"

    def function(self, name: str, count: int) -> tuple[str, str]:
        """Own polynomials where there are some, the C library's function lane by lane otherwise."""
        plain = name.removeprefix("llvm.").removesuffix(f".{self.suffix}")
        called = f"lanes.{plain}"
        if plain in _OWN:
            return called, _OWN[plain](called, self.width)
        if plain != name and plain in _NATIVE:
            return name, f"declare {self.type} @{name}({', '.join([self.type] * count)})"
        scalar = name if plain == name else f"llvm.{plain}.f64"
        return called, define_by_lane(called, scalar, count, self.width)


def emit_lanes(routines: Sequence[Routine], slots: Slots, width: int, chunk: int = CHUNK) -> str:
    """The IR text of routines on that many points at once; see `emit_module`."""
    return without_repeats(emit_module(routines, slots, LaneType.of(width), chunk))


def without_repeats(text: str) -> str:
    """The text with each declaration kept once: functions written apart may need the same ones."""
    seen: set[str] = set()
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("declare ") or line not in seen:
            lines.append(line)
            seen.add(line)
    return "\n".join([*lines, ""])
