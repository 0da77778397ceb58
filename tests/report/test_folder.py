"""The folder of a study: complete or not at all, and never over anything else."""

import os
from pathlib import Path

import pytest

from isthmus.errors import UsageError
from isthmus.report.folder import staged_folder, write_folder
from isthmus.report.json import render_json


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def files(study):
    return {
        "study.json": render_json(study.as_json()),
        "full.xml": b"<sbml/>",
        "report.html": lambda path: path.write_text("r"),
    }


def test_bytes_text_and_functions_are_written(tmp_path, files):
    target = tmp_path / "deep" / "out"
    assert write_folder(target, files) == target
    assert tree(target) == {
        "study.json": files["study.json"].encode(),
        "full.xml": b"<sbml/>",
        "report.html": b"r",
    }
    assert os.listdir(target.parent) == ["out"]


def test_an_earlier_study_is_replaced_whole(tmp_path, files):
    target = tmp_path / "out"
    write_folder(target, {**files, "reduced.xml": "old"})
    write_folder(target, {**files, "full.xml": b"new"})
    assert set(tree(target)) == set(files)
    assert (target / "full.xml").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["out"]


def test_a_failure_leaves_what_was_there(tmp_path, files):
    target = tmp_path / "out"
    write_folder(target, files)
    before = tree(target)

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_folder(target, {**files, "trajectories.nc": fail})
    assert tree(target) == before
    assert os.listdir(tmp_path) == ["out"]


def test_a_failure_leaves_nothing_where_nothing_was(tmp_path):
    with pytest.raises(RuntimeError), staged_folder(tmp_path / "out") as folder:
        (folder / "full.xml").write_text("x")
        raise RuntimeError
    assert os.listdir(tmp_path) == []


def test_a_failing_rename_brings_the_old_folder_back(tmp_path, files, monkeypatch):
    target = tmp_path / "out"
    write_folder(target, files)
    before = tree(target)
    rename = Path.rename

    def refuse(self: Path, other: Path) -> Path:
        if self.name.endswith(".part"):
            raise OSError("no")
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="no"):
        write_folder(target, {**files, "full.xml": b"new"})
    assert tree(target) == before
    assert os.listdir(tmp_path) == ["out"]


def make_other(path: Path) -> None:
    path.mkdir()
    (path / "thesis.tex").write_text("years")


def make_look_alike(path: Path) -> None:
    path.mkdir()
    (path / "study.json").write_text('{"schema": "somebody else"}')


def make_file(path: Path) -> None:
    path.write_text("x")


def make_link(path: Path) -> None:
    (path.parent / "real").mkdir()
    path.symlink_to(path.parent / "real")


@pytest.mark.parametrize("make", [make_other, make_look_alike, make_file, make_link])
def test_anything_else_is_refused(tmp_path, files, make):
    target = tmp_path / "out"
    make(target)
    before = tree(tmp_path)
    with pytest.raises(UsageError) as refusal:
        write_folder(target, files)
    assert refusal.value.code == "E-OUT"
    assert tree(tmp_path) == before


def test_notes_beside_a_study_are_not_lost(tmp_path, files):
    target = tmp_path / "out"
    write_folder(target, files)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes\.txt"):
        write_folder(target, files)
    assert (target / "notes.txt").read_text() == "mine"


def test_the_current_folder_is_refused(tmp_path, files, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for target in (".", "..", tmp_path):
        with pytest.raises(UsageError, match="current folder"):
            write_folder(target, files)


def test_an_empty_folder_is_taken(tmp_path, files):
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out", files)
    assert set(tree(tmp_path / "out")) == set(files)


def test_a_file_that_is_no_part_of_a_study_is_a_mistake(tmp_path):
    with pytest.raises(ValueError, match=r"virus\.exe"):
        write_folder(tmp_path / "out", {"virus.exe": b""})
