"""What others have written about an element: kept, carried, never interpreted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Annotation:
    """metaid, SBO term, notes (XHTML) and RDF or other annotation (XML), verbatim."""

    metaid: str = ""
    sbo: str = ""
    notes: str = ""
    xml: str = ""
