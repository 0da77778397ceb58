"""Events again, slow and obvious: SciPy with tight tolerances, formulas evaluated one by one, bisection.

For models whose parameters have rate rules, as `tests.reference.events` makes them.
"""

import math

import numpy as np
from scipy.integrate import solve_ivp

from isthmus.algebra.evaluate import evaluate

LOOKS = 200


def integrate(model, horizon, times, chunk):
    """Return the values at the times, the one after an event at its time, and (time, id) of the events.

    chunk: conditions are looked at `LOOKS` times in each; rates are evaluated as written, so that a chunk
    should not contain jumps of them that no trigger shares.
    """
    names = [parameter.id for parameter in model.parameters]
    rates = {rule.variable: rule.formula for rule in model.rates}
    events = model.events

    def values(formulas, t, x):
        return [float(v) for v in evaluate(formulas, dict(zip(names, x.tolist(), strict=True)), t)]

    def slope(t, x):
        found = dict(zip(rates, values(list(rates.values()), t, x), strict=True))
        return np.array([found.get(name, 0.0) for name in names])

    def conditions(t, x):
        return [value != 0 for value in values([event.trigger for event in events], t, x)]

    waiting: list[tuple] = []
    done: list[tuple] = []

    def settle(t, x, before):
        nonlocal waiting
        while True:
            now = conditions(t, x)
            waiting = [w for w in waiting if now[w[1]] or events[w[1]].persistent]
            for i, event in enumerate(events):
                if now[i] and not before[i]:
                    delay = values([event.delay], t, x)[0] if event.delay is not None else 0.0
                    given = values([a.formula for a in event.assignments], t, x)
                    waiting.append((t + delay, i, given if event.at_trigger else None))
            before = now
            due = [w for w in waiting if w[0] <= t]
            if not due:
                return x, before
            ranks = [
                values([events[w[1]].priority], t, x)[0] if events[w[1]].priority is not None else -math.inf
                for w in due
            ]
            chosen = due[ranks.index(max(ranks))]
            waiting.remove(chosen)
            event = events[chosen[1]]
            given = chosen[2]
            if given is None:
                given = values([a.formula for a in event.assignments], t, x)
            x = x.copy()
            for assignment, value in zip(event.assignments, given, strict=True):
                x[names.index(assignment.variable)] = value
            done.append((t, event.id))

    t, x = 0.0, np.array([parameter.value for parameter in model.parameters])
    x, held = settle(t, x, [event.initially for event in events])
    found = np.full((len(times), len(names)), np.nan)
    found[np.asarray(times) == 0.0] = x
    while t < horizon:
        stop = min([horizon, t + chunk, *(w[0] for w in waiting)])
        step = solve_ivp(slope, (t, stop), x, method="LSODA", rtol=1e-11, atol=1e-13, dense_output=True)
        low, high = t, stop
        for look in np.linspace(t, stop, LOOKS + 1)[1:]:
            if conditions(look, step.sol(look)) != held:
                high = look
                break
            low = look
        if conditions(high, step.sol(high)) != held:
            while low < (middle := 0.5 * (low + high)) < high:
                if conditions(middle, step.sol(middle)) != held:
                    high = middle
                else:
                    low = middle
        for i, time in enumerate(times):
            if t < time <= high:
                found[i] = step.sol(time)
        t, x = high, step.sol(high)
        x, held = settle(t, x, held)
        found[np.asarray(times) == t] = x
    return found, done
