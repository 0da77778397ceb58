"""The reader process may die, hang or starve: its parent lives, says so, and goes on with a new one."""

import os
import signal
import threading
import time

import pytest

from isthmus.errors import ModelError
from isthmus.formats.sandbox import Reader

TEXT = b"A -> B; k*A; k = 1; A = 2; B = 0"


@pytest.fixture
def reader():
    made = Reader()
    yield made
    made.close()


def process_of(reader: Reader) -> int:
    assert reader._process is not None
    return reader._process.pid


def test_one_process_reads_many_files(reader: Reader) -> None:
    reader.ask("read", TEXT)
    first = process_of(reader)
    reader.ask("read", TEXT)
    assert process_of(reader) == first


def test_a_warm_process_is_the_one_that_reads(reader: Reader) -> None:
    reader.warm(("libsbml",))
    first = process_of(reader)
    reader.warm()
    assert "imported" in reader.ask("read", TEXT)
    assert process_of(reader) == first


def test_a_warm_process_without_its_library_is_replaced(reader: Reader) -> None:
    reader.warm(("no_such_library",))
    first = process_of(reader)
    with pytest.raises(ModelError, match="E-READER-CRASH"):
        reader.ask("read", TEXT)
    assert "imported" in reader.ask("read", TEXT)
    assert process_of(reader) != first


def test_a_process_that_died_between_two_files_is_replaced(reader: Reader) -> None:
    reader.ask("read", TEXT)
    first = process_of(reader)
    os.kill(first, signal.SIGKILL)
    assert "imported" in reader.ask("read", TEXT)
    assert process_of(reader) != first


def test_a_crash_while_reading_is_a_model_error(reader: Reader) -> None:
    pid = reader._running().pid
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (pid, signal.SIGSEGV)).start()
    threading.Timer(0.4, os.kill, (pid, signal.SIGCONT)).start()
    with pytest.raises(ModelError, match="signal 11") as caught:
        reader.ask("read", TEXT, "m.ant")
    assert caught.value.code == "E-READER-CRASH" and caught.value.where.file == "m.ant"
    assert "imported" in reader.ask("read", TEXT)


def test_a_process_that_hangs_is_ended(reader: Reader) -> None:
    reader.ask("read", TEXT)
    pid = process_of(reader)
    os.kill(pid, signal.SIGSTOP)
    reader.seconds = 0.3
    start = time.monotonic()
    with pytest.raises(ModelError, match="E-READER-TIMEOUT"):
        reader.ask("read", TEXT)
    assert time.monotonic() - start < 5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_too_little_memory_is_a_model_error() -> None:
    starved = Reader(memory=60 * 1024**2)
    with pytest.raises(ModelError, match=r"E-READER-CRASH|E-TOO-LARGE"):
        starved.ask("read", TEXT)
    starved.close()


def test_the_process_sees_no_libraries_of_the_working_folder(tmp_path, monkeypatch, reader: Reader) -> None:
    (tmp_path / "libsbml.py").write_text("raise SystemExit('taken over')")
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    assert "imported" in reader.ask("read", TEXT)


def test_a_forked_child_has_a_process_of_its_own(reader: Reader) -> None:
    reader.ask("read", TEXT)
    pid = os.fork()
    if pid == 0:
        answered = "imported" in reader.ask("read", TEXT)
        reader.close()
        os._exit(0 if answered else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert "imported" in reader.ask("read", TEXT)
