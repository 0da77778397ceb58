"""The kernels of a model compiled for several parameter sets at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from isthmus.algebra.differentiate import sparse_jacobian
from isthmus.algebra.expression import TIME_NODE, ZERO, Expression
from isthmus.algebra.llvm import Routine
from isthmus.algebra.llvm_lanes import emit_lanes
from isthmus.algebra.machine_code import compile_ir
from isthmus.dynamics.rates import Dynamics

_OPTIMISE: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class LaneKernels:
    """Addresses of ``void(const V *t, const V *x, const V *p, V *out)``, V being `width` doubles.

    rates: v, (m,). jacobian: dv/dx at the system's entries. drift: ∂v/∂t, (m,); 0 where no rate depends on
    time itself. start: quantities as p → initial states and derived constants. observe: what is to be seen,
    (observed,).
    """

    width: int
    rates: int
    jacobian: int
    drift: int
    start: int
    observe: int
    quantities: int
    parameters: int
    observed: int
    keep: object


def compile_lanes(dynamics: Dynamics, observables: Sequence[Expression], width: int) -> LaneKernels:
    """Compile the rates reading for `width` points at once.

    observables: formulas of model ids. ModelError where they name what the model does not have.
    """
    terms = [term.formula for term in dynamics.terms]
    slopes = sparse_jacobian(terms, dynamics.state_symbols)
    by_time = sparse_jacobian(terms, [TIME_NODE])
    seen = [dynamics.resolve(formula) for formula in observables]
    routines = [
        Routine("rates", terms),
        Routine("jacobian", [slopes[position] for position in sorted(slopes)]),
        Routine("start", dynamics.start_formulas),
        Routine("observe", seen),
    ]
    if by_time:
        routines.append(Routine("drift", [by_time.get((row, 0), ZERO) for row in range(len(terms))]))
    names = [routine.name for routine in routines]
    code = compile_ir(emit_lanes(routines, dynamics.slots, width), names, _OPTIMISE)
    return LaneKernels(
        width=width,
        rates=code.addresses["rates"],
        jacobian=code.addresses["jacobian"],
        drift=code.addresses.get("drift", 0),
        start=code.addresses["start"],
        observe=code.addresses["observe"],
        quantities=len(dynamics.quantities),
        parameters=len(dynamics.quantities) + len(dynamics.derived),
        observed=len(seen),
        keep=code,
    )
