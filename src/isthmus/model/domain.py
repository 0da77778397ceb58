"""The domain of a question: the conditions an answer must hold for, read, put in words, drawn from."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import UsageError
from isthmus.model.cycles import hold_cycles
from isthmus.model.fixed import fixed_quantities
from isthmus.model.question import Domain, Range

if TYPE_CHECKING:
    from isthmus.model.model import Model

Floats = NDArray[np.float64]

_HALF_TO_TWICE = (0.5, 2.0)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_VARY = re.compile(rf"^(?:({_NUMBER})\.\.)?({_NUMBER})(x?)$")


def default_domain(model: Model, quantities: Sequence[str], nominal: Floats) -> Domain:
    """Every quantity that `fixed_quantities` does not fix, from half to twice its nominal value."""
    fixed = fixed_quantities(model, quantities, nominal)
    return Domain(tuple(Range(q, *_HALF_TO_TWICE) for q in quantities if q not in fixed))


def parse_vary(texts: Sequence[str], model: Model, quantities: Sequence[str], nominal: Floats) -> Domain:
    """The domain of `--vary` texts; the default domain when there are none.

    `k=0.5..2x` is relative, `k=0.5..2` absolute, `k=2x` means from half to twice; `all=…x` means the default
    list. Once ids are named only those vary, and a named id takes precedence over `all`. Raises UsageError.
    """
    if not texts:
        return default_domain(model, quantities, nominal)
    values = dict(zip(quantities, map(float, nominal), strict=True))
    named: dict[str, Range] = {}
    everything: Range | None = None
    for text in texts:
        quantity, equals, bounds = text.partition("=")
        quantity = quantity.strip()
        if not equals or not quantity:
            raise _refused(text, "no `id=bounds`")
        if quantity == "all" and "all" not in values:
            everything = _once(text, everything, _parsed(text, "all", bounds))
        else:
            _need_known(quantity, values, model)
            named[quantity] = _once(text, named.get(quantity), _parsed(text, quantity, bounds))
    if everything is not None:
        if not everything.relative:
            raise _refused("all=…", "absolute bounds for all quantities at once")
        for member in default_domain(model, quantities, nominal).ranges:
            named.setdefault(member.quantity, Range(member.quantity, everything.low, everything.high))
    for member in named.values():
        _check_bounds(member, values[member.quantity], model)
    return Domain(tuple(named[q] for q in quantities if q in named))


def _once(text: str, before: Range | None, now: Range) -> Range:
    if before is not None:
        raise _refused(text, f"a second range for {now.quantity!r}")
    return now


def _parsed(text: str, quantity: str, bounds: str) -> Range:
    found = _VARY.match(re.sub(r"\s+", "", bounds))
    if found is None:
        raise _refused(text, f"bounds {bounds.strip()!r} that cannot be read")
    low_text, high_text, relative = found.groups()
    high = float(high_text)
    if low_text is None:
        if not relative:
            raise _refused(text, "a single value, which fixes rather than varies")
        if not 1 < high < math.inf:
            raise _refused(text, f"a factor of {high:g}", needed="a factor above 1")
        return Range(quantity, 1 / high, high)
    return Range(quantity, float(low_text), high, relative=bool(relative))


def _check_bounds(member: Range, value: float, model: Model) -> None:
    text = f"{member.quantity}={member.low:g}..{member.high:g}{'x' if member.relative else ''}"
    if not (math.isfinite(member.low) and math.isfinite(member.high) and member.low < member.high):
        raise _refused(text, "bounds that are not finite and rising", needed="low < high")
    if member.relative:
        if member.low <= 0:
            raise _refused(text, f"a multiple of {member.low:g}", needed="multiples above 0")
        if value == 0:
            raise _refused(
                text, "multiples of a quantity that is 0", advice=f"absolute bounds: {member.quantity}=0..1"
            )
    elif member.quantity in model.compartments_by_id and member.low <= 0:
        raise _refused(text, "a compartment without size", needed="sizes above 0")
    elif member.quantity in model.species_by_id and member.low < 0:
        raise _refused(text, "a negative amount of a species", needed="values of 0 or more")


def _need_known(quantity: str, values: dict[str, float], model: Model) -> None:
    if quantity in values:
        return
    if quantity in model.ids:
        raise UsageError(
            "E-VARY-FORMULA",
            f"{quantity!r} cannot be varied: a formula gives its value",
            needed="a quantity with a number of its own",
            advice="vary the quantities in its formula",
        )
    close = get_close_matches(quantity, [*values, "all"], n=3)
    raise UsageError(
        "E-VARY-UNKNOWN",
        f"nothing called {quantity!r} can be varied",
        needed="the id of a parameter or of a species with an initial value",
        advice=f"did you mean {' or '.join(close)}?" if close else "`isthmus inspect MODEL` lists the ids",
    )


def _refused(text: str, found: str, *, needed: str = "", advice: str = "") -> UsageError:
    ways = "k1=0.5..2x (multiples of its value), k1=0.5..2 (its unit), k1=2x (half to twice) or all=1.2x"
    return UsageError(
        "E-VARY", f"--vary {text}: {found}", needed=needed or ways, advice=advice or (ways if needed else "")
    )


def draws(
    domain: Domain,
    nominal: Floats,
    quantities: Sequence[str],
    generator: np.random.Generator,
    n: int,
    cycles: Floats | None = None,
) -> Floats:
    """(n, len(quantities)) independent conditions; row i does not depend on n.

    Log-uniform where both bounds have one sign, uniform where the range holds 0. cycles: rows a with Σ a_j
    ln q_j held at its nominal value (`thermodynamic_cycles`, `hold_cycles`).
    """
    column = {quantity: j for j, quantity in enumerate(quantities)}
    lows, highs = bounds(domain, nominal, quantities)
    varied = [column[member.quantity] for member in domain.ranges]
    table = np.tile(np.asarray(nominal, dtype=np.float64), (n, 1))
    uniform = generator.random((n, len(varied)))
    for k, j in enumerate(varied):
        low, high = lows[j], highs[j]
        if low > 0 or high < 0:
            table[:, j] = low * np.exp(uniform[:, k] * math.log(high / low))
        else:
            table[:, j] = low + uniform[:, k] * (high - low)
    if cycles is not None and len(cycles):
        hold_cycles(table, np.asarray(nominal, dtype=np.float64), cycles, lows, highs)
    return table


def bounds(domain: Domain, nominal: Floats, quantities: Sequence[str]) -> tuple[Floats, Floats]:
    """(lows, highs) of every quantity, equal where it does not vary."""
    lows = np.array(nominal, dtype=np.float64)
    highs = lows.copy()
    column = {quantity: j for j, quantity in enumerate(quantities)}
    for member in domain.ranges:
        j = column[member.quantity]
        lows[j], highs[j] = member.bounds(float(nominal[j]))
    return lows, highs


def domain_text(domain: Domain) -> str:
    """The domain in one phrase, to follow "over"."""
    if not domain.ranges:
        return "the nominal conditions alone"
    groups: dict[tuple[float, float, bool], list[str]] = {}
    levels = {level for scheduled in domain.inputs for level in scheduled.levels}
    for member in domain.ranges:
        if member.quantity not in levels:
            groups.setdefault((member.low, member.high, member.relative), []).append(member.quantity)
    parts = [scheduled.words for scheduled in domain.inputs]
    parts += [f"{_listed(names)} {_bounds_text(*key)}" for key, names in groups.items()]
    kind = (
        "log-uniform"
        if all(member.low > 0 for member in domain.ranges)
        else "log-uniform (uniform where 0 is inside)"
    )
    independent = ", independent and " if len(domain.ranges) > 1 else ", "
    return "; ".join(parts) + independent + kind


def _listed(names: Sequence[str]) -> str:
    if len(names) <= 3:
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"each of {len(names)} parameters and initial values"


def _bounds_text(low: float, high: float, relative: bool) -> str:
    if not relative:
        return f"from {low:g} to {high:g}"
    if (low, high) == _HALF_TO_TWICE:
        return "from half to twice its value"
    return f"from {low:.3g} to {high:.3g} times its value"
