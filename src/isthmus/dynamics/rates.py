"""A model read as ordinary differential equations, compiled: M x′ = G v(t, x, p).

The state of a species that reactions change is its *amount*, so that stoichiometry is exact whatever
the compartments do; its id in formulas then stands for x/V. A quantity with a rate rule, or the unknown
of a constraint, is the value that its id stands for. Formulas are held in the symbols `x:<id>`
(states), `initial:<id>` (initial values of states and of constant species, as the file gives them) and
plain ids (parameters, compartments, derived constants).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.differentiate import sparse_jacobian
from isthmus.algebra.expression import DELAY, RELATIONS, Expression, has_operation, symbol
from isthmus.algebra.llvm_past import HISTORY
from isthmus.algebra.uncollected import uncollected
from isthmus.dynamics.definitions import Names, past_symbol, state_symbol
from isthmus.dynamics.kernel import Kernel, SparseKernel, SparsePattern, Vector, compile_kernels
from isthmus.dynamics.rapid import Rapid, find_rapid
from isthmus.dynamics.roles import Roles, find_roles
from isthmus.dynamics.switched import SwitchedSystem
from isthmus.dynamics.system import SparseMatrix, System
from isthmus.dynamics.terms import Contribution, Term, collect_terms
from isthmus.errors import UnsupportedFeature, UsageError, Where
from isthmus.model.model import Model

__all__ = ["Dynamics", "Kernel", "SparseKernel", "Term", "read_rates"]


@dataclass(frozen=True, eq=False)
class Dynamics:
    """The rates reading of a model.

    states (n): ids. state_is_amount: whether the state is an amount of substance. volumes: the
    compartment size by which the state is divided to give what its id stands for, None where it is that
    already. quantities (q): the free numbers: constants without a rule or initial assignment, and
    initial values of states (by the state's id, in the file's own kind). nominal (q): their values.
    derived: constants with an initial assignment. p, the parameter vector of all kernels, is quantities
    followed by derived constants; where there are delays, the address of the history is its last entry.
    terms (m): of all rates. gain: state → {term: coefficient}. algebraic: states that constraints give.
    """

    model: Model
    states: tuple[str, ...]
    state_is_amount: tuple[bool, ...]
    algebraic: tuple[bool, ...]
    volumes: tuple[Expression | None, ...]
    quantities: tuple[str, ...]
    nominal: Vector
    derived: tuple[str, ...]
    terms: tuple[Term, ...]
    gain: tuple[dict[int, Fraction], ...]
    slots: Mapping[str, tuple[str, int]]
    names: Names
    start_formulas: tuple[Expression, ...]

    @property
    def gain_by_state(self) -> dict[str, Mapping[int, Fraction]]:
        """State id → {term: coefficient}."""
        return dict(zip(self.states, self.gain, strict=True))

    @property
    def state_symbols(self) -> tuple[Expression, ...]:
        """The state variables in resolved formulas, in order."""
        return tuple(state_symbol(name) for name in self.states)

    @cached_property
    def parameter_symbols(self) -> tuple[Expression, ...]:
        """The entries of p in resolved formulas, in order."""
        ordered = sorted((place, name) for name, (array, place) in self.slots.items() if array == "p")
        return tuple(symbol(name) for _, name in ordered)

    @property
    def rates(self) -> Kernel:
        """v(t, x, p), all terms."""
        return self._compiled["rates"]

    @property
    def jacobian(self) -> SparseKernel:
        """∂v/∂x."""
        return self._state_slopes.kernel(self._compiled["jacobian"])

    @cached_property
    def sensitivity(self) -> SparseKernel:
        """∂v/∂p, compiled when first asked for."""
        return self._slopes([t.formula for t in self.terms], self.parameter_symbols, "sensitivity")

    @cached_property
    def start_sensitivity(self) -> SparseKernel:
        """∂(initial states, derived constants)/∂quantities, compiled when first asked for; p = quantities."""
        free = self.parameter_symbols[: len(self.quantities)]
        return self._slopes(self.start_formulas, free, "start_sensitivity")

    @property
    def start_kernel(self) -> Kernel:
        """(initial states, derived constants) of quantities; p = quantities."""
        return self._compiled["start"]

    def start(self, quantities: Vector | None = None) -> tuple[Vector, Vector]:
        """(x0, p) for values of the quantities, the nominal ones unless given."""
        q = self.nominal if quantities is None else np.asarray(quantities, dtype=np.float64)
        if q.shape != self.nominal.shape:
            raise UsageError(
                "E-QUANTITIES-SHAPE",
                f"quantities of shape {q.shape}",
                needed=f"{len(self.quantities)} values",
            )
        values = self.start_kernel(0.0, _NOTHING, q)
        count = len(self.states)
        history = np.zeros(1 if self.model.has_delays else 0)
        return values[:count].copy(), np.concatenate([q, values[count:], history])

    def resolve(self, formula: Expression) -> Expression:
        """A formula of model ids, in states, parameters and time; ModelError for an unknown id."""
        return self.names.resolve([formula], "formula")[0]

    def kernel(self, formulas: Sequence[Expression]) -> Kernel:
        """Compile formulas of model ids, assigned variables and reactions (their rate) among them."""
        resolved = self.names.resolve(formulas, "formula")
        if resolved == self._state_values:
            return self._compiled["values"]
        return compile_kernels({"kernel": resolved}, self.slots)["kernel"]

    def gradient(self, formulas: Sequence[Expression]) -> SparseKernel:
        """Compile the derivatives of formulas of model ids by the states."""
        return self._slopes(self.names.resolve(formulas, "formula"), self.state_symbols, "gradient")

    def system(self) -> System:
        """The arrays and addresses that integrators take; UnsupportedFeature where rates are not all."""
        if self.model.events:
            raise UnsupportedFeature(
                "E-EVENT-ANALYSIS",
                "events change the state at once",
                needed="rates alone, for everything but simulation, sensitivities and sweeps",
                advice="simulate the model, or remove the events to study one phase of it",
                where=Where(file=self.model.source, object=f"event {self.model.events[0].id!r}"),
            )
        self.need_present()
        return self.live_system

    def need_present(self) -> None:
        """Refuse what is no system of rates of the present: delays, and reactions declared fast."""
        fast = next((reaction.id for reaction in self.model.reactions if reaction.fast), None)
        if fast is not None:
            raise UnsupportedFeature(
                "E-FAST-REACTION",
                "the reaction is declared fast: a rapid equilibrium, whose rate law has no meaning as a rate",
                needed="reactions with finite rates, for everything but simulation",
                advice="set fast to false, and have isthmus find the equilibrium",
                where=Where(file=self.model.source, object=f"reaction {fast!r}"),
            )
        if self.model.has_delays:
            raise UnsupportedFeature(
                "E-DELAY-ANALYSIS",
                "delay() makes rates depend on the past",
                needed="rates of the present alone, for everything but simulation",
                advice="simulate the model, or replace the delay by a chain of intermediate species",
                where=Where(file=self.model.source, object=_first_delay(self.model)),
            )

    def switched(self) -> SwitchedSystem | None:
        """The system with its jumps, events and delays found, None where it has none."""
        return self._switched

    @cached_property
    def _switched(self) -> SwitchedSystem | None:
        # Most models have no jumps, and need not know how they are found.
        is_plain = not self.model.events and not self.model.has_delays and self.rapid is None
        if is_plain and not has_operation(_JUMPING, [term.formula for term in self.terms]):
            return None
        from isthmus.dynamics.jumps import find_jumps

        return find_jumps(self)

    @cached_property
    def live_system(self) -> System:
        """The system without its events."""
        jacobian = self.jacobian
        return System(
            states=len(self.states),
            rates=len(self.terms),
            rates_address=self.rates.address,
            jacobian_address=jacobian.kernel.address,
            indptr=jacobian.indptr,
            indices=jacobian.indices,
            gain=_sparse(self.gain if self.rapid is None else self.rapid.gain, len(self.terms)),
            mass=self.mass(),
            keep=self._compiled,
        )

    @cached_property
    def rapid(self) -> Rapid | None:
        """M and G of a model with reactions declared fast, None without any."""
        return find_rapid(self.model, self.terms, self.gain, self.algebraic)

    @cached_property
    def relaxing_gain(self) -> SparseMatrix | None:
        """The gain by which a state comes to rest along its fast reactions, None without any."""
        return None if self.rapid is None else _sparse(self.rapid.relaxing, len(self.terms))

    def mass(self) -> SparseMatrix | None:
        """M, None for the identity."""
        if self.rapid is not None:
            return _sparse(self.rapid.mass, len(self.states))
        if not any(self.algebraic):
            return None
        rows = [{} if flag else {i: Fraction(1)} for i, flag in enumerate(self.algebraic)]
        return _sparse(rows, len(self.states))

    @cached_property
    @uncollected
    def _state_slopes(self) -> SparsePattern:
        entries = sparse_jacobian([t.formula for t in self.terms], self.state_symbols)
        return SparsePattern.of(entries, len(self.terms), len(self.states))

    @cached_property
    def _state_values(self) -> list[Expression]:
        """What the ids of the states stand for."""
        return self.names.resolve(list(map(symbol, self.states)), "state")

    @cached_property
    @uncollected
    def _compiled(self) -> dict[str, Kernel]:
        """What every trajectory needs, the values that it is observed in among it: one piece of code."""
        return compile_kernels(
            {
                "rates": [term.formula for term in self.terms],
                "jacobian": self._state_slopes.formulas,
                "start": self.start_formulas,
                "values": self._state_values,
            },
            self.slots,
        )

    def _slopes(self, formulas: Sequence[Expression], wrt: Sequence[Expression], name: str) -> SparseKernel:
        pattern = SparsePattern.of(sparse_jacobian(formulas, wrt), len(formulas), len(wrt))
        return pattern.kernel(compile_kernels({name: pattern.formulas}, self.slots)[name])


_NOTHING = np.zeros(1)
_JUMPING = RELATIONS | {"floor", "ceil"}


@uncollected
def read_rates(model: Model) -> Dynamics:
    """Read a model as ordinary differential equations.

    ModelError where the definitions do not close (an unknown id, a circle, a quantity without a value).
    """
    roles = find_roles(model)
    names = roles.names
    names.require([symbol(rule.variable) for rule in model.assignments], "assignment rules")
    terms, gain = collect_terms(_contributions(roles), len(roles.states), names, _constant_volumes(roles))
    slots = {str(state_symbol(state.id).value): ("x", i) for i, state in enumerate(roles.states)}
    entries = [entry for _, entry, _ in roles.quantities] + [symbol(name) for name in roles.derived]
    if model.has_delays:
        entries.append(symbol(HISTORY))
        pasts = [past_symbol(state_symbol(state.id)) for state in roles.states]
        slots |= {str(past.value): ("x", i) for i, past in enumerate(pasts)}
    slots |= {str(entry.value): ("p", i) for i, entry in enumerate(entries)}
    nominal = np.array([value for _, _, value in roles.quantities], dtype=np.float64)
    nominal.flags.writeable = False
    return Dynamics(
        model=model,
        states=tuple(state.id for state in roles.states),
        state_is_amount=tuple(state.is_amount for state in roles.states),
        algebraic=tuple(state.is_algebraic for state in roles.states),
        volumes=tuple(
            names.resolve([symbol(state.compartment)], "compartment")[0] if state.compartment else None
            for state in roles.states
        ),
        quantities=tuple(name for name, _, _ in roles.quantities),
        nominal=nominal,
        derived=roles.derived,
        terms=terms,
        gain=gain,
        slots=slots,
        names=names,
        start_formulas=tuple(roles.start_formulas()),
    )


def _first_delay(model: Model) -> str:
    named = (name for name, formula in model.definitions if has_operation((DELAY,), [formula]))
    return f"definition of {next(named, 'an event')!r}"


def _contributions(roles: Roles) -> list[Contribution]:
    """Rates with the states they change; a reaction counts once for each conversion factor."""
    at = {state.id: i for i, state in enumerate(roles.states)}
    species = roles.model.species_by_id
    parts: list[Contribution] = []
    for reaction in roles.model.reactions:
        groups: dict[str, dict[int, Fraction]] = {}
        for name, change in reaction.net().items():
            if name in at and not (species[name].boundary or species[name].constant):
                groups.setdefault(species[name].conversion, {})[at[name]] = change
        parts += [
            Contribution(reaction.id, "reaction", reaction.rate, c, changes) for c, changes in groups.items()
        ]
    one = Fraction(1)
    for rule in roles.model.rates:
        parts.append(Contribution(rule.variable, "rate rule", rule.formula, "", {at[rule.variable]: one}))
    for unknown in roles.model.constraints:
        parts.append(
            Contribution(unknown.unknown, "constraint", unknown.residual, "", {at[unknown.unknown]: one})
        )
    return parts


def _constant_volumes(roles: Roles) -> frozenset[Expression]:
    return frozenset(symbol(c.id) for c in roles.model.compartments if c.id not in roles.names.definitions)


def _sparse(rows: Sequence[Mapping[int, Fraction]], columns: int) -> SparseMatrix:
    indptr = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum([len(row) for row in rows], out=indptr[1:])
    indices: NDArray[np.int32] = np.array([c for row in rows for c in row], dtype=np.int32)
    data = np.array([float(v) for row in rows for v in row.values()], dtype=np.float64)
    return SparseMatrix(data, indices, indptr, columns)
