"""CVODE, IDA and Radau agree with published values and with the NDF integrator, and leave nothing behind."""

import importlib.util
import resource

import numpy as np
import pytest
from tests.solve import problems

from isthmus.errors import NumericalError
from isthmus.solve import solve_cvode, solve_ida, solve_ndf, solve_radau
from isthmus.solve.sundials import libraries

RTOL, ATOL = 1e-8, 1e-10
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


def relaxing(inflow, decay=1.0):
    """x' = inflow - decay x: x = rest + (x0 - rest) exp(-decay t) with rest = inflow/decay."""
    return problems.single(lambda t, x: inflow - decay * x, lambda t, x: -decay)


@pytest.mark.parametrize("end", [1e6, 1e15, 1e20, 1e40, 1e60, 1e150, 1e300])
@pytest.mark.parametrize("solve", [solve_cvode, solve_ida])
def test_the_end_may_lie_beyond_every_scale(solve, end):
    for start, inflow in [(8.0, 0.0), (8.0, 3.0), (0.0, 3.0), (1e-9, 0.0)]:
        result = solve(relaxing(inflow), 0, end, [start], [], RTOL, ATOL, times=[0.5, 1.0, end])
        exact = inflow + (start - inflow) * np.exp([-0.5, -1.0, -end])
        assert result.ok
        np.testing.assert_allclose(result.at_times[:, 0], exact, rtol=100 * RTOL, atol=100 * ATOL)


def test_growth_beyond_every_scale_is_right_at_its_start():
    """x' = 3: any step is exact, but in a step of 1e20 a start of 1 is lost."""
    growing = problems.single(lambda t, x: 3.0, lambda t, x: 0.0)
    for end in (1e20, 1e60, 1e300):
        result = solve_cvode(growing, 0, end, [1.0], [], RTOL, ATOL, times=[1.0, 1e9])
        np.testing.assert_allclose(result.at_times[:, 0], [4.0, 3e9], rtol=100 * RTOL)


def test_marches_of_any_length_follow_one_another():
    """The first step that one march is told is not the next one's."""
    ends = [10.0, 1e60, 10.0, 1e300, 1e20, 10.0]
    system = relaxing(3.0)
    for end in ends:
        again = solve_cvode(system, 0, end, [8.0], [], RTOL, ATOL, times=[1.0])
        fresh = solve_cvode(relaxing(3.0), 0, end, [8.0], [], RTOL, ATOL, times=[1.0])
        np.testing.assert_array_equal(again.x, fresh.x)
        assert again.at_times[0, 0] == pytest.approx(3 + 5 * np.exp(-1), rel=100 * RTOL)


def test_a_late_start_with_an_end_beyond_every_scale():
    """A decay in 1e-8 at t = 1e3: to the clock's last digit, and to a hundred errors of a step."""
    early = 1e3 + 1e-8
    result = solve_cvode(relaxing(0.0, 1e8), 1e3, 1e60, [8.0], [], 1e-4, ATOL, times=[early, 1e60])
    exact = 8 * np.exp(-1e8 * (early - 1e3))
    np.testing.assert_allclose(result.at_times[:, 0], [exact, 0.0], rtol=1e-2, atol=100 * ATOL)


def test_ordinary_ends_leave_the_first_step_to_cvode(monkeypatch):
    """Not a bit changes where CVODE copes: its bounds cross in the last two, by the span or by the clock."""
    late = 1e10
    given = [
        (problems.robertson(), 0.0, 4e6, [1.0, 0.0, 0.0], problems.ROBERTSON_P),
        (relaxing(0.0, 1e8), 0.0, 1e6, [8.0], []),
        (relaxing(0.0, 1e8), late, late + 10, [8.0], []),
    ]

    def solve_all():
        return [solve_cvode(system, t0, t1, x0, p, RTOL, 1e-14) for system, t0, t1, x0, p in given]

    found = solve_all()
    monkeypatch.setattr("isthmus.solve.cvode.Cvode._first_step", lambda self, t0, t1: 0.0)
    for result, own in zip(found, solve_all(), strict=True):
        np.testing.assert_array_equal(result.x, own.x)
        assert (result.code, result.counts) == (own.code, own.counts)
