"""The reader process' side of COMBINE archives and SED-ML: one answer a verb."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any, Final

from isthmus.formats.model_changes import changed_model, target_ids
from isthmus.formats.omex import read_archive
from isthmus.formats.sedml_json import sedml_from_json, sedml_to_json
from isthmus.formats.sedml_reader import read_sedml

VERBS: Final = ("archive", "sedml", "change", "targets")


def answer_combine(verb: str, data: bytes, file: str) -> dict[str, Any]:
    """The answer to one of `VERBS`; raises `ModelError`."""
    if verb == "archive":
        archive = read_archive(data, file)
        contents = [[content.location, content.format, content.master] for content in archive.contents]
        files = {name: b64encode(content).decode() for name, content in archive.files.items()}
        return {"contents": contents, "files": files}
    if verb == "sedml":
        return {"sedml": sedml_to_json(read_sedml(data, file))}
    request = json.loads(data)
    model, document = b64decode(request["model"]), sedml_from_json(request["sedml"])
    prefixes = dict(document.prefixes)
    if verb == "targets":
        return {"ids": target_ids(model, request["targets"], prefixes, file)}
    changed = changed_model(model, document.models[0].changes, prefixes, file)
    return {"model": b64encode(changed).decode()}
