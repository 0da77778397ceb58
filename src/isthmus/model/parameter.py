"""A parameter: a named number, or a name for a formula."""

from dataclasses import dataclass

from isthmus.model.annotation import Annotation


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named quantity that is neither a species nor a compartment.

    value: None when an initial assignment or a rule gives it.
    initial_of: the species whose initial value this parameter carries in a reduced model (the `<id>_0`
    parameters), "" otherwise.
    local_to: the reaction in which it was a local parameter, "" otherwise; its id is then unique in the
    model, and local_id keeps the local one, "" where that is `name`.
    """

    id: str
    value: float | None = None
    constant: bool = True
    unit: str = ""
    name: str = ""
    initial_of: str = ""
    local_to: str = ""
    local_id: str = ""
    annotation: Annotation = Annotation()
