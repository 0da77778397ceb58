"""Model → Antimony text, by way of SBML."""

from __future__ import annotations

from isthmus.errors import UnsupportedFeature, Where
from isthmus.formats.sandbox import READER
from isthmus.formats.sbml_writer import sbml_text
from isthmus.model.model import Model


def antimony_text(model: Model) -> str:
    """The model as Antimony text; raises `UnsupportedFeature` or `ModelError` where that cannot say it."""
    fast = [reaction.id for reaction in model.reactions if reaction.fast]
    if fast:
        raise UnsupportedFeature(
            "E-FAST-REACTION",
            f"reactions declared fast ({', '.join(fast)}), which Antimony has no word for",
            needed="reactions with finite rates",
            advice="write SBML, or replace each by its equilibrium",
            where=Where(object=f"reaction {fast[0]!r}"),
        )
    return str(READER.ask("antimony", sbml_text(model).encode())["text"])
