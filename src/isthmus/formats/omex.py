"""COMBINE archives (OMEX): a zip of models and of what to do with them, read without writing anything.

What comes out are bytes by name; nothing of an archive ever becomes a path on this machine.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from isthmus.errors import ModelError, Where
from isthmus.formats.prescan import prescan
from isthmus.formats.xml_tree import children, parse_document

MOST_ENTRIES: Final = 1000
LARGEST_ENTRY: Final = 100_000_000
LARGEST_ARCHIVE: Final = 500_000_000
# Text of models shrinks to a tenth, rarely to a hundredth; deflate can reach 1 : 1032.
MOST_EXPANSION: Final = 200
_SMALL: Final = 1_000_000
_LONGEST_NAME: Final = 1024
_MANIFEST: Final = "manifest.xml"
_SEDML: Final = "sed-ml"
_SBML: Final = "sbml"


@dataclass(frozen=True, slots=True)
class Content:
    """One line of the manifest: where, what (the tail of its format's URI), whether it is where to start."""

    location: str
    format: str
    master: bool = False

    @property
    def is_sedml(self) -> bool:
        """Whether it says what to simulate."""
        return self.format.startswith(_SEDML)


@dataclass(frozen=True, slots=True)
class Archive:
    """The manifest, and the bytes of everything that can be a model or says what to do with one."""

    contents: tuple[Content, ...]
    files: dict[str, bytes]

    @property
    def starts(self) -> tuple[Content, ...]:
        """The SED-ML files to run: the master where one is named, else all."""
        found = tuple(content for content in self.contents if content.is_sedml)
        return tuple(content for content in found if content.master) or found


def read_archive(data: bytes, file: str = "") -> Archive:
    """The archive in these bytes.

    Raises `ModelError` E-OMEX for what is no archive, and for one with names that lead out of it, links,
    encryption, or contents that are larger than any model.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = _checked(archive.infolist(), file)
            if _MANIFEST not in entries:
                raise _refusal("an archive without a manifest.xml", file, "a COMBINE archive")
            manifest = read_manifest(_bytes_of(archive, entries[_MANIFEST], file), f"{file}/{_MANIFEST}")
            wanted = [name for name in entries if _may_be_used(name, manifest)]
            used = sum(entries[name].file_size for name in wanted)
            if used > LARGEST_ENTRY:
                raise _refusal(f"{used:,} bytes of models", file, f"at most {LARGEST_ENTRY:,}")
            files = {name: _bytes_of(archive, entries[name], file) for name in wanted}
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, OSError) as error:
        raise _refusal(f"no archive that can be read: {error}", file, "a COMBINE archive (zip)") from None
    except (UnicodeError, ValueError, RuntimeError) as error:
        raise _refusal(f"a damaged archive: {error}", file, "a COMBINE archive (zip)") from None
    missing = [content.location for content in manifest if content.is_sedml and content.location not in files]
    if missing:
        raise _refusal(f"a manifest that names {missing[0]!r}", file, "a file of that name in the archive")
    return Archive(manifest, files)


def read_manifest(data: bytes, file: str) -> tuple[Content, ...]:
    """The contents that a manifest lists, itself and the archive left out."""
    prescan(data, file, "omexManifest")
    found = []
    for element in children(parse_document(data, file).root, "content"):
        location = element.get("location", "").removeprefix("./")
        if location in ("", ".", _MANIFEST):
            continue
        kind = element.get("format", "").lower().rpartition("/")[2]
        # Older archives end the URI with the version: …/sbml.level-2.version-4.
        found.append(Content(safe_name(location, file), kind, element.get("master", "") in ("true", "1")))
    return tuple(found)


def safe_name(name: str, file: str) -> str:
    """The name of an entry; E-OMEX for one that could lead out of the archive."""
    parts = name.split("/")
    is_absolute = name.startswith(("/", "~")) or ":" in parts[0]
    if is_absolute or "\\" in name or ".." in parts or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise _refusal(f"the entry {name[:80]!r}", file, "names that stay inside the archive")
    return name


def _checked(entries: list[zipfile.ZipInfo], file: str) -> dict[str, zipfile.ZipInfo]:
    if len(entries) > MOST_ENTRIES:
        raise _refusal(f"{len(entries):,} entries", file, f"at most {MOST_ENTRIES:,}")
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for entry in entries:
        # zipfile cuts names at a NUL byte; what was written is kept beside.
        name = safe_name(entry.orig_filename, file)
        if entry.is_dir():
            continue
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise _refusal(f"the entry {name!r}, which is a link or a device", file, "plain files")
        if entry.flag_bits & 0x1:
            raise _refusal(f"the entry {name!r}, which is encrypted", file, "plain files")
        if name in found:
            raise _refusal(f"two entries called {name!r}", file, "one of each name")
        total += entry.file_size
        expansion = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > LARGEST_ENTRY or total > LARGEST_ARCHIVE:
            raise _refusal(
                f"the entry {name!r} of {entry.file_size:,} bytes", file, "models of ordinary size"
            )
        if entry.file_size > _SMALL and expansion > MOST_EXPANSION:
            raise _refusal(
                f"the entry {name!r}, which grows {expansion:.0f} times",
                file,
                f"at most {MOST_EXPANSION} times",
            )
        found[name] = entry
    return found


def _bytes_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str) -> bytes:
    with archive.open(entry) as stream:
        data = stream.read(LARGEST_ENTRY + 1)
    if len(data) != entry.file_size:
        raise _refusal(f"the entry {entry.filename!r}, which is not as long as it says", file, "a whole file")
    return data


def _may_be_used(name: str, manifest: tuple[Content, ...]) -> bool:
    kinds = {content.location: content.format for content in manifest}
    return kinds.get(name, "").startswith((_SEDML, _SBML)) or name.endswith((".sedml", ".xml", ".sbml"))


def _refusal(found: str, file: str, needed: str) -> ModelError:
    return ModelError("E-OMEX", found, needed=needed, where=Where(file))
