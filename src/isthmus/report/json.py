"""Results as JSON text: stable order, no token that JSON does not have, one newline at the end."""

from __future__ import annotations

import json
from typing import Any

from isthmus.errors import IsthmusError


def render_json(document: Any) -> str:
    """A document of plain objects as text; ValueError for NaN or infinity, which records write as text."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def error_as_json(error: IsthmusError) -> dict[str, Any]:
    """A refusal by name, for machines."""
    where = error.where
    place = {"file": where.file, "line": where.line, "column": where.column, "object": where.object}
    return {
        "error": {
            "code": error.code,
            "found": error.found,
            "needed": error.needed,
            "advice": error.advice,
            "where": {name: value for name, value in place.items() if value},
            "exit_code": error.exit_code,
        }
    }
