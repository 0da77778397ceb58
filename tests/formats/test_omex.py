"""COMBINE archives: what is in them, and every way in which one could do harm."""

import stat
import struct
import zipfile
from pathlib import Path
from random import Random

import pytest
from tests.formats.combine_archives import MANIFEST, archive, manifest

from isthmus.errors import ModelError
from isthmus.formats import omex
from isthmus.formats.combine import open_archive
from isthmus.formats.omex import MOST_ENTRIES, read_archive


def refusal(data: bytes) -> str:
    with pytest.raises(ModelError) as caught:
        read_archive(data, "x.omex")
    assert caught.value.where.file.startswith("x.omex")
    return str(caught.value)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_an_archive_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.omex"
    path.write_bytes(archive({"figure.png": b"\x89PNG"}))
    found = open_archive(path)
    assert [start.location for start in found.starts] == ["run.sedml"]
    assert found.files["model.xml"].startswith(b"<?xml") and "figure.png" not in found.files
    assert [content.format for content in found.contents] == ["sbml.level-3.version-1", "sed-ml"]
    assert list(tmp_path.iterdir()) == [path], "nothing is unpacked"


def test_without_a_master_every_sedml_file_is_a_start() -> None:
    lines = manifest(("run.sedml", "sed-ml", False), ("more/b.sedml", "sed-ml.level-1.version-3", False))
    found = read_archive(archive({"manifest.xml": lines, "more/b.sedml": "<sedML/>"}))
    assert [start.location for start in found.starts] == ["run.sedml", "more/b.sedml"]


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.txt",
        "/etc/passwd",
        "a/../../b",
        "..\\evil",
        "C:/evil",
        "~/evil",
        "a\x00b",
        "a\nb",
        "x" * 2000,
    ],
)
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    """Zip-slip: libcombine wrote such entries outside of the folder."""
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    data = (
        archive(extra=[info])
        if "\x00" not in name
        else archive(extra=[zipfile.ZipInfo("a_b")]).replace(b"a_b", b"a\x00b")
    )
    assert "E-OMEX" in refusal(data)


def test_a_name_of_the_manifest_that_leads_out_is_refused() -> None:
    lines = manifest(("../../run.sedml", "sed-ml", True))
    assert "'../../run.sedml'" in refusal(archive({"manifest.xml": lines}))


def test_a_link_is_refused() -> None:
    assert "a link or a device" in refusal(archive(extra=[link("model2.xml")]))


def test_two_entries_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = archive(extra=[zipfile.ZipInfo("model.xml")])
    assert "two entries called 'model.xml'" in refusal(data)


def test_too_many_entries_are_refused() -> None:
    assert f"at most {MOST_ENTRIES:,}" in refusal(archive({f"f{i}": b"" for i in range(MOST_ENTRIES)}))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """20 MB of zeros shrink a thousandfold; no model does."""
    assert "grows" in refusal(archive({"big.xml": b"\0" * 20_000_000}))


def test_a_size_that_is_a_lie_is_refused() -> None:
    """The directory says 4 GB although the entry is small."""
    data = bytearray(archive())
    start = data.index(b"PK\x01\x02")
    data[start + 24 : start + 28] = struct.pack("<I", 0xFFFFFFF0)
    assert "of 4,294,967,280 bytes" in refusal(bytes(data))


def test_many_large_models_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five models of a quarter of the limit each, none of which is refused alone."""
    monkeypatch.setattr(omex, "LARGEST_ENTRY", 100_000)
    noise = Random(1).randbytes(25_000)
    assert "bytes of models" in refusal(archive({f"{i}.xml": noise for i in range(5)}))


def test_an_encrypted_entry_is_refused() -> None:
    data = bytearray(archive())
    start = data.index(b"PK\x01\x02")
    data[start + 8] |= 1
    assert "encrypted" in refusal(bytes(data))


@pytest.mark.parametrize("position", range(0, 600, 37))
def test_a_damaged_archive_is_refused_or_read(position: int) -> None:
    """A flipped byte gives a refusal or an archive, never another exception."""
    data = bytearray(archive())
    data[position % len(data)] ^= 0xFF
    try:
        read_archive(bytes(data), "x.omex")
    except ModelError as error:
        assert error.code in ("E-OMEX", "E-XML", "E-XML-ROOT", "E-ENCODING", "E-TOO-DEEP", "E-DTD")


def test_what_is_no_archive_is_refused() -> None:
    assert "no archive" in refusal(b"<sbml/>")
    assert "no archive" in refusal(archive()[:200])


def test_an_archive_without_a_manifest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("a.txt", "a")
    with pytest.raises(ModelError, match=r"without a manifest\.xml"):
        open_archive(path)


def test_a_manifest_with_an_entity_is_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]>' + MANIFEST
    assert "E-DTD" in refusal(archive({"manifest.xml": bomb}))


def test_a_sedml_file_that_is_not_there_is_refused() -> None:
    assert "'gone.sedml'" in refusal(archive({"manifest.xml": manifest(("gone.sedml", "sed-ml", True))}))
