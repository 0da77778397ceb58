"""The places that are found when asked are those that are found while reading."""

from __future__ import annotations

import gc
from weakref import ref

import pytest
from tests.reference.placed_tree import placed_tree

from isthmus.formats.xml_tree import parse_document

DOCUMENTS = {
    "one line": b"<a><b/><c>x</c></a>",
    "lines": b'<a>\n  <b\n  x="1"/>\n\n<c>\n</c></a>\n',
    "lines of Windows": b"<a>\r\n<b/>\r\n  <c/></a>\r\n",
    "lines of old": b"<a>\r<b/>\r\r <c/></a>",
    "letters of two and three bytes": "<a>é<b/>→<c x='ü'/>\n𝒙 <d/></a>".encode(),
    "a comment": b"<?xml version='1.0'?><!-- <b/> \n --><a><!-- <b> --><b/></a>",
    "a byte order mark": b"\xef\xbb\xbf<a>\n<b/></a>",
    "text that looks like a tag": b"<a><![CDATA[<b/>]]><b/>&lt;b/&gt;<b>\n</b></a>",
    "prefixes": b'<a xmlns:p="u:p"><p:b xmlns:q="u:q"><q:c xmlns:p="u:other"/><p:d/></p:b><p:e/></a>',
}


@pytest.mark.parametrize("label", DOCUMENTS)
@pytest.mark.parametrize("backwards", [False, True])
def test_places_are_those_of_one_pass(label: str, backwards: bool) -> None:
    document = parse_document(DOCUMENTS[label])
    places = document.places
    told = list(zip(document.root.iter(), placed_tree(DOCUMENTS[label]), strict=True))
    for element, (twin, place, scope) in told[::-1] if backwards else told:
        assert (element.tag, element.attrib, element.text) == (twin.tag, twin.attrib, twin.text)
        assert (*places.position(element), places.start(element), places.end(element)) == place
        assert dict(places.scope(element)) == scope


def test_elements_moved_or_removed_once_numbered_keep_their_places() -> None:
    document = parse_document(b"<a><b><c/></b><d/></a>")
    document.places.number()
    removed = document.root[0]
    document.root.remove(removed)
    document.root[0].append(removed)
    assert [document.places.start(element) for element in document.root.iter()] == [0, 14, 3, 6]


def test_places_are_not_made_up_for_a_tree_that_lost_elements() -> None:
    document = parse_document(b"<a><b><c/></b><d/></a>")
    del document.root[0]
    with pytest.raises(AssertionError, match="before it was numbered"):
        document.places.start(document.root[0])


def test_a_tree_goes_with_its_last_reference() -> None:
    """In circles it would stay until they are looked for, and a reader reads many."""
    root = parse_document(DOCUMENTS["lines"]).root
    assert root[0].tag == "b"
    last = ref(root)
    gc.disable()
    try:
        del root
        assert last() is None
    finally:
        gc.enable()


MEMBERS = {
    "alone": (b'<a>\n<r x="1">\n</r><r></r ></a>', True),
    "behind a comment that shows one": (b"<a><!-- <r> --><r> </r><!-- </r> --></a>", True),
    "another of the name deeper": (b"<a><r><r></r></r><r></r></a>", False),
    "an empty one deeper": (b"<a><r><r/></r><r></r></a>", True),
    "closed at once": (b"<a><r/><r></r></a>", False),
    "in text": (b"<a><![CDATA[<r ></r>]]><r></r></a>", False),
    "with a prefix": (b'<p:a xmlns:p="u"><p:r></p:r></p:a>', False),
    "a longer name": (b"<a><rs><t/></rs><r></r></a>", True),
}


@pytest.mark.parametrize("label", MEMBERS)
def test_a_search_for_members_finds_their_places_or_none(label: str) -> None:
    text, is_found = MEMBERS[label]
    document = parse_document(text)
    places = document.places
    members = [part for part in document.root if part.tag.rpartition("}")[2] == "r"]
    places.note_members("r", members)
    # A search that finds nothing leaves the way through the whole document.
    assert "_all" not in vars(places)
    ends = {place[2]: place[3] for _, place, _ in placed_tree(text)}
    assert len(members) > 0
    assert all(ends[places.start(member)] == places.end(member) for member in members)
    assert ("_all" not in vars(places)) is is_found
