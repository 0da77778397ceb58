"""isthmus: the simplest model that still shows what you want to see, with a certificate.

    model = isthmus.read("examples/michaelis_menten.ant")
    study = isthmus.reduce(model, model.question(observe=["P"], tolerance="1%"))

The public names are loaded when first used, so `import isthmus` alone is cheap. `isthmus.reduce`,
`isthmus.simulate` and `isthmus.scales` are functions; the rooms of the same names are reached by
`from isthmus.scales import …`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isthmus.api import (
        compare,
        petab,
        read,
        reduce,
        scales,
        sensitivities,
        show,
        simulate,
        steady_state,
        sweep,
        verify,
        write,
    )
    from isthmus.errors import (
        IsthmusError,
        ModelError,
        NothingWithinTolerance,
        NumericalError,
        UnsupportedFeature,
        UsageError,
    )
    from isthmus.model.question import Question
    from isthmus.records.certificate import Certificate
    from isthmus.records.scales import Scales
    from isthmus.records.study import Study
    from isthmus.study.search.effort import Effort
    from isthmus.study.session import OpenModel

__all__ = [
    "Certificate",
    "Effort",
    "IsthmusError",
    "ModelError",
    "NothingWithinTolerance",
    "NumericalError",
    "OpenModel",
    "Question",
    "Scales",
    "Study",
    "UnsupportedFeature",
    "UsageError",
    "compare",
    "petab",
    "read",
    "reduce",
    "scales",
    "sensitivities",
    "show",
    "simulate",
    "steady_state",
    "sweep",
    "verify",
    "write",
]

_HOMES = {
    "Certificate": "isthmus.records.certificate",
    "Effort": "isthmus.study.search.effort",
    "OpenModel": "isthmus.study.session",
    "Question": "isthmus.model.question",
    "Scales": "isthmus.records.scales",
    "Study": "isthmus.records.study",
}


class _Names(ModuleType):
    """The package as a module whose public names are found when asked for, and stay what they are."""

    def __getattr__(self, name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'isthmus' has no attribute {name!r}")
        home = _HOMES.get(name, "isthmus.api" if name.islower() else "isthmus.errors")
        value: object = getattr(import_module(home), name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        # Importing a room binds it here; a room must not take the name of a public verb.
        if not (isinstance(value, ModuleType) and name in __all__):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Names
