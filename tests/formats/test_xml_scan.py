"""One pass gives the tree that two give, and refuses what they refuse."""

import pytest

from isthmus.errors import ModelError
from isthmus.formats.prescan import prescan
from isthmus.formats.xml_scan import scan_document
from isthmus.formats.xml_tree import Document, local_name, parse_document

OWN = "{urn:own}"
MATH = "http://www.w3.org/1998/Math/MathML"
NOTED = f"""<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="urn:x" xmlns:p="urn:p"><model a="1" p:b="2">
  <notes><div xmlns="urn:html"><p>some <b>text</b></p></div></notes>
  <annotation><p:one><p:two>deep</p:two></p:one>
  <own xmlns="urn:own"><start><ci>  k </ci></start></own></annotation>
  <math xmlns="{MATH}"><apply><ci> x </ci></apply></math>
</model></sbml>""".encode()


def places(document: Document) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for element in document.root.iter():
        known = document.places
        place = (*known.position(element), known.start(element), known.end(element))
        found.append((element.tag, element.attrib, (element.text or "").strip(), *place))
    return found


def test_the_tree_is_the_one_of_two_passes() -> None:
    members = "".join(f'<species id="s{i}" x="é">\n  a &lt; <b/></species>' for i in range(50))
    text = f'<sbml xmlns="urn:x"><model><listOfSpecies>{members}</listOfSpecies></model></sbml>'.encode()
    assert places(scan_document(text)) == places(parse_document(text))


def test_below_the_parts_of_an_annotation_only_marked_ones_are_kept() -> None:
    root = scan_document(NOTED, transparent=OWN).root
    tags = [local_name(element) for element in root.iter()]
    noted = ["notes", "div", "annotation", "one", "own", "start", "ci"]
    assert tags == ["sbml", "model", *noted, "math", "apply", "ci"]
    assert [ci.text for ci in root.iter(f"{OWN}ci")] == ["  k "]


@pytest.mark.parametrize("tag", ["notes", "annotation"])
def test_what_is_not_in_the_tree_is_verbatim_all_the_same(tag: str) -> None:
    once, twice = scan_document(NOTED, transparent=OWN), parse_document(NOTED)
    mine, theirs = (next(e for e in d.root.iter() if local_name(e) == tag) for d in (once, twice))
    assert once.verbatim(mine, tag) == twice.verbatim(theirs, tag)
    assert len(once.verbatim(mine, tag)) > 40


def _sbml(inside: str, attributes: str = "") -> bytes:
    return f'<sbml xmlns="urn:x"{attributes}>{inside}</sbml>'.encode()


REFUSED = {
    "E-DTD": b'<!DOCTYPE sbml [<!ENTITY a "b">]><sbml>&a;</sbml>',
    "E-TOO-DEEP": _sbml("<a>" * 200 + "</a>" * 200),
    "E-TOO-DEEP in notes": _sbml("<notes>" + "<a>" * 199 + "</a>" * 199 + "</notes>"),
    "E-TOO-LARGE arguments": _sbml("<piecewise>" + "<a/>" * 2001 + "</piecewise>"),
    "E-TOO-LARGE attributes": _sbml("<a" + "".join(f' a{n}=""' for n in range(1001)) + "/>"),
    "E-TOO-LARGE namespaces": _sbml("", "".join(f' xmlns:n{n}="u"' for n in range(1001))),
    "E-TOO-LARGE attribute": _sbml(f'<a b="{"x" * 65_537}"/>'),
    "E-TOO-LARGE attribute in notes": _sbml(f'<notes><c><a b="{"x" * 65_537}"/></c></notes>'),
    "E-TOO-LARGE comment": _sbml(f"<!--{'x' * 1_000_001}-->"),
    "E-ENCODING": b'<?xml version="1.0" encoding="UTF-16"?><sbml/>',
    "E-ENCODING empty": b'<?xml version="1.0" encoding=""?><sbml/>',
    "E-NOT-SBML": b"<html/>",
    "E-XML": b"<sbml><a></sbml>",
    "E-XML prefix": b"<sbml><p:a/></sbml>",
    "E-XML bytes": b"<sbml>\xff</sbml>",
}


@pytest.mark.parametrize("label", REFUSED)
def test_what_two_passes_refuse_is_refused_in_the_same_words(label: str) -> None:
    with pytest.raises(ModelError) as twice:
        prescan(REFUSED[label], "f")
        parse_document(REFUSED[label], "f")
    with pytest.raises(ModelError) as once:
        scan_document(REFUSED[label], "f")
    assert once.value.code == label.split()[0]
    assert str(once.value) == str(twice.value)


def test_what_only_looks_suspicious_is_read() -> None:
    text = _sbml(f"<a>{'x' * 20_000}</a><apply>{'<ci/>' * 9_000}</apply>")
    assert places(scan_document(text)) == places(parse_document(text))
