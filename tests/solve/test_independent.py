"""CVODE, IDA and Radau agree with published values and with the NDF integrator, and leave nothing behind."""

import importlib.util
import resource

import numpy as np
import pytest
from tests.solve import problems

from isthmus.errors import NumericalError
from isthmus.solve import solve_cvode, solve_ida, solve_ndf, solve_radau
from isthmus.solve.sundials import libraries

INDEPENDENT = [solve_cvode, solve_ida, solve_radau]


@pytest.mark.parametrize("solve", INDEPENDENT)
def test_hires_published(solve):
    times = [problems.HIRES_END, 0.0, 10.0]
    result = solve(
        problems.hires(), 0, problems.HIRES_END, problems.HIRES_START, [], 1e-8, 1e-12, times=times
    )
    assert result.ok
    assert result.t[-1] == problems.HIRES_END
    np.testing.assert_allclose(result.at_times[0], problems.HIRES_VALUES, rtol=1e-5)
    np.testing.assert_allclose(result.at_times[1], problems.HIRES_START)
    assert result.counts.rates > result.steps


def test_all_four_agree():
    random = np.random.Generator(np.random.Philox(3))
    times = np.sort(random.uniform(0, 40, 15))
    arguments = (problems.robertson(), 0, 40, [1, 0, 0], problems.ROBERTSON_P, 1e-9, [1e-11, 1e-15, 1e-11])
    found = [
        solve_ndf(*arguments).at(times),
        *(solve(*arguments, times=times).at_times for solve in INDEPENDENT),
    ]
    for one in found[1:]:
        np.testing.assert_allclose(one, found[0], rtol=1e-6)


@pytest.mark.parametrize("solve", [solve_cvode, solve_radau])
def test_mass_matrix_is_refused(solve):
    with pytest.raises(NumericalError, match="solve_ida"):
        solve(problems.robertson(mass=np.diag([1.0, 0.0, 1.0])), 0, 1, [1, 0, 0], problems.ROBERTSON_P)


def test_times_never_reached_are_not_invented():
    system = problems.single(lambda t, x: x * x, lambda t, x: 2 * x)
    for solve in INDEPENDENT:
        result = solve(system, 0, 2, [1.0], [], times=[-1.0, 0.5, 1.5])
        assert np.isnan(result.at_times[[0, 2], 0]).all()
        assert result.at_times[1, 0] == pytest.approx(2.0, rel=1e-4)


def test_nothing_printed_and_nothing_leaked(capfd):
    system = problems.single(lambda t, x: x * x, lambda t, x: 2 * x)
    easy = problems.single(lambda t, x: -x, lambda t, x: -1.0)
    for solve in (solve_cvode, solve_ida):
        solve(system, 0, 2, [1.0], [])
        solve(easy, 0, 1, [1.0], [], max_steps=1)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(1500):
            solve(easy, 0, 1e-3, [1.0], [], 1e-3, 1e-3)
        # An integrator's memory is above 5 kB: 1500 kept would be 7.5 MB.
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4000
    printed = capfd.readouterr()
    assert printed.out == printed.err == ""


def test_missing_libraries_are_named(monkeypatch):
    libraries.cache_clear()
    monkeypatch.setattr("isthmus.solve.sundials.find_spec", lambda name: None)
    try:
        with pytest.raises(NumericalError, match="scikit-sundae"):
            solve_cvode(problems.robertson(), 0, 1, [1, 0, 0], problems.ROBERTSON_P)
    finally:
        libraries.cache_clear()
    assert importlib.util.find_spec("sksundae") is not None


def test_memory_used_again_changes_no_bit():
    system, times = problems.robertson(), np.linspace(0, 40, 7)
    random = np.random.Generator(np.random.Philox(4))
    draws = [np.array(problems.ROBERTSON_P) * random.uniform(0.5, 2, 3) for _ in range(5)]

    def solve(p, of, **limits):
        return solve_cvode(of, 0, 40, [1, 0, 0], p, 1e-6, [1e-8, 1e-12, 1e-8], times=times, **limits)

    for p in draws:
        again, fresh = solve(p, system), solve(p, problems.robertson())
        np.testing.assert_array_equal(again.at_times, fresh.at_times)
        np.testing.assert_array_equal(again.x, fresh.x)
        assert again.counts == fresh.counts
    # A march that fails in between leaves nothing behind.
    assert not solve(draws[0], system, max_steps=3).ok
    np.testing.assert_array_equal(solve(draws[0], system).x, solve(draws[0], problems.robertson()).x)
