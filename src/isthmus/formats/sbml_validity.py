"""libSBML's word on a file: whether it is valid SBML, and what Level 1 is in Level 2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from xml.etree.ElementTree import Element

from isthmus.errors import ModelError, Where
from isthmus.formats.sbml_file import is_plain_annotation
from isthmus.formats.xml_tree import child, children, local_name

_MOST_NAMED: Final = 4
# A reference to a unit that nothing defines: the reader leaves it out and says so.
_TOLERATED: Final = frozenset({10313})
# Others have annotations too, but few.
_ANNOTATED: Final = frozenset({"model", "compartment", "species", "parameter", "reaction"})
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'


class Validity:
    """What libSBML says of one text.

    located: whether libSBML's lines are the file's.
    """

    def __init__(self, text: str, file: str, located: bool = True) -> None:
        import libsbml

        self._file = file
        self._located = located
        self._document = libsbml.readSBMLFromString(_declared(text))

    def refuse_malformed(self) -> None:
        """Raise `ModelError` with the first errors of reading: well-formedness, schema, attributes."""
        self._document.checkInternalConsistency()
        _refuse(self._document, self._file, self._located)

    def refuse_unreadable(self) -> None:
        """`refuse_malformed` where reading alone has found an error."""
        if _serious(self._document):
            self.refuse_malformed()

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Where something refuses the file inside, raise what is malformed in its place.

        libSBML's check of what it has read takes longer than reading. It finds nothing in a file that all
        else lets pass, but says of the others more plainly what is wrong.
        """
        try:
            yield
        except ModelError:
            known = self._document.getNumErrors()
            self._document.checkInternalConsistency()
            _refuse(self._document, self._file, self._located, known)
            raise

    def refuse_inconsistent(self, is_modest: bool) -> None:
        """Raise `ModelError` with the first errors of libSBML's consistency checks.

        Unit consistency and modelling practice are not checked: those are opinions, not errors. is_modest:
        check general consistency too, whose time grows with the fourth power of the length of a chain of
        rules, and faster with chains of calls.
        """
        import libsbml

        document = self._document
        unchecked = [libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, libsbml.LIBSBML_CAT_MODELING_PRACTICE]
        if not is_modest:
            unchecked.append(libsbml.LIBSBML_CAT_GENERAL_CONSISTENCY)
        for category in unchecked:
            document.setConsistencyChecks(category, False)
        document.checkConsistency()
        _refuse(document, self._file, self._located)


def errors_in(text: str, is_modest: bool) -> list[str]:
    """All errors of severity error or fatal that libSBML's full consistency check finds, units included.

    Without units and general consistency where the file is not modest.
    """
    import libsbml

    document = libsbml.readSBMLFromString(text)
    if not is_modest:
        for category in (libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, libsbml.LIBSBML_CAT_GENERAL_CONSISTENCY):
            document.setConsistencyChecks(category, False)
    document.checkConsistency()
    return [_message(error) for error in _serious(document)]


def needless_annotations(root: Element) -> Iterator[Element]:
    """The annotations that libSBML need not see: a third of the time to read a published model is theirs.

    One that is where it should be, with parts of namespaces of their own that are none of SBML's, is right.
    """
    tags = {root.tag.removesuffix(local_name(root)) + name for name in _ANNOTATED}
    for bearer in root.iter():
        if bearer.tag in tags and len(bearer):
            annotations = children(bearer, "annotation")
            place = int(child(bearer, "notes") is not None)
            if (
                len(annotations) == 1
                and bearer[place] is annotations[0]
                and is_plain_annotation(annotations[0])
            ):
                yield annotations[0]


def level_two(text: str, file: str) -> str:
    """A Level 1 text as Level 2 Version 4, formulas turned into MathML."""
    import libsbml

    document = libsbml.readSBMLFromString(_declared(text))
    _refuse(document, file, True)
    if not document.setLevelAndVersion(2, 4, False):
        _refuse(document, file, False)
        raise ModelError(
            "E-SBML",
            "SBML Level 1 that libSBML cannot convert",
            advice="convert it to Level 3",
            where=Where(file),
        )
    return str(libsbml.writeSBMLToString(document))


def _declared(text: str) -> str:
    """The text with its encoding named, which libSBML insists on and XML does not."""
    return _DECLARATION + re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)


def _serious(document: Any, first: int = 0) -> list[Any]:
    import libsbml

    errors = [document.getError(i) for i in range(first, document.getNumErrors())]
    return [error for error in errors if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]


def _refuse(document: Any, file: str, located: bool, known: int = 0) -> None:
    errors = [error for error in _serious(document, known) if error.getErrorId() not in _TOLERATED]
    if not errors:
        return
    first = errors[0]
    found = "; ".join(_message(error) for error in errors[:_MOST_NAMED])
    if len(errors) > _MOST_NAMED:
        found += f"; and {len(errors) - _MOST_NAMED} more errors"
    where = Where(file, first.getLine(), first.getColumn()) if located else Where(file)
    raise ModelError("E-SBML", f"invalid SBML: {found}", needed="SBML without errors", where=where)


def _message(error: Any) -> str:
    words = str(error.getMessage()).split()
    if "Reference:" in words:
        # The rule is quoted first and the finding comes after its reference.
        middle = words.index("Reference:")
        words = [*words[:middle][:30], "…", *words[middle + 1 :][-30:]]
    rule = f"rule {error.getErrorId()}, line {error.getLine()}"
    return f"{error.getShortMessage()} ({rule}): {' '.join(words)[:400]}"
