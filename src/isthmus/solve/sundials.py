"""The SUNDIALS libraries that scikit-sundae brings along, and what CVODE and IDA share of them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import finalize

import numpy as np

from isthmus.dynamics.system import Floats, Indices, System
from isthmus.errors import NumericalError
from isthmus.solve.equations import packed
from isthmus.solve.native_call import array_address
from isthmus.solve.result import Counts, ResultCode, Samples
from isthmus.solve.storage import FULL, Shelf
from isthmus.solve.sundials_loop import advance

_PARTS = ("core", "nvecserial", "sunmatrixdense", "sunlinsoldense", "cvode", "ida")
_POINTER = ctypes.c_void_p

# Of the steps that the last march over a system took, beside one in four more.
_EXPECTED, _SPARE_STEPS, _FIRST_STEPS = "steps of sundials", 16, 512


@dataclass(frozen=True, slots=True)
class Libraries:
    """The loaded libraries by the last part of their names, and what was found in them so far."""

    by_name: dict[str, ctypes.PyDLL]
    found: dict[str, Callable[..., Any]] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)

    def function(self, library: str, name: str, returned: Any = ctypes.c_int) -> Callable[..., Any]:
        """Return a function that is called with ctypes values, always with the same type of result."""
        if name not in self.found:
            function = self.by_name[library][name]
            function.restype = returned
            self.found[name] = function
        return self.found[name]

    def address(self, library: str, name: str) -> int:
        """Return the address of a function."""
        if name not in self.addresses:
            self.addresses[name] = ctypes.cast(self.by_name[library][name], _POINTER).value or 0
        return self.addresses[name]


@lru_cache(maxsize=1)
def libraries() -> Libraries:
    """Load the libraries, once.

    What Python calls in them takes a microsecond: giving up the interpreter's lock for it would cost more.
    """
    loaded: dict[str, ctypes.PyDLL] = {}
    for part in _PARTS:
        path = _library_file(part)
        try:
            loaded[part] = ctypes.PyDLL(str(path))
        except OSError as error:
            raise _missing(f"{path} cannot be loaded ({error})") from error
    return Libraries(loaded)


def _library_file(part: str) -> Path:
    spec = find_spec("sksundae")
    if spec is None or not spec.submodule_search_locations:
        raise _missing("no package sksundae")
    package = Path(next(iter(spec.submodule_search_locations)))
    folders = (package.parent / "scikit_sundae.libs", package / ".dylibs")
    for folder in folders:
        for file in sorted(folder.glob(f"libsundials_{part}*")):
            return file
    raise _missing(f"no libsundials_{part} in {' or '.join(str(folder) for folder in folders)}")


def _missing(found: str) -> NumericalError:
    return NumericalError(
        "E-SUNDIALS-MISSING",
        found,
        needed="the SUNDIALS libraries in the wheel of scikit-sundae",
        advice="pip install --force-reinstall scikit-sundae, or use solve_ndf or solve_radau",
    )


class Session:
    """One problem's SUNDIALS objects, freed on leaving or when it goes.

    Vectors lie over numpy arrays; ``user`` holds the addresses that the callbacks read.
    """

    def __init__(self, system: System, p: Floats) -> None:
        self.system = system
        self.parameters = p
        self.held: list[Any] = [p]
        self._release: list[Callable[[], object]] = []
        self._free = finalize(self, _free, self._release)
        self._free.atexit = False
        self._between: tuple[ctypes.c_void_p, Floats] | None = None
        self._library = libraries()
        n = system.states
        self.context = context = _POINTER()
        self._check(
            self._library.function("core", "SUNContext_Create")(0, ctypes.byref(context)), "a context"
        )
        free_context = self._library.function("core", "SUNContext_Free", None)
        self._release.append(lambda: free_context(ctypes.byref(context)))
        self._library.function("core", "SUNContext_ClearErrHandlers")(self.context)
        make_matrix = self._library.function("sunmatrixdense", "SUNDenseMatrix", _POINTER)
        self.matrix = self._made(make_matrix(n, n, self.context), "core", "SUNMatDestroy")
        scratch = np.zeros(1 + system.rates + len(system.indices) + int(packed(system)[1]) + n)
        self.user = np.array(
            [
                self._library.address("core", "N_VGetArrayPointer"),
                self._library.address("sunmatrixdense", "SUNDenseMatrix_Data"),
                packed(system).ctypes.data,
                p.ctypes.data,
                scratch.ctypes.data,
                system.rates,
                len(system.indices),
            ],
            dtype=np.int64,
        )
        self.held.append(scratch)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free()

    def vector(self, values: Floats) -> ctypes.c_void_p:
        """Return an N_Vector over an array."""
        self.held.append(values)
        make = self._library.function("nvecserial", "N_VMake_Serial", _POINTER)
        return self._made(make(len(values), _POINTER(values.ctypes.data), self.context), "core", "N_VDestroy")

    @property
    def between(self) -> tuple[ctypes.c_void_p, Floats]:
        """A vector for states within a step, and its array."""
        if self._between is None:
            values = np.zeros(self.system.states)
            self._between = self.vector(values), values
        return self._between

    def linear_solver(self, vector: ctypes.c_void_p) -> ctypes.c_void_p:
        """Return a dense linear solver."""
        make = self._library.function("sunlinsoldense", "SUNLinSol_Dense", _POINTER)
        return self._made(make(vector, self.matrix, self.context), "core", "SUNLinSolFree")

    def integrator(self, library: str, prefix: str, *arguments: object) -> ctypes.c_void_p:
        """Return the memory of an integrator."""
        memory = _POINTER(
            self._library.function(library, f"{prefix}Create", _POINTER)(*arguments, self.context)
        )
        if not memory:
            raise NumericalError("E-SUNDIALS-FAILED", f"{prefix}Create gave nothing", needed="memory")
        free = self._library.function(library, f"{prefix}Free", None)
        self._release.append(lambda: free(ctypes.byref(memory)))
        return memory

    def call(self, library: str, name: str, *arguments: object) -> None:
        """Call a function that returns zero, or refuse."""
        self._check(self._library.function(library, name)(*arguments), name)

    def counter(self, library: str, name: str, memory: ctypes.c_void_p) -> int:
        """Return a count of the work done."""
        value = ctypes.c_long()
        self.call(library, name, memory, ctypes.byref(value))
        return value.value

    def _made(self, address: int | None, library: str, destroyer: str) -> ctypes.c_void_p:
        if not address:
            raise NumericalError(
                "E-SUNDIALS-FAILED", f"nothing to be freed by {destroyer} was made", needed="memory"
            )
        pointer = _POINTER(address)
        destroy = self._library.function(library, destroyer)
        self._release.append(lambda: destroy(pointer))
        return pointer

    @staticmethod
    def _check(flag: int, what: str) -> None:
        if flag != 0:
            raise NumericalError("E-SUNDIALS-FAILED", f"{what} returned {flag}", needed="0")


def _free(held: list[Callable[[], object]]) -> None:
    for release in reversed(held):
        release()


def run(
    session: Session,
    library: str,
    names: tuple[str, str],
    memory: ctypes.c_void_p,
    state: tuple[ctypes.c_void_p, Floats],
    slope: ctypes.c_void_p,
    span: tuple[float, float],
    times: Floats,
    max_steps: int,
    codes: dict[int, ResultCode],
    watch: int = 0,
) -> Samples:
    """Step to the end of the span, sampling at the times asked; watch: the address of a `Watch`."""
    system = session.system
    sampled, (within, between) = np.full((len(times), system.states), np.nan), session.between
    step, interpolate = (libraries().address(library, name) for name in names)
    first, last = float(span[0]), float(span[1])
    shelf = Shelf(first, state[1], (system.derived.get(_EXPECTED, _FIRST_STEPS), 0))
    done, reached = np.zeros(2, dtype=np.int64), np.zeros(1)
    order = None if (times[1:] >= times[:-1]).all() else np.argsort(times, kind="stable")
    wanted = times if order is None else times[order]
    handles = [memory.value, state[0].value, slope.value, within.value]
    table: Indices = np.array(
        [
            *(step, interpolate, *handles, int(library == "ida")),
            *(array_address(state[1]), array_address(between), len(times)),
            *(array_address(wanted), array_address(sampled), max_steps, shelf.address, array_address(done)),
            *(array_address(reached), array_address(reached), watch, array_address(session.parameters)),
        ],
        dtype=np.int64,
    )
    at = array_address(table)
    while (flag := advance(at, last)) == FULL:
        shelf.enlarge(int(done[0]))
    steps = int(done[0])
    system.derived[_EXPECTED] = steps + steps // 4 + _SPARE_STEPS
    at_times = sampled
    if order is not None:
        at_times = np.empty_like(sampled)
        at_times[order] = sampled
    t, x = shelf.t[: steps + 1].copy(), shelf.x[: steps + 1].copy()
    code = codes.get(flag, ResultCode.NEWTON_FAILED)
    return Samples(code, t, x, times, at_times, Counts(steps=steps))


def standing(t0: float, start: Floats, times: Floats, code: ResultCode) -> Samples:
    """Return the samples of an integration that never left its start."""
    at_times = np.full((len(times), len(start)), np.nan)
    at_times[times == t0] = start
    return Samples(code, np.array([t0]), start.reshape(1, -1).copy(), times, at_times, Counts())
