"""Annotations: isthmus' own mark in them, and MIRIAM relations in RDF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final
from xml.etree.ElementTree import Element, fromstring

from isthmus.formats.sbml_file import NAMESPACE
from isthmus.formats.xml_text import quoted
from isthmus.formats.xml_tree import parse_document
from isthmus.model.annotation import Annotation

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_BIOLOGY: Final = "http://biomodels.net/biology-qualifiers/"
_MODEL: Final = "http://biomodels.net/model-qualifiers/"
_CLOSE: Final = "</annotation>"


def with_mark(annotation: Annotation, kept: Mapping[str, str], content: str = "") -> Annotation:
    """The annotation with isthmus' mark in front; unchanged when there is nothing to keep."""
    attributes = "".join(f" {key}={quoted(value)}" for key, value in kept.items() if value)
    if not attributes and not content:
        return annotation
    inside = f">{content}</isthmus:kept>" if content else "/>"
    return _inserted(
        annotation, f'<isthmus:kept xmlns:isthmus="{NAMESPACE}"{attributes}{inside}', at_start=True
    )


def with_is_derived_from(annotation: Annotation, resources: Iterable[str], metaid: str) -> Annotation:
    """A model's annotation that says what the model comes from (bqmodel:isDerivedFrom).

    metaid: used where it has none.
    """
    return _with_relation(annotation, _MODEL, "bqmodel", "isDerivedFrom", resources, metaid)


def with_has_part(annotation: Annotation, resources: Iterable[str], metaid: str) -> Annotation:
    """A lump's annotation that names its parts (bqbiol:hasPart); metaid: used where it has none."""
    return _with_relation(annotation, _BIOLOGY, "bqbiol", "hasPart", resources, metaid)


def resources_of(annotation: Annotation, *relations: str) -> tuple[str, ...]:
    """The URIs that an annotation names by these relations (`is`, `hasPart`, …; all if none is given)."""
    if not annotation.xml:
        return ()
    found: dict[str, None] = {}
    for description in fromstring(annotation.xml).iter(f"{{{_RDF}}}Description"):
        for relation in description:
            uri, _, name = relation.tag[1:].partition("}")
            if uri in (_BIOLOGY, _MODEL) and (not relations or name in relations):
                found.update(dict.fromkeys(_members(relation)))
    return tuple(found)


def _members(relation: Element) -> list[str]:
    return [item.get(f"{{{_RDF}}}resource", "") for item in relation.iter(f"{{{_RDF}}}li")]


def _with_relation(
    annotation: Annotation, uri: str, prefix: str, name: str, resources: Iterable[str], metaid: str
) -> Annotation:
    members = "".join(f"<rdf:li rdf:resource={quoted(resource)}/>" for resource in dict.fromkeys(resources))
    if not members:
        return annotation
    annotation = replace(annotation, metaid=annotation.metaid or metaid)
    tag = f"{prefix}:{name}"
    bag = f"<rdf:Bag>{members}</rdf:Bag>"
    relation = f'<{tag} xmlns:{prefix}="{uri}" xmlns:rdf="{_RDF}">{bag}</{tag}>'
    data = annotation.xml.encode()
    end = _description_end(data, annotation.metaid) if data else None
    if end is not None:
        return replace(annotation, xml=(data[:end] + relation.encode() + data[end:]).decode())
    about = quoted("#" + annotation.metaid)
    description = f"<rdf:Description rdf:about={about}>{relation}</rdf:Description>"
    return _inserted(annotation, f'<rdf:RDF xmlns:rdf="{_RDF}">{description}</rdf:RDF>', at_start=False)


def _description_end(data: bytes, metaid: str) -> int | None:
    """Where the contents of this element's RDF description end, None where there are none."""
    document = parse_document(data)
    places = document.places
    for element in document.root.iter(f"{{{_RDF}}}Description"):
        is_mine = element.get(f"{{{_RDF}}}about") == "#" + metaid
        if is_mine and places.end(element) > places.start(element):
            return places.end(element)
    return None


def _inserted(annotation: Annotation, element: str, *, at_start: bool) -> Annotation:
    if not annotation.xml:
        return replace(annotation, xml=f"<annotation>{element}{_CLOSE}")
    if not at_start:
        return replace(annotation, xml=annotation.xml.removesuffix(_CLOSE) + element + _CLOSE)
    opening = annotation.xml.index(">") + 1
    return replace(annotation, xml=annotation.xml[:opening] + element + annotation.xml[opening:])
