"""File ↔ Model: SBML and Antimony in, SBML and Antimony out; nothing else knows either."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from isthmus.algebra.uncollected import uncollected
from isthmus.errors import ModelError, Where
from isthmus.formats.antimony_writer import antimony_text
from isthmus.formats.atomic import write_atomically
from isthmus.formats.content import Content, recognise
from isthmus.formats.differences import differences
from isthmus.formats.imported import Imported, Loss
from isthmus.formats.kept_readings import read_kept
from isthmus.formats.model_json import imported_from_json
from isthmus.formats.sandbox import READER
from isthmus.formats.sbml_places import Places
from isthmus.formats.sbml_writer import sbml_text
from isthmus.formats.source import load
from isthmus.model.model import Model

__all__ = [
    "Imported",
    "Loss",
    "Places",
    "antimony_text",
    "check_sbml",
    "differences",
    "find_places",
    "read",
    "read_bytes",
    "read_model",
    "read_with_xml",
    "sbml_text",
    "write_antimony",
    "write_sbml",
]


def read(source: str | os.PathLike[str]) -> Imported:
    """Read a model from a path, or from SBML or Antimony text, in a process of its own under limits.

    Raises `ModelError` for what is no model, `UnsupportedFeature` for what isthmus does not handle.
    """
    return read_bytes(*load(source))


def read_model(source: str | os.PathLike[str]) -> Model:
    """The model of `read`, without the list of what the file says beyond it."""
    return read(source).model


def read_with_xml(source: str | os.PathLike[str]) -> tuple[Imported, bytes]:
    """(the model, its SBML file): SBML verbatim; Antimony is written as SBML and read back from that.

    The file is read once, so both are the same bytes. Raises `ModelError` and `UnsupportedFeature` as `read`.
    """
    data, name = load(source)
    imported = read_bytes(data, name)
    if recognise(data, name) is Content.SBML:
        return imported, data
    xml = sbml_text(imported.model).encode()
    again = read_bytes(xml, "")
    model = replace(again.model, source=imported.model.source)
    return Imported(model, tuple(dict.fromkeys((*imported.losses, *again.losses)))), xml


@uncollected
def read_bytes(data: bytes, name: str) -> Imported:
    """The model in the bytes of a file of that name; raises as `read`."""
    recognise(data, name)
    imported = imported_from_json(read_kept(data, name)["imported"])
    model = replace(imported.model, source=name, sha256=hashlib.sha256(data).hexdigest())
    return replace(imported, model=model)


def find_places(source: str | os.PathLike[str]) -> Places:
    """Where the elements of an SBML source are, as `tag id` → (line, column); nothing for other formats."""
    data, name = load(source)
    if recognise(data, name) is not Content.SBML:
        return {}
    places = READER.ask("places", data, name)["places"]
    return {str(key): (int(line), int(column)) for key, (line, column) in places.items()}


def check_sbml(text: str) -> list[str]:
    """The errors that libSBML's full consistency check finds in an SBML text; none for a valid one."""
    return [str(error) for error in READER.ask("check", text.encode())["errors"]]


def write_sbml(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model as SBML Level 3 Version 2, checked by libSBML first, complete or not at all."""
    text = sbml_text(model)
    errors = check_sbml(text)
    if errors:
        found = f"a model that is no valid SBML: {'; '.join(errors[:3])}"
        raise ModelError("E-WRITE", found, where=Where(os.fspath(path)))
    _write(path, text)


def write_antimony(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model as Antimony text, complete or not at all."""
    _write(path, antimony_text(model))


def _write(path: str | os.PathLike[str], text: str) -> None:
    try:
        write_atomically(Path(path), text.encode())
    except OSError as error:
        raise ModelError(
            "E-FILE", f"cannot be written: {error.strerror}", where=Where(os.fspath(path))
        ) from None
