"""What of a model another format does not keep, told by comparing the model with what was read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

from isthmus.formats.imported import Loss
from isthmus.model.annotation import Annotation
from isthmus.model.declared_units import DeclaredUnits
from isthmus.model.model import Model
from isthmus.model.unit_algebra import Unit

_KEYS: Final = {
    "compartments": "id",
    "species": "id",
    "parameters": "id",
    "reactions": "id",
    "assignments": "variable",
    "rates": "variable",
    "initial_assignments": "variable",
    "events": "id",
}
_WORDS: Final = {
    "assignments": "assignment rules",
    "rates": "rate rules",
    "initial_assignments": "initial assignments",
}
_LOST: Final = {
    "annotation": "annotation, notes or SBO term not kept as they were",
    "name": "name not kept",
    "local_to": "no longer local to a reaction",
    "local_id": "id in its reaction not kept",
    "unit": "unit not kept",
    "modifiers": "modifiers not kept as they were",
    "initial_is_amount": "initial value said the other way (amount or concentration)",
}


def differences(before: Model, after: Model) -> tuple[Loss, ...]:
    """What `after` has lost of `before`, counted by kind of element; nothing for equal models.

    Units are compared by what they mean and not by their names.
    """
    found: list[Loss] = []
    for collection, key in _KEYS.items():
        one, other = _by(getattr(before, collection), key), _by(getattr(after, collection), key)
        word = _WORDS.get(collection, collection)
        missing = sorted(one.keys() - other.keys())
        if missing:
            found.append(Loss(word, f"not there under the same id: {_named(missing)}"))
        extra = sorted(other.keys() - one.keys())
        if extra:
            found.append(Loss(word, f"new: {_named(extra)}"))
        counts = Counter(
            what for name in one.keys() & other.keys() for what in _changes(one[name], other[name])
        )
        found += [Loss(f"{count} {word}", what) for what, count in sorted(counts.items())]
    found += _units(before, after)
    found += [Loss("model", what) for what in _changes_of_model(before, after)]
    return tuple(found)


def _by(members: Sequence[Any], key: str) -> dict[str, Any]:
    return {str(getattr(member, key)): member for member in members}


def _named(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _changes(one: Any, other: Any) -> Iterator[str]:
    for field in fields(one):
        if field.name == "unit":
            continue
        before, after = getattr(one, field.name), getattr(other, field.name)
        if field.name == "name" and before in ("", getattr(one, "id", "")):
            continue
        if isinstance(before, Annotation) and _says_nothing(before):
            continue
        # A missing number is NaN in a file, which is equal to nothing.
        if before != after and not (before != before and after != after):
            yield _LOST.get(field.name, f"{field.name.replace('_', ' ')} written another way")


def _says_nothing(annotation: Annotation) -> bool:
    return not (annotation.sbo or annotation.notes or annotation.xml)


def _units(before: Model, after: Model) -> list[Loss]:
    if _unit_names(before) == _unit_names(after):
        return []
    one, other = DeclaredUnits(before).by_id, DeclaredUnits(after).by_id
    lost = [name for name in one.keys() & other.keys() if not _mean_the_same(one[name], other[name])]
    return [Loss(f"{len(lost)} quantities", f"another unit or none: {_named(sorted(lost))}")] if lost else []


def _unit_names(model: Model) -> tuple[object, ...]:
    units = {compartment.id: compartment.unit for compartment in model.compartments}
    units |= {species.id: species.unit for species in model.species}
    units |= {parameter.id: parameter.unit for parameter in model.parameters}
    return model.units, model.unit_definitions, units


def _mean_the_same(one: Unit | None, other: Unit | None) -> bool:
    return one is other is None if one is None or other is None else one.is_same_as(other)


def _changes_of_model(before: Model, after: Model) -> Iterator[str]:
    if before.name != after.name and before.name not in ("", before.id):
        yield _LOST["name"]
    if before.annotation != after.annotation and not _says_nothing(before.annotation):
        yield _LOST["annotation"]
    if before.constraints != after.constraints:
        yield "algebraic rules written another way"
