"""Turn LLVM IR text into callable machine code for this computer; what was compiled once is kept."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from isthmus.algebra.code_store import fetch, keep, name_of
from isthmus.errors import NumericalError

# What LLVM may call for our intrinsics and externals, or turn such a call into.
_MATHEMATICS: Final = frozenset(
    {"exp", "exp2", "log", "log2", "log10", "pow", "ldexp", "sqrt", "floor", "ceil", "fabs", "tgamma"}
    | {arc + name + h for name in ("sin", "cos", "tan") for arc in ("", "a") for h in ("", "h")}
)
_OPTIONAL: Final = frozenset({"exp10", "sincos"})
_MEMORY: Final = frozenset({"memcpy", "memmove", "memset"})


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
    place = name_of("kernels", text, str(optimise), *code_origin())
    stored = fetch(place)
    if stored is not None:
        return load_object(stored, names)
    content = _emit_object(text, optimise)
    keep(place, content)
    return load_object(content, names)


def load_object(content: bytes, names: Sequence[str]) -> Compiled:
    """Load an object file for this process and return the addresses of some of its functions.

    Raises KeyError for a function that is not there.
    """
    import llvmlite.binding as llvm

    _prepare()
    # A context of its own: LLVM never frees the constants of a context before the context itself.
    context = llvm.create_context()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly("", context), _machine(0))
    engine.add_object_file(llvm.ObjectFileRef.from_data(content))
    engine.finalize_object()
    code = _Code()
    weakref.finalize(code, _release, engine, context).atexit = False
    addresses = {name: int(engine.get_function_address(name)) for name in names}
    for name, address in addresses.items():
        if address == 0:
            raise KeyError(name)
    return Compiled(addresses, code)


def may_call(names: Iterable[str]) -> bool:
    """Whether an object file that calls these functions can be loaded by itself."""
    known = _MATHEMATICS | _MEMORY
    return all(name in known or name.startswith("llvm.") for name in names)


def code_origin() -> tuple[str, ...]:
    """What machine code depends on beside its source: LLVM and the processor."""
    import llvmlite
    import llvmlite.binding as llvm

    return (llvmlite.__version__, str(llvm.llvm_version_info), *host(), sys.platform)


def _emit_object(text: str, optimise: int) -> bytes:
    import llvmlite.binding as llvm

    _prepare()
    with llvm.create_context() as context:
        module = llvm.parse_assembly(text, context)
        machine = _machine(optimise)
        module.triple = machine.triple
        module.data_layout = str(machine.target_data)
        if optimise >= 2:
            _run_passes(module, machine, optimise)
        content: bytes = machine.emit_object(module)
        module.close()
    return content


def _machine(optimise: int) -> Any:
    import llvmlite.binding as llvm

    processor, features = host()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu=processor, features=features, opt=optimise, jit=True)


class _Code:
    """Stands for machine code: when it goes, the code goes."""

    __slots__ = ("__weakref__",)


def _release(engine: Any, context: Any) -> None:
    """Free the engine before its context: the garbage collector may take the order that crashes."""
    engine.close()
    context.close()


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
    """Start LLVM's code generator and tell it where the mathematical functions are."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    library = _mathematical_library()
    for name in sorted(_MATHEMATICS | _OPTIONAL):
        function = getattr(library, name, None)
        if function is not None:
            llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
        elif name not in _OPTIONAL:
            raise NumericalError(
                "E-NO-MATH-LIBRARY",
                f"the C library has no function {name!r}",
                needed="a C99 mathematical library",
            )


def _mathematical_library() -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.CDLL("ucrtbase")
    process = ctypes.CDLL(None)
    if hasattr(process, "tgamma"):
        return process
    return ctypes.CDLL(ctypes.util.find_library("m"))
