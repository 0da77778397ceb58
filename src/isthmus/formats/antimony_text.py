"""Antimony text ↔ SBML text through the antimony library; runs in the reader process only."""

from __future__ import annotations

import re
from typing import Final

from isthmus.errors import ModelError, Where
from isthmus.formats.antimony_prescan import prescan_antimony

_LINE: Final = re.compile(r"line (\d+)", re.IGNORECASE)


def antimony_to_sbml(text: str, file: str = "") -> str:
    """SBML Level 3 text of the last model in an Antimony text.

    Raises `ModelError` with the line that Antimony names, or the one from which it is seen to be too large.
    """
    prescan_antimony(text, file)
    import antimony

    antimony.clearPreviousLoads()
    antimony.freeAll()
    if antimony.loadAntimonyString(text) < 0:
        raise _refusal(_last_error(), file)
    sbml = str(antimony.getSBMLString(antimony.getMainModuleName()))
    if not sbml:
        raise _refusal(_last_error(), file)
    return sbml


def sbml_to_antimony(sbml: str) -> str:
    """Antimony text of an SBML text."""
    import antimony

    antimony.clearPreviousLoads()
    antimony.freeAll()
    if antimony.loadSBMLString(sbml) < 0:
        raise _refusal(_last_error(), "")
    text = str(antimony.getAntimonyString(antimony.getMainModuleName()))
    if not text:
        raise _refusal(_last_error(), "")
    return text


def _last_error() -> str:
    """What Antimony says; it may quote half of a character, which its own wrapper cannot decode."""
    import antimony

    try:
        return str(antimony.getLastError())
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "replace")


def _refusal(message: str, file: str) -> ModelError:
    line = _LINE.search(message)
    where = Where(file, int(line[1]) if line else 0)
    found = " ".join(message.split())[:600] or "Antimony cannot read this"
    needed = "Antimony, as which every text that is not XML is read"
    return ModelError("E-ANTIMONY", found, needed=needed, where=where)
