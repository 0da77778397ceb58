"""The store of machine code: owner-only, bounded, and never more than a loss of time."""

import os
import subprocess
import sys
import time

import pytest

from isthmus.algebra.code_store import cache_directory, evict, fetch, keep, name_of, usable_directory
from isthmus.algebra.expression import symbol
from isthmus.algebra.llvm import Routine, emit_module
from isthmus.algebra.machine_code import _emit_object, compile_ir, load_object

TEXT = emit_module([Routine("f", [symbol("x") * symbol("x")])], {"x": ("x", 0)})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("ISTHMUS_CODE_CACHE", raising=False)
    return tmp_path / "isthmus"


def test_kept_and_found_again(folder):
    keep(name_of("a", "b"), b"content")
    assert fetch(name_of("a", "b")) == b"content"
    assert fetch(name_of("a", "c")) is None
    assert os.stat(folder).st_mode & 0o077 == 0


def test_parts_of_a_name_do_not_run_together():
    assert name_of("a", "bc", "d") != name_of("a", "b", "cd")


@pytest.mark.parametrize("damage", [lambda c: b"", lambda c: c[:-1], lambda c: c[:-1] + b"!"])
def test_damaged_kernel_is_a_miss_and_is_replaced(folder, damage):
    compile_ir(TEXT, ["f"])
    (file,) = folder.glob("kernels-*")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert fetch(file.name) is None
    compile_ir(TEXT, ["f"])
    assert file.read_bytes() == whole


def test_kernel_is_compiled_once(folder, monkeypatch):
    compile_ir(TEXT, ["f"])
    monkeypatch.setattr("isthmus.algebra.machine_code._emit_object", lambda *_: pytest.fail("compiled again"))
    compile_ir(TEXT, ["f"])


def test_levels_and_texts_are_told_apart(folder):
    compile_ir(TEXT, ["f"], 0)
    compile_ir(TEXT, ["f"], 1)
    compile_ir(TEXT + "\n", ["f"], 1)
    assert len(list(folder.glob("kernels-*"))) == 3


def test_function_that_is_not_there(folder):
    with pytest.raises(KeyError):
        load_object(_emit_object(TEXT, 0), ["g"])


def test_off_means_off(folder, monkeypatch):
    monkeypatch.setenv("ISTHMUS_CODE_CACHE", "off")
    compile_ir(TEXT, ["f"])
    assert not folder.exists()


def test_unwritable_place_only_costs_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    keep("name", b"content")
    assert usable_directory() is None and fetch("name") is None
    assert compile_ir(TEXT, ["f"]).addresses["f"]


def test_least_recently_used_go_first(folder):
    for age, name in enumerate(["newest", "newer", "old", "oldest"]):
        keep(name_of(name), b"x" * 100)
        os.utime(folder / name_of(name), (time.time() - 10 * age,) * 2)
    (folder / "foreign.txt").write_text("not ours")
    evict(folder, 2 * 132)
    assert sorted(path.name.partition("-")[0] for path in folder.iterdir()) == [
        "foreign.txt",
        "newer",
        "newest",
    ]


def test_what_a_crash_left_is_removed(folder):
    keep(name_of("a"), b"x")
    left, fresh = folder / "b.writing", folder / "c.writing"
    for path in (left, fresh):
        path.write_bytes(b"half")
    os.utime(left, (time.time() - 2 * 86400,) * 2)
    evict(folder)
    assert not left.exists() and fresh.exists()


def test_several_processes_write_at_once(folder):
    program = (
        "from isthmus.algebra.code_store import keep, fetch\n"
        "for i in range(40):\n"
        "    keep('same', b'x' * 50000)\n"
        "    assert fetch('same') == b'x' * 50000\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert [path.name for path in folder.iterdir()] == ["same"]


def test_relative_cache_home_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere/relative")
    assert cache_directory().is_absolute()
