"""What reading a file gives: the model, and what of the file is not in it."""

from dataclasses import dataclass

from isthmus.model.model import Model


@dataclass(frozen=True, slots=True)
class Loss:
    """Something in the file that the model does not keep; it changes no trajectory."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Imported:
    """A model as read, and what was left behind."""

    model: Model
    losses: tuple[Loss, ...] = ()
