"""Slopes of jumps and events against complex steps of the formulas, written out by hand."""

import numpy as np
from tests.reference.events import event, ruled

from isthmus.dynamics.jump_slopes import find_jump_slopes
from isthmus.dynamics.rates import read_rates

MODEL = ruled(
    {"A": 1.3, "B": 0.7, "k": 0.4, "c": 2.0},
    {"A": "-k*piecewise(A, A*B < c*time, floor(A^2/c))"},
    [event("e", "A^2 >= c", {"A": "k*A*time", "B": "exp(B)/c"}, delay="c*B + time^2")],
)
T = 1.7
NAMES = ("A", "B", "k", "c")


def lengthened(dynamics, ordinary):
    switched = dynamics.switched()
    assert switched is not None
    return switched.lengthened(ordinary)


def column_of(dynamics, name):
    """States come first, then the ordinary parameters."""
    if name in dynamics.states:
        return dynamics.states.index(name)
    return len(dynamics.states) + dynamics.quantities.index(name)


def slopes_by_steps(formula, at):
    """∂formula/∂(A, B, k, c, time) at a point."""
    step = 1e-30j
    return [formula(*[v + step * (i == j) for i, v in enumerate(at)]).imag / 1e-30 for j in range(len(at))]


def test_margins_values_and_delays():
    dynamics = read_rates(MODEL)
    slopes = find_jump_slopes(dynamics)
    start, ordinary = dynamics.start()
    p = lengthened(dynamics, ordinary)
    columns = [column_of(dynamics, name) for name in NAMES] + [len(start) + len(ordinary)]
    at = [*np.concatenate([start, ordinary])[columns[:-1]], T]

    def seen(part):
        width = len(start) + len(ordinary) + 1
        found = part.along(T, start, p, np.eye(width))
        assert not np.delete(found, columns, axis=1).any()
        return found[:, columns]

    margins = {
        "lt": lambda a, b, k, c, t: a * b - c * t,
        "floor": lambda a, b, k, c, t: a**2 / c,
        "ge": lambda a, b, k, c, t: a**2 - c,
    }
    assert sorted(mode.op for mode in slopes.modes) == sorted(margins)
    found, values, sizes = seen(slopes.margin_slopes), slopes.margins(T, start, p), slopes.sizes(T, start, p)
    for place, mode in enumerate(slopes.modes):
        formula = margins[mode.op]
        np.testing.assert_allclose(found[place], slopes_by_steps(formula, at), rtol=1e-14)
        np.testing.assert_allclose(values[place], formula(*at), rtol=1e-14)
        assert sizes[place] >= abs(values[place])
    assigned = [lambda a, b, k, c, t: k * a * t, lambda a, b, k, c, t: np.exp(b) / c]
    np.testing.assert_allclose(
        seen(slopes.value_slopes), [slopes_by_steps(f, at) for f in assigned], rtol=1e-14
    )
    delays = [slopes_by_steps(lambda a, b, k, c, t: c * b + t**2, at)]
    np.testing.assert_allclose(seen(slopes.delay_slopes), delays, rtol=1e-14)


def test_modes_by_their_own_margins_hold_those_nested_in_them():
    # The second comparison moves with the floor, which is held at 3 where it would be 4.
    model = ruled({"A": 4.2}, {"A": "-piecewise(1, A - floor(A) > 0.5, 2)"})
    dynamics = read_rates(model)
    slopes, switched = find_jump_slopes(dynamics), dynamics.switched()
    assert switched is not None
    start, ordinary = dynamics.start()
    p = switched.lengthened(ordinary)
    ops = [mode.op for mode in slopes.modes]
    floor, above = ops.index("floor"), ops.index("gt")
    p[switched.ordinary + floor] = 3.0
    own = slopes.own(0.0, start, p)
    assert (own[floor], own[above]) == (4.0, 1.0)
    np.testing.assert_array_equal(switched.stated(0.0, start, p)[[floor, above]], [4.0, 0.0])


def test_a_root_at_zero_moves_only_what_it_is_of():
    model = ruled({"A": 1.0, "G": 0.0}, {}, [event("e", "time > 1", {"A": "A + sqrt(G)"})])
    dynamics = read_rates(model)
    slopes = find_jump_slopes(dynamics)
    start, ordinary = dynamics.start()
    p = lengthened(dynamics, ordinary)
    moved = np.zeros((len(start) + len(ordinary) + 1, 2))
    moved[column_of(dynamics, "A"), 0] = moved[column_of(dynamics, "G"), 1] = 1.0
    np.testing.assert_array_equal(slopes.value_slopes.along(1.0, start, p, moved), [[1.0, np.inf]])
