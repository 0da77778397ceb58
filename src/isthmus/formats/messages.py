"""What the reader process and its parent say to each other: length-prefixed JSON, refusals included."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, Final

from isthmus.errors import ModelError, UnsupportedFeature, Where

_LENGTH_BYTES: Final = 8
_REFUSALS: Final[dict[str, type[ModelError]]] = {
    "ModelError": ModelError,
    "UnsupportedFeature": UnsupportedFeature,
}


def frame(message: dict[str, Any]) -> bytes:
    """The bytes of one message."""
    payload = json.dumps(message).encode()
    return len(payload).to_bytes(_LENGTH_BYTES, "big") + payload


def read_message(stream: BinaryIO) -> dict[str, Any] | None:
    """The next message, None at the end of the stream."""
    prefix = stream.read(_LENGTH_BYTES)
    if len(prefix) < _LENGTH_BYTES:
        return None
    payload = stream.read(int.from_bytes(prefix, "big"))
    message = json.loads(payload)
    assert isinstance(message, dict)
    return message


def refusal_to_json(error: ModelError) -> dict[str, Any]:
    """A refusal as plain data."""
    where = error.where
    return {
        "kind": "UnsupportedFeature" if isinstance(error, UnsupportedFeature) else "ModelError",
        "code": error.code,
        "found": error.found,
        "needed": error.needed,
        "advice": error.advice,
        "where": [where.file, where.line, where.column, where.object],
    }


def refusal_from_json(data: dict[str, Any]) -> ModelError:
    """The refusal that `refusal_to_json` wrote."""
    kind = _REFUSALS[data["kind"]]
    return kind(
        data["code"], data["found"], needed=data["needed"], advice=data["advice"], where=Where(*data["where"])
    )
