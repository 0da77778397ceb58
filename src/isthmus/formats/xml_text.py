"""Text made fit for XML."""

from html import escape
from typing import Final

# A parser would turn these into blanks.
_BLANKS: Final = {9: "&#9;", 10: "&#10;", 13: "&#13;"}


def quoted(value: str) -> str:
    """An attribute value in its quotation marks."""
    return f'"{escape(value).translate(_BLANKS)}"'
