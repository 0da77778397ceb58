"""Formulas so plain that libSBML has nothing to say of them: arithmetic of numbers and known names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Final
from xml.etree.ElementTree import Element

from isthmus.algebra.mathml import MATH
from isthmus.formats.xml_tree import has_text

_DECIMAL: Final = re.compile(r"\s*\d+(\.\d+)?\s*\Z", re.ASCII)
# The forms of numbers that are plain, by their type.
_NUMBERS: Final = {"real": _DECIMAL, "integer": re.compile(r"\s*\d+\s*\Z", re.ASCII)}
_MATH: Final = MATH + "math"
_CI: Final = MATH + "ci"
_CN: Final = MATH + "cn"
_APPLY: Final = MATH + "apply"
# An application of these has more children than the first number and no more than the second.
_OPERATIONS: Final = {
    MATH + "plus": (2, 1_001),
    MATH + "times": (2, 1_001),
    MATH + "minus": (1, 3),
    MATH + "divide": (2, 3),
    MATH + "power": (2, 3),
}
_NONE: Final = (0, 0)


def plain_function(definition: Element) -> tuple[str, int] | None:
    """(id, number of arguments) of a function whose value is a plain formula in its arguments."""
    math = definition.find(_MATH)
    made = math[0] if math is not None and len(math) == 1 else None
    if made is None or made.tag != MATH + "lambda" or not len(made):
        return None
    names = {(bound[0].text or "").strip() for bound in made[:-1] if len(bound) == 1}
    if len(names) < len(made) - 1 or not _is_plain_operation(made[-1], names, frozenset(), {}):
        return None
    return definition.get("id", ""), len(names)


def is_plain_formula(
    math: Element, names: Set[str | None], others: Set[str | None], functions: Mapping[str, int]
) -> bool:
    """Whether a `math` element is arithmetic of plain numbers, these names, and calls of these functions.

    functions: how many arguments each takes.
    """
    if math.tag != _MATH or len(math) != 1 or math.keys() or has_text(math):
        return False
    return _is_plain_operation(math[0], names, others, functions)


def _is_plain_operation(
    root: Element, names: Set[str | None], others: Set[str | None], functions: Mapping[str, int]
) -> bool:
    applies = operators = 0
    for node in root.iter():
        tag = node.tag
        if tag == _CI:
            name = (node.text or "").strip()
            if len(node) or node.keys():
                return False
            if not (name in names or name in others):
                # Only as the head of a call may it be another name: the calls count these.
                if name not in functions:
                    return False
                operators += 1
        elif tag == _APPLY:
            if not len(node) or node.keys() or has_text(node):
                return False
            head = node[0]
            if head.tag == _CI:
                name = (head.text or "").strip()
                if name in names or name in others or functions.get(name) != len(node) - 1:
                    return False
            else:
                fewest, most = _OPERATIONS.get(head.tag, _NONE)
                if not fewest < len(node) <= most:
                    return False
            applies += 1
        elif tag == _CN:
            if len(node) or not _is_plain_number(node):
                return False
        elif tag in _OPERATIONS and not len(node) and not node.keys() and not node.text:
            operators += 1
        else:
            return False
    # Each application begins with an operator or a function, so none stands elsewhere.
    return applies == operators


def _is_plain_number(number: Element) -> bool:
    keys, form = number.keys(), _NUMBERS.get(number.get("type", "real"))
    return keys in ([], ["type"]) and form is not None and form.match(number.text or "") is not None
