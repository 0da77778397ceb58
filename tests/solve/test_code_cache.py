"""The cache of compiled drivers: owner-only, and never more than a loss of time."""

import os
import subprocess
import sys

import pytest

from isthmus.algebra.code_store import usable_directory
from isthmus.solve.compiled import compiled, entry


def make_function():
    # A new dispatcher each time, as a new process would have.
    def twice(number):
        return 2 * number

    return compiled(twice)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_kept_and_found_again(home, monkeypatch):
    assert make_function()(21) == 42
    files = list((home / "isthmus").glob("twice-*.code"))
    assert len(files) == 1
    assert os.stat(home / "isthmus").st_mode & 0o077 == 0
    again = make_function()
    monkeypatch.setattr(again.made, "_compiler", None)
    assert again(4) == 8


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_damaged_file_is_compiled_anew(home, monkeypatch, damage):
    make_function()(1)
    (file,) = (home / "isthmus").glob("twice-*.code")
    damaged = file.read_bytes()[:-20] if damage is None else damage
    file.write_bytes(damaged)
    assert make_function()(21) == 42
    assert file.read_bytes() != damaged
    # The new file need not be the old one byte for byte: it has to be one that is loaded.
    again = make_function()
    monkeypatch.setattr(again.made, "_compiler", None)
    assert again(4) == 8


def test_unwritable_place_only_costs_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert usable_directory() is None
    assert make_function()(21) == 42


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_folder_that_others_can_write_is_not_trusted(home):
    make_function()(1)
    (home / "isthmus").chmod(0o777)
    (file,) = (home / "isthmus").glob("twice-*.code")
    file.write_bytes(b"planted")
    assert usable_directory() is None
    assert make_function()(21) == 42
    assert file.read_bytes() == b"planted"


def make_entry():
    def divided(count: int, share: float, place: int) -> tuple[int, float]:
        return count // 2 + place, share / count

    return entry(divided)


def refuse(*_):
    raise AssertionError("compiled again")


def test_entry_is_kept_and_loaded_without_a_compiler(home, monkeypatch):
    assert make_entry()(7, 3.5, -10) == (-7, 0.5)
    (file,) = (home / "isthmus").glob("divided-*.code")
    again = make_entry()
    monkeypatch.setattr(again, "_make", refuse)
    assert again(9, 4.5, 1) == (5, 0.5)
    file.write_bytes(file.read_bytes()[:-1])
    damaged = make_entry()
    monkeypatch.setattr(damaged, "_make", refuse)
    with pytest.raises(AssertionError, match="compiled again"):
        damaged(9, 4.5, 1)


@pytest.mark.parametrize(
    ("annotation", "value", "result"),
    [("int", 3, 3), ("float", 3, 3.0), ("bool", 3, True), ("None", 3, None)],
)
def test_entry_returns_what_its_annotation_says(home, annotation, value, result):
    def given(number):
        return number

    def nothing(number):
        return None

    function = nothing if annotation == "None" else given
    function.__annotations__ = {"number": "int", "return": annotation}
    made, loaded = entry(function)(value), entry(function)(value)
    assert made == result and loaded == result
    assert type(made) is type(result) and type(loaded) is type(result)


def test_entry_refuses_arrays():
    def total(values: list) -> float:
        return values[0]

    with pytest.raises(TypeError, match="only numbers"):
        entry(total)


def test_integration_that_is_kept_runs_without_numba(home):
    program = (
        "import sys, numpy as np\n"
        "from isthmus.dynamics.system import SparseMatrix, System\n"
        "from isthmus.algebra.expression import symbol, mul, number\n"
        "from isthmus.dynamics.kernel import compile_kernels\n"
        "from isthmus.solve.ndf import solve_ndf\n"
        "k = compile_kernels({'v': [symbol('x')], 'j': [number(1)]}, {'x': ('x', 0)})\n"
        "one = np.array([0], dtype=np.int32)\n"
        "s = System(1, 1, k['v'].address, k['j'].address, np.array([0, 1], dtype=np.int32), one,"
        " SparseMatrix.from_dense([[-1.0]]))\n"
        "print(repr(solve_ndf(s, 0.0, 1.0, [1.0], [], 1e-8, 1e-10).x[-1, 0]), 'numba' in sys.modules)\n"
    )
    answers = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    (first, had), (second, has) = (answer.split() for answer in answers)
    assert (had, has) == ("True", "False")
    assert first == second


def test_import_is_light():
    heavy = ("numba", "scipy", "llvmlite")
    code = f"import sys, isthmus.solve; sys.exit(sum(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
