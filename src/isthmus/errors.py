"""Everything isthmus may refuse, drawn as a tree.

    IsthmusError
    ├── UsageError            exit 2   the question or the command line
    ├── NothingWithinTolerance exit 3  no smaller model answers the question
    ├── ModelError            exit 4   the model file
    │   └── UnsupportedFeature         a feature refused by name
    └── NumericalError        exit 5   the integration

A message says what was found, what was needed and what to try, with the file, the line and the object where
there is one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """The place in a file that an error speaks of."""

    file: str = ""
    line: int = 0
    column: int = 0
    object: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return f"{place} {self.object}".strip()


NOWHERE = Where()


class IsthmusError(Exception):
    """A refusal that a person can act upon.

    about: the part of the input that it speaks of, where who raises it does not know the place of it.
    """

    exit_code = 1
    about: object = None

    def __init__(
        self, code: str, found: str, *, needed: str = "", advice: str = "", where: Where = NOWHERE
    ) -> None:
        self.code = code
        self.found = found
        self.needed = needed
        self.advice = advice
        self.where = where
        super().__init__(str(self))

    def __str__(self) -> str:
        place = str(self.where)
        lines = [f"{place}: {self.found}" if place else self.found]
        if self.needed:
            lines.append(f"needed: {self.needed}")
        if self.advice:
            lines.append(f"try: {self.advice}")
        return f"{'; '.join(lines)} [{self.code}]"


class UsageError(IsthmusError):
    """The question cannot be asked as it stands."""

    exit_code = 2


class NothingWithinTolerance(IsthmusError):
    """No smaller model keeps the observables within the tolerance."""

    exit_code = 3


class ModelError(IsthmusError):
    """The model file is not a model that can be run."""

    exit_code = 4


class UnsupportedFeature(ModelError):
    """The model uses a feature that isthmus does not handle; it is refused by name."""


class NumericalError(IsthmusError):
    """The equations could not be solved."""

    exit_code = 5
