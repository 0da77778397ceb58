"""SedDocument ↔ JSON: plain data for another process, formulas as positions in one graph."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, Final, get_args, get_origin, get_type_hints

from isthmus.algebra.expression import Expression
from isthmus.algebra.flat_graph import Row, flatten_graph, unflatten_graph
from isthmus.formats.sedml import SedDocument

Json = dict[str, Any]


def sedml_to_json(document: SedDocument) -> Json:
    """The document as what `json` can write; `sedml_from_json` gives an equal one back."""
    roots: list[Expression] = []
    data = _encode(document, roots)
    rows, positions = flatten_graph(roots)
    return {"document": data, "graph": rows, "roots": positions}


def sedml_from_json(data: Json) -> SedDocument:
    """The document that `sedml_to_json` wrote."""
    rows: list[Row] = [(op, value, tuple(args)) for op, value, args in data["graph"]]
    document = _decode(SedDocument, data["document"], unflatten_graph(rows, data["roots"]))
    assert isinstance(document, SedDocument)
    return document


def _encode(value: object, roots: list[Expression]) -> Any:
    if isinstance(value, Expression):
        roots.append(value)
        return len(roots) - 1
    if isinstance(value, tuple):
        return [_encode(item, roots) for item in value]
    if is_dataclass(value):
        return {field.name: _encode(getattr(value, field.name), roots) for field in fields(value)}
    return value


def _decode(kind: Any, data: Any, formulas: list[Expression]) -> Any:
    if get_origin(kind) is tuple:
        members = get_args(kind)
        repeated = members[0] if members[-1] is Ellipsis else None
        kinds = members if repeated is None else (repeated,) * len(data)
        return tuple(_decode(each, item, formulas) for each, item in zip(kinds, data, strict=True))
    if kind in _FORMULAS:
        return None if data is None else formulas[data]
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _decode(hints[name], value, formulas) for name, value in data.items()})
    return data


_FORMULAS: Final = (Expression, Expression | None)
