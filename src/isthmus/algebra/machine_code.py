"""Turn LLVM IR text into callable machine code for this computer; what was compiled once is kept."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
import threading
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, Final

from isthmus.algebra.code_store import fetch, keep, name_of
from isthmus.algebra.llvm_products import LOOPS, PREFIX, emit_loops
from isthmus.errors import NumericalError

# What LLVM may call for our intrinsics and externals, or turn such a call into.
_MATHEMATICS: Final = frozenset(
    {"exp", "exp2", "log", "log2", "log10", "pow", "ldexp", "sqrt", "floor", "ceil", "fabs", "tgamma"}
    | {arc + name + h for name in ("sin", "cos", "tan") for arc in ("", "a") for h in ("", "h")}
)
_OPTIONAL: Final = frozenset({"exp10", "sincos"})
_MEMORY: Final = frozenset({"memcpy", "memmove", "memset"})
_MATHEMATICS_NAME: Final = "mathematics"
_LOOPS_NAME: Final = "loops"
_FILES_PER_LINKER: Final = 1000

_machines = threading.local()
_linking = threading.Lock()
_linkers: list[_Linker] = []
_loaded = count()


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """Machine code: the address of each kernel, valid as long as this object (or `keep`) lives."""

    addresses: dict[str, int]
    keep: object


def compile_ir(text: str, names: Sequence[str], optimise: int = 1) -> Compiled:
    """Compile IR text for the host's processor, or fetch what was compiled of it before.

    optimise: 0 compiles fastest, 1 runs about as fast as it gets for straight-line code, 2 and 3 add LLVM's
    own passes. Results are the same bits at all levels unless the text itself allows contraction. Safe to
    call from several threads.
    """
    return load_object(_object_of("kernels", text, optimise), names)


def _object_of(label: str, text: str, optimise: int) -> bytes:
    """The object file of IR text, compiled now or before; label: what its kind is called in the store."""
    place = name_of(label, text, str(optimise), *code_origin())
    content = fetch(place)
    if content is None:
        content = _emit_object(text, optimise)
        keep(place, content)
    return content


def load_object(content: bytes, names: Sequence[str]) -> Compiled:
    """Load an object file for this process and return the addresses of some of its functions.

    Raises KeyError for a function that is not there, or a file that is none.
    """
    import llvmlite.binding as llvm

    loops = _loops() if PREFIX.encode() in content else b""
    with _linking:
        number = next(_loaded)
        if not _linkers or number % _FILES_PER_LINKER == 0:
            _linkers[:] = [_new_linker()]
        linker = _linkers[0]
        builder = llvm.JITLibraryBuilder().add_object_img(content).add_jit_library(_MATHEMATICS_NAME)
        if loops:
            linker.add_loops(loops)
            builder.add_jit_library(_LOOPS_NAME)
        for name in names:
            builder.export_symbol(name)
        try:
            library = builder.link(linker.compiler, f"kernels {number}")
        except RuntimeError as error:
            raise KeyError(str(error)) from None
    code = _Code()
    weakref.finalize(code, _release, library, linker).atexit = False
    return Compiled({name: int(library[name]) for name in names}, code)


@dataclass(slots=True, eq=False)
class _Linker:
    """What places object files in memory, and the libraries of functions that they may call."""

    compiler: Any
    mathematics: Any
    loops: Any = None

    def add_loops(self, content: bytes) -> None:
        """Load the loops of `isthmus.algebra.llvm_products` where they are not loaded."""
        import llvmlite.binding as llvm

        if self.loops is None:
            builder = llvm.JITLibraryBuilder().add_object_img(content)
            for name in LOOPS:
                builder.export_symbol(name)
            self.loops = builder.link(self.compiler, _LOOPS_NAME)


def _new_linker() -> _Linker:
    """A linker of its own: LLVM keeps a little of each file that it has loaded for as long as this lives."""
    import llvmlite.binding as llvm

    _prepare()
    target = llvm.Target.from_default_triple()
    # Nothing is compiled here, so a processor without features will do, and is made sooner.
    compiler = llvm.create_lljit_compiler(target.create_target_machine(jit=True), suppress_errors=True)
    builder = llvm.JITLibraryBuilder()
    for name, address in _functions().items():
        builder.import_symbol(name, address)
    return _Linker(compiler, builder.link(compiler, _MATHEMATICS_NAME))


def may_call(names: Iterable[str]) -> bool:
    """Whether an object file that calls these functions can be loaded by itself."""
    known = _MATHEMATICS | _MEMORY
    return all(name in known or name.startswith("llvm.") for name in names)


def code_origin() -> tuple[str, ...]:
    """What machine code depends on beside its source: LLVM and the processor."""
    import llvmlite
    import llvmlite.binding as llvm

    return (llvmlite.__version__, str(llvm.llvm_version_info), *host(), sys.platform)


@cache
def _loops() -> bytes:
    """The object file of the loops: the same for all models."""
    return _object_of("loops", emit_loops(), 1)


def _emit_object(text: str, optimise: int) -> bytes:
    import llvmlite.binding as llvm

    _prepare()
    machine = _machine(optimise)
    with llvm.create_context() as context:
        module = llvm.parse_assembly(text, context)
        module.triple = machine.triple
        module.data_layout = str(machine.target_data)
        if optimise >= 2:
            _run_passes(module, machine, optimise)
        content: bytes = machine.emit_object(module)
        module.close()
    return content


def _machine(optimise: int) -> Any:
    """LLVM's compiler for this processor: one a thread, as making it takes longer than a small kernel."""
    import llvmlite.binding as llvm

    made: dict[str, Any] = _machines.__dict__
    level = f"level {optimise}"
    if level not in made:
        processor, features = host()
        target = llvm.Target.from_default_triple()
        made[level] = target.create_target_machine(cpu=processor, features=features, opt=optimise, jit=True)
    return made[level]


class _Code:
    """Stands for machine code: when it goes, the code goes."""

    __slots__ = ("__weakref__",)


def _release(library: Any, _linker: _Linker) -> None:
    """Free the code before its linker: the garbage collector may take the order that crashes."""
    library.close()


def _run_passes(module: Any, machine: Any, level: int) -> None:
    import llvmlite.binding as llvm

    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=level))
    builder.getModulePassManager().run(module, builder)


@cache
def host() -> tuple[str, str]:
    """The name of this processor and its features, as LLVM writes them."""
    import llvmlite.binding as llvm

    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


@cache
def _prepare() -> None:
    """Start LLVM's code generator."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _functions() -> dict[str, int]:
    """The addresses of the functions that compiled code may call."""
    library = _mathematical_library()
    found: dict[str, int] = {}
    for name in sorted(_MATHEMATICS | _OPTIONAL | _MEMORY):
        function = getattr(library, name, None)
        address = None if function is None else ctypes.cast(function, ctypes.c_void_p).value
        if address is not None:
            found[name] = address
        elif name not in _OPTIONAL:
            raise NumericalError(
                "E-NO-MATH-LIBRARY",
                f"the C library has no function {name!r}",
                needed="a C99 mathematical library",
            )
    return found


def _mathematical_library() -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.CDLL("ucrtbase")
    process = ctypes.CDLL(None)
    if hasattr(process, "tgamma"):
        return process
    return ctypes.CDLL(ctypes.util.find_library("m"))
