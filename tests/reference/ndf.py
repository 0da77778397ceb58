"""The NDF integrator again, slow and obvious: numpy, dense matrices, a full solve in every iteration."""

import numpy as np

from isthmus.solve.evaluate import evaluate_jacobian, evaluate_slopes

KAPPA = np.array([0, -0.1850, -1 / 9, -0.0823, -0.0415, 0])
GAMMA = np.concatenate([[0], np.cumsum(1 / np.arange(1, 6))])
ALPHA = (1 - KAPPA) * GAMMA
ERROR = KAPPA * GAMMA + 1 / np.arange(1, 7)


def rms(values, weights):
    return np.sqrt(np.mean((values / weights) ** 2))


def rescaled(differences, order, factor):
    """Differences of the same polynomial at another spacing, by evaluating it there."""
    points = -factor * np.arange(order + 1)
    values = []
    for s in points:
        product, total = 1.0, differences[0].copy()
        for j in range(1, order + 1):
            product *= (s + j - 1) / j
            total = total + product * differences[j]
        values.append(total)
    new = differences.copy()
    table = np.array(values)
    for j in range(1, order + 1):
        table = table[:-1] - table[1:]
        new[j] = table[0]
    return new


def growth(error, order, caution):
    return error ** (-1 / (order + 1)) / caution if error > 0 else 20.0


def integrate(system, t0, t1, x0, p, rtol, atol):
    """Return the times and states of the accepted steps; M is the identity."""
    n = system.states
    x, p = np.array(x0, dtype=float), np.array(p, dtype=float)

    def slope(t, x):
        return evaluate_slopes(system, t, x, p)

    def jacobian(t, x):
        return evaluate_jacobian(system, t, x, p)

    def weights(one, other):
        return np.maximum(rtol * np.maximum(np.abs(one), np.abs(other)), atol)

    speed = slope(t0, x)
    # The twin serves autonomous systems: x'' = J x'.
    bend = 1.25 * np.sqrt(0.5 * rms(jacobian(t0, x) @ speed, weights(x, x)))
    h = min(0.01 * (t1 - t0), 1 / bend)
    differences = np.zeros((8, n))
    differences[0], differences[1] = x, h * speed
    t, order, equal, failures = t0, 1, 0, 0
    current, rate, factored, repeated = False, -1.0, None, 0
    matrix = None
    times, states = [t], [x]
    while True:
        last = 1.1 * h >= t1 - t
        if last and h != t1 - t:
            differences = rescaled(differences, order, (t1 - t) / h)
            h, equal = t1 - t, 0
        ahead = t1 if last else t + h
        predicted = differences[: order + 1].sum(axis=0)
        psi = GAMMA[1 : order + 1] @ differences[1 : order + 1] / ALPHA[order]
        c = h / ALPHA[order]
        stale = repeated >= 10 and rate > 0.05
        if matrix is None or (not current and (c != factored or stale)):
            matrix, current, factored, repeated = jacobian(t, differences[0]), True, None, 0
        if c != factored:
            factored, rate = c, -1.0
        allowed = weights(differences[0], predicted)
        correction, converged, rate, iterations = newton(
            slope, ahead, predicted, psi, c, matrix, allowed, rate
        )
        repeated += iterations - 1
        if not converged:
            if not current:
                matrix = None
            else:
                differences, h, equal = rescaled(differences, order, 0.25), 0.25 * h, 0
            continue
        error = ERROR[order] * rms(correction, allowed)
        if error > 1:
            allowed = weights(differences[0], predicted + correction)
            error = ERROR[order] * rms(correction, allowed)
        if error > 1:
            failures, equal = failures + 1, 0
            if failures > 1:
                order, factor = (max(1, order - 1) if failures > 3 else order), 0.5
            else:
                factor = max(0.1, growth(error, order, 1.2))
                if order > 1:
                    lower = growth(
                        ERROR[order - 1] * rms(differences[order] + correction, allowed), order - 1, 1.3
                    )
                    if lower > factor:
                        order, factor = order - 1, lower
                factor = min(factor, 0.9)
            differences, h = rescaled(differences, order, factor), h * factor
            continue
        differences[order + 2] = correction - differences[order + 1]
        differences[order + 1] = correction
        for i in reversed(range(order + 1)):
            differences[i] = differences[i] + differences[i + 1]
        t = ahead
        times.append(t)
        states.append(differences[0].copy())
        if last:
            return np.array(times), np.array(states)
        failures, equal, current = 0, equal + 1, False
        if equal > order:
            choices = [(growth(error, order, 1.2), order)]
            if order > 1:
                choices.append(
                    (growth(ERROR[order - 1] * rms(differences[order], allowed), order - 1, 1.3), order - 1)
                )
            if order < 5:
                choices.append(
                    (
                        growth(ERROR[order + 1] * rms(differences[order + 2], allowed), order + 1, 1.4),
                        order + 1,
                    )
                )
            factor, chosen = max(choices, key=lambda choice: choice[0])
            if factor >= 1.15:
                order, equal, factor = chosen, 0, min(factor, 10.0)
                differences, h = rescaled(differences, order, factor), h * factor


def newton(slope, t, predicted, psi, c, matrix, allowed, rate):
    correction, before = np.zeros_like(predicted), 0.0
    smallest = 2.2e-14 * rms(predicted, allowed)
    for iteration in range(4):
        residual = c * slope(t, predicted + correction) - psi - correction
        change = np.linalg.solve(np.eye(len(predicted)) - c * matrix, residual)
        size = rms(change, allowed)
        correction = correction + change
        if size <= smallest:
            return correction, True, rate, iteration + 1
        if iteration > 0:
            if size >= 0.9 * before:
                return correction, False, rate, iteration + 1
            rate = max(0.9 * rate, size / before, 0.05)
        supposed = rate if rate >= 0 else 0.2
        remaining = size * supposed / (1 - supposed)
        if remaining <= 0.2:
            return correction, True, rate, iteration + 1
        if rate >= 0 and remaining * rate ** (3 - iteration) > 0.2:
            return correction, False, rate, iteration + 1
        before = size
    return correction, False, rate, 4
