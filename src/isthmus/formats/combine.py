"""The parent's side of COMBINE archives and SED-ML: every untrusted byte is read in the reader process."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from isthmus.formats.omex import Archive, Content
from isthmus.formats.sandbox import READER
from isthmus.formats.sedml import Change, ModelSource, SedDocument
from isthmus.formats.sedml_json import sedml_from_json, sedml_to_json
from isthmus.formats.source import load


def open_archive(path: str | os.PathLike[str]) -> Archive:
    """The archive in a file; raises `ModelError` E-OMEX for what is none, or what could do harm."""
    data, name = load(os.fspath(path), needed="a COMBINE archive")
    answer = READER.ask("archive", data, name)
    contents = tuple(Content(*values) for values in answer["contents"])
    return Archive(contents, {name: b64decode(text) for name, text in answer["files"].items()})


def open_sedml(data: bytes, name: str) -> SedDocument:
    """What a SED-ML file asks for; raises `ModelError` E-SEDML."""
    return sedml_from_json(READER.ask("sedml", data, name)["sedml"])


def change_model(data: bytes, changes: Sequence[Change], prefixes: Mapping[str, str], name: str) -> bytes:
    """A model's XML after changes; raises `ModelError`."""
    if not changes:
        return data
    request = _request(data, changes, prefixes)
    return b64decode(READER.ask("change", json.dumps(request).encode(), name)["model"])


def find_targets(
    data: bytes, targets: Sequence[str], prefixes: Mapping[str, str], name: str
) -> dict[str, str]:
    """XPath → `tag id` of the element of a model that it leads to; raises `ModelError` E-SEDML-TARGET."""
    request = {**_request(data, (), prefixes), "targets": list(targets)}
    found = READER.ask("targets", json.dumps(request).encode(), name)["ids"]
    return {str(target): str(element) for target, element in found.items()}


def _request(data: bytes, changes: Sequence[Change], prefixes: Mapping[str, str]) -> dict[str, Any]:
    document = SedDocument((ModelSource("", "", "", tuple(changes)),), prefixes=tuple(prefixes.items()))
    return {"model": b64encode(data).decode(), "sedml": sedml_to_json(document)}
