"""The slow twin of the lane integrator: one set at a time, dense matrices, plain loops.

Rosenbrock method in its defining form (Hairer and Wanner 1996, IV.7.4): the coefficients α_ij, γ_ij and b_i
are recovered from the transformed ones of the fast code, so that its order can be measured on them.
"""

from dataclasses import dataclass

import numpy as np

from isthmus.solve import rodas_formula as formula

STAGES = formula.STAGES


@dataclass(frozen=True)
class Tableau:
    alpha: np.ndarray
    """(8, 8), strictly lower"""
    gamma: np.ndarray
    """(8, 8), lower with γ on the diagonal"""
    b: np.ndarray
    embedded: np.ndarray


def tableau() -> Tableau:
    a, c = np.zeros((STAGES, STAGES)), np.zeros((STAGES, STAGES))
    for i in range(2, STAGES + 1):
        for j in range(1, i):
            c[i - 1, j - 1] = getattr(formula, f"_C{i}{j}")
            if i <= 6:
                a[i - 1, j - 1] = getattr(formula, f"_A{i}{j}")
    # Each of the last stages starts where the one before has led.
    a[6] = a[5] + np.eye(STAGES)[5]
    a[7] = a[6] + np.eye(STAGES)[6]
    gamma = np.linalg.inv(np.eye(STAGES) / formula.GAMMA - c)
    return Tableau(a @ gamma, gamma, (a[7] + np.eye(STAGES)[7]) @ gamma, a[7] @ gamma)


def step(method: Tableau, slope, jacobian, drift, t, x, h):
    """One step of x' = slope(t, x): (x at t + h, the difference of the two solutions)."""
    n = len(x)
    matrix = np.eye(n) - h * formula.GAMMA * jacobian(t, x)
    k = np.zeros((STAGES, n))
    for i in range(STAGES):
        point = x + h * method.alpha[i] @ k
        coupled = h * jacobian(t, x) @ (method.gamma[i, :i] @ k[:i])
        time = t + h * method.alpha[i].sum()
        right = slope(time, point) + coupled + h * method.gamma[i].sum() * drift(t, x)
        k[i] = np.linalg.solve(matrix, right)
    return x + h * method.b @ k, h * (method.b - method.embedded) @ k


def integrate(slope, jacobian, drift, x0, end, steps):
    """Equal steps from 0 to the end."""
    method, x, h = tableau(), np.array(x0, dtype=float), end / steps
    for i in range(steps):
        x, _ = step(method, slope, jacobian, drift, i * h, x, h)
    return x


def integrate_adaptively(slope, jacobian, drift, x0, end, rtol, atol):
    """Plain step control by the error of each step: (x at the end, accepted steps)."""
    method, x, t, h, steps = tableau(), np.array(x0, dtype=float), 0.0, 1e-6 * end, 0
    while t < end:
        h = min(h, end - t)
        after, difference = step(method, slope, jacobian, drift, t, x, h)
        weight = np.maximum(rtol * np.maximum(abs(x), abs(after)), atol)
        error = max(float(np.sqrt(np.mean((difference / weight) ** 2))), 1e-12)
        if error <= 1.0:
            t, x, steps = t + h, after, steps + 1
        h *= min(6.0, max(0.2, 0.9 * error ** (-1 / 5)))
    return x, steps
