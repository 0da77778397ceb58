"""Several doubles as one value in compiled code.

Sums and products may be contracted to fused ones, but NaN and infinities survive: steps are rejected by them.
What is here stands for what `lanes_numba` tells the compiler, which is loaded when something is compiled.
"""

from __future__ import annotations

from typing import Any, Final

from isthmus.algebra.machine_code import host
from isthmus.solve.lowered import from_module

# Four where the processor has no 512-bit vectors; the cache of compiled code knows processors apart.
WIDTH: Final = 8 if "+avx512f" in host()[1] else 4

Lanes = Any
"""What Python's type checker is told of several doubles or truth values, which only compiled code holds."""

_NUMBA: Final = "isthmus.solve.lanes_numba"

load = from_module(_NUMBA, "load")
store = from_module(_NUMBA, "store")
load_from = from_module(_NUMBA, "load_from")
store_from = from_module(_NUMBA, "store_from")
every = from_module(_NUMBA, "every")
select = from_module(_NUMBA, "select")
bits = from_module(_NUMBA, "bits")
root = from_module(_NUMBA, "root")
size = from_module(_NUMBA, "size")
larger = from_module(_NUMBA, "larger")
smaller = from_module(_NUMBA, "smaller")
take_next = from_module(_NUMBA, "take_next")
