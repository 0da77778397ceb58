"""Antimony text ↔ SBML text through the antimony library; runs in the reader process only."""

from __future__ import annotations

import re
from typing import Final

from isthmus.errors import ModelError, UnsupportedFeature, Where

# Strings and comments first, so that a word inside them is no keyword.
_TOKEN: Final = re.compile(
    r"""
      (?P<skip> \"\"\".*?\"\"\" | '''.*?''' | ``.*?`` | "[^"\n]*" | //[^\n]* | \#[^\n]* | /\*.*?\*/ )
    | (?P<word> [A-Za-z_]\w* )
    """,
    re.VERBOSE | re.DOTALL,
)
_LINE: Final = re.compile(r"line (\d+)", re.IGNORECASE)


def antimony_to_sbml(text: str, file: str = "") -> str:
    """SBML Level 3 text of the last model in an Antimony text.

    Raises `ModelError` with the line that Antimony names.
    """
    refuse_imports(text, file)
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


def refuse_imports(text: str, file: str = "") -> None:
    """Refuse `import "file"`: a reader follows no path out of the document."""
    for match in _TOKEN.finditer(text):
        if match["word"] == "import":
            before = text[: match.start()]
            line, column = before.count("\n") + 1, match.start() - before.rfind("\n")
            raise UnsupportedFeature(
                "E-IMPORT",
                "an import of another file",
                needed="everything in one file",
                advice="put the imported models into this file",
                where=Where(file, line, column),
            )


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
    return ModelError(
        "E-ANTIMONY", " ".join(message.split())[:600] or "Antimony cannot read this", where=where
    )
