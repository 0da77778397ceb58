"""A file that was read before is not parsed again, and nothing but what was read is kept."""

import pytest

from isthmus.errors import ModelError
from isthmus.formats import read_bytes
from isthmus.formats.kept_readings import LABEL, is_kept
from isthmus.formats.sandbox import READER

TEXT = b"A -> B; k*A; k = 1; A = 2; B = 0; f := A + B"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("ISTHMUS_CODE_CACHE", raising=False)
    return tmp_path / "isthmus"


@pytest.fixture
def asked(monkeypatch):
    """The names of the files that the reader process was asked to read."""
    names = []
    ask = READER.ask_verbatim

    def count(verb, data, file=""):
        names.append(file)
        return ask(verb, data, file)

    monkeypatch.setattr(READER, "ask_verbatim", count)
    return names


def test_the_same_bytes_are_read_once(asked) -> None:
    first, second = read_bytes(TEXT, "a.ant"), read_bytes(TEXT, "a.ant")
    assert asked == ["a.ant"]
    assert first == second
    assert first.model.reactions[0].rate is second.model.reactions[0].rate


def test_other_bytes_and_other_names_are_read_anew(asked) -> None:
    read_bytes(TEXT, "a.ant")
    read_bytes(TEXT + b" ", "a.ant")
    assert read_bytes(TEXT, "b.ant").model.source == "b.ant"
    assert asked == ["a.ant", "a.ant", "b.ant"]


def test_another_reader_reads_anew(asked, monkeypatch) -> None:
    read_bytes(TEXT, "a.ant")
    monkeypatch.setattr("isthmus.formats.kept_readings._origin", lambda: b"another version")
    read_bytes(TEXT, "a.ant")
    assert len(asked) == 2


def test_a_refusal_is_not_kept(asked, cache) -> None:
    for _ in range(2):
        with pytest.raises(ModelError, match="E-"):
            read_bytes(b"A -> ; nothing_known*A; A = 1", "a.ant")
    assert len(asked) == 2
    assert not list(cache.glob(f"{LABEL}-*"))


def test_a_damaged_reading_is_replaced(asked, cache) -> None:
    first = read_bytes(TEXT, "a.ant")
    (kept,) = cache.glob(f"{LABEL}-*")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-1] + b"?")
    assert read_bytes(TEXT, "a.ant") == first
    assert kept.read_bytes() == whole
    assert len(asked) == 2


def test_whether_a_file_has_been_read_is_known_without_reading_it(asked, tmp_path) -> None:
    path = tmp_path / "a.ant"
    assert not is_kept(str(path))
    path.write_bytes(TEXT)
    assert not is_kept(str(path))
    read_bytes(TEXT, str(path))
    assert is_kept(str(path))
    path.write_bytes(TEXT + b" ")
    assert not is_kept(str(path))
    assert asked == [str(path)]


def test_the_cache_can_be_turned_off(asked, cache, monkeypatch) -> None:
    monkeypatch.setenv("ISTHMUS_CODE_CACHE", "off")
    read_bytes(TEXT, "a.ant")
    read_bytes(TEXT, "a.ant")
    assert len(asked) == 2
    assert not cache.exists()
