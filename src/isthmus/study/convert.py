"""A model file in another format, with what the other format does not keep."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from isthmus.errors import ModelError, UsageError, Where
from isthmus.formats import (
    Loss,
    antimony_text,
    differences,
    read,
    read_model,
    sbml_text,
    write_antimony,
    write_sbml,
)
from isthmus.model.model import Model

SBML: Final = (".xml", ".sbml")
ANTIMONY: Final = (".ant", ".txt")


@dataclass(frozen=True, slots=True)
class Converted:
    """The file that was written. losses: what of the source it does not say."""

    target: Path
    losses: tuple[str, ...]


def convert(
    source: str | os.PathLike[str], target: str | os.PathLike[str], *, force: bool = False
) -> Converted:
    """Write the model of one file as another, in the format that the ending of the target names.

    The text is read back before anything is written, and SBML is checked by libSBML; the file is written
    complete or not at all. force: replace a file that is there. Raises UsageError and ModelError.
    """
    path = Path(target)
    ending = path.suffix.lower()
    if ending not in (*SBML, *ANTIMONY):
        needed = f"a name that ends in {', '.join((*SBML, *ANTIMONY))}"
        raise UsageError(
            "E-OUTPUT-FORMAT", f"unknown ending {ending!r}", needed=needed, where=Where(os.fspath(path))
        )
    if os.path.lexists(path) and not force:
        raise UsageError(
            "E-EXISTS",
            "a file of this name is there",
            needed="a new name",
            advice="another name, or --force to replace it",
            where=Where(os.fspath(path)),
        )
    if not path.parent.is_dir():
        raise UsageError("E-OUTPUT-FOLDER", f"no folder {path.parent}", needed="a folder that exists")
    imported = read(source)
    model = imported.model
    text = sbml_text(model) if ending in SBML else antimony_text(model)
    try:
        again = read_model(text)
    except ModelError as error:
        raise ModelError(
            "E-CONVERT",
            f"{model.id} cannot be said in this format: what was written is refused with: {error}",
            needed="a format that can say it",
            advice="write SBML (.xml)",
            where=Where(os.fspath(source)),
        ) from error
    losses = (*imported.losses, *differences(model, again), *_unsaid_to_others(model))
    (write_sbml if ending in SBML else write_antimony)(model, path)
    return Converted(path, tuple(map(str, losses)))


def _unsaid_to_others(model: Model) -> tuple[Loss, ...]:
    """What isthmus reads back from a mark of its own, and other programs do not see."""
    fast = ", ".join(reaction.id for reaction in model.reactions if reaction.fast)
    what = f"declared fast ({fast}), for which Level 3 Version 2 has no word: slow in other programs"
    return (Loss("reactions", what),) if fast else ()
