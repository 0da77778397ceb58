"""Data generators of SED-ML: formulas over the curves of tasks, point by point."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from isthmus.algebra.evaluate import evaluate, to_float
from isthmus.algebra.expression import SYMBOL
from isthmus.errors import ModelError
from isthmus.formats.sedml import DataGenerator
from isthmus.records.archive_run import Floats
from isthmus.study.sedml_task import Curves


def generate(generator: DataGenerator, curves: Mapping[str, Curves]) -> Floats:
    """The values of a data generator, shape (points,); a formula of constants alone has one.

    Raises ModelError E-SEDML where a task has failed, or two curves differ in length.
    """
    found: dict[str, Floats] = {}
    for variable in generator.variables:
        if variable.task not in curves:
            raise ModelError(
                "E-SEDML-TASK",
                f"data generator {generator.id!r} needs the task {variable.task!r}, which gave no curves",
                advice="see what the log says of that task",
            )
        found[variable.id] = curves[variable.task][variable]
    if generator.formula.op == SYMBOL and str(generator.formula.value) in found:
        return found[str(generator.formula.value)]
    lengths = {len(values) for values in found.values()}
    if len(lengths) > 1:
        raise ModelError(
            "E-SEDML",
            f"data generator {generator.id!r} joins curves of {min(lengths)} and {max(lengths)} points",
            needed="curves of one length",
        )
    constants = {constant.id: constant.value for constant in generator.constants}
    count = lengths.pop() if lengths else 1
    columns = {name: values.tolist() for name, values in found.items()}
    points = ({name: values[i] for name, values in columns.items()} for i in range(count))
    return np.array([to_float(evaluate([generator.formula], {**constants, **point})[0]) for point in points])
