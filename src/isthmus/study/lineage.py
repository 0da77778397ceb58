"""Where a reduced model and its lumps come from, in the annotations that others read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from isthmus.formats.annotations import resources_of, with_has_part, with_is_derived_from
from isthmus.model.annotation import Annotation
from isthmus.model.model import Model

_IDENTITY = ("is", "isVersionOf")


def with_lineage(reduced: Model, full: Model, lumps: Mapping[str, tuple[str, ...]]) -> Model:
    """The reduced model with `isDerivedFrom` on itself and `hasPart` on lumps whose members carry terms."""
    sources = resources_of(full.annotation, "is", "isDerivedFrom")
    annotation = reduced.annotation
    if sources:
        annotation = with_is_derived_from(annotation, sources, annotation.metaid or f"meta_{reduced.id}")
    species, parameters = [], []
    for entry in reduced.species:
        parts = _terms(full, lumps.get(entry.id, ()))
        species.append(replace(entry, annotation=_with_parts(entry.annotation, parts, entry.id)))
    for parameter in reduced.parameters:
        parts = _terms(full, lumps.get(parameter.id, ()))
        parameters.append(
            replace(parameter, annotation=_with_parts(parameter.annotation, parts, parameter.id))
        )
    return replace(reduced, annotation=annotation, species=tuple(species), parameters=tuple(parameters))


def _terms(full: Model, members: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for member in members:
        species = full.species_by_id.get(member)
        if species is not None:
            found.extend(resources_of(species.annotation, *_IDENTITY))
    return tuple(dict.fromkeys(found))


def _with_parts(annotation: Annotation, parts: tuple[str, ...], identifier: str) -> Annotation:
    if not parts:
        return annotation
    return with_has_part(annotation, parts, annotation.metaid or f"meta_{identifier}")
