"""Model → Antimony text, by way of SBML."""

from __future__ import annotations

from isthmus.formats.sandbox import READER
from isthmus.formats.sbml_writer import sbml_text
from isthmus.model.model import Model


def antimony_text(model: Model) -> str:
    """The model as Antimony text. Raises `ModelError` where Antimony cannot say it."""
    return str(READER.ask("antimony", sbml_text(model).encode())["text"])
