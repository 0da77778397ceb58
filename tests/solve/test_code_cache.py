"""The cache of compiled drivers: owner-only, and never more than a loss of time."""

import os
import subprocess
import sys

import pytest

from isthmus.solve.code_cache import cache_directory, usable_directory
from isthmus.solve.compiled import compiled


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
    monkeypatch.setattr(again, "_compiler", None)
    assert again(4) == 8


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_damaged_file_is_compiled_anew(home, damage):
    make_function()(1)
    (file,) = (home / "isthmus").glob("twice-*.code")
    whole = file.read_bytes()
    file.write_bytes(whole[:-20] if damage is None else damage)
    assert make_function()(21) == 42
    assert len(file.read_bytes()) == len(whole)


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


def test_relative_cache_home_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere/relative")
    assert cache_directory().is_absolute()


def test_import_is_light():
    heavy = ("numba", "scipy", "llvmlite")
    code = f"import sys, isthmus.solve; sys.exit(sum(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
