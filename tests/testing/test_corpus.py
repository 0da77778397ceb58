"""A corpus is a folder or an archive; what is no corpus is refused."""

import tarfile

import pytest

from isthmus.errors import UsageError
from isthmus.testing.corpus import find_entries, opened


def test_models_and_their_references_are_found(corpus):
    entries = find_entries(corpus)
    assert [entry.name for entry in entries] == ["decay", "late"]
    assert [entry.reference is not None for entry in entries] == [True, True]


def test_names_and_limit_choose(corpus):
    assert [entry.name for entry in find_entries(corpus, ["late"])] == ["late"]
    assert [entry.name for entry in find_entries(corpus, limit=1)] == ["decay"]


def test_an_archive_is_unpacked_and_taken_away(corpus, tmp_path):
    path = tmp_path / "corpus.tar.xz"
    with tarfile.open(path, "w:xz") as archive:
        archive.add(corpus, "corpus")
    with opened(path) as folder:
        entries = find_entries(folder)
        assert [entry.name for entry in entries] == ["decay", "late"]
    assert not entries[0].path.exists()


def test_a_missing_model_is_named(corpus):
    with pytest.raises(UsageError, match="absent"):
        find_entries(corpus, ["decay", "absent"])


def test_what_is_no_archive_is_refused(corpus):
    with pytest.raises(UsageError, match="is no corpus"), opened(corpus / "decay.ant"):
        pass
