"""A species: what reacts."""

from dataclasses import dataclass

from isthmus.model.annotation import Annotation


@dataclass(frozen=True, slots=True)
class Species:
    """A pool of molecules in a compartment.

    In every formula the id stands for the concentration (amount / compartment size), or for the amount where
    `substance_only`.
    initial: the value at time 0, an amount where `initial_is_amount`, else a concentration; None when an
    initial assignment or a rule gives it (which speaks of what the id stands for in formulas).
    boundary: reactions do not change it. constant: nothing changes it.
    conversion: id of the parameter that converts reaction extent to the species' substance unit, "" for none.
    """

    id: str
    compartment: str
    initial: float | None = None
    initial_is_amount: bool = False
    substance_only: bool = False
    boundary: bool = False
    constant: bool = False
    conversion: str = ""
    unit: str = ""
    name: str = ""
    annotation: Annotation = Annotation()
