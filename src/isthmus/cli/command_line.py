"""The command that was typed, as text that can be typed again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isthmus.study.question import Asked

Option = tuple[str, str | int | bool | None]


def typed(name: str, arguments: Sequence[str], options: Sequence[Option]) -> str:
    """`isthmus NAME ARGUMENTS OPTIONS`, quoted for a shell; None and False are left out, True is a flag."""
    words = ["isthmus", name, *arguments]
    for option, value in options:
        if value is None or value is False:
            continue
        words.append(option)
        if value is not True:
            words.append(str(value))
    return shlex.join(words)


def question_options(asked: Asked) -> list[Option]:
    """The options that make up a question."""
    return [
        *(("--observe", text) for text in asked.observe),
        ("--tolerance", asked.tolerance),
        ("--horizon", asked.horizon),
        ("--after", asked.after),
        *(("--vary", text) for text in asked.vary),
        *(("--input", text) for text in asked.inputs),
        ("--metric", None if asked.metric == "peak" else asked.metric),
        ("--seed", asked.seed),
    ]
