"""Function definitions for the long formulas of a written file.

Simulators write a rule out at every place that names its variable: a formula that names one twice doubles it,
and a chain of such rules grows without bounds. A call takes each symbol once; what it stands for is the same.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Final

from isthmus.algebra.expression import SYMBOL, TIME, TIME_NODE, Expression, postorder, symbol
from isthmus.algebra.mathml_printer import NAMESPACE, print_content, print_mathml
from isthmus.algebra.substitute import substitute
from isthmus.formats.unique_ids import LAW, unique_id

_SHORT: Final = 30
# Half of what reading inlines, in one call and in all: what is written must be readable.
_LARGEST_BODY: Final = 25_000
_MOST_DEFINED: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function about to be written: its id and its `math` element."""

    id: str
    math: str


class Laws:
    """Writes formulas, and gathers the function definitions that the long ones call.

    computed: the variables of assignment rules. taken: every id in use; a new function's id is added.
    """

    def __init__(self, computed: Set[str], taken: set[str]) -> None:
        self.definitions: list[FunctionDefinition] = []
        self._computed = computed
        self._taken = taken
        self._defined = 0

    def math(self, variable: str, formula: Expression) -> str:
        """The `math` element of what computes the variable: the formula, or a call where it is long."""
        order = postorder([formula])
        leaves = [node for node in order if node.op in (SYMBOL, TIME)]
        if not leaves or not self._is_long(formula, order) or not self._has_room(len(order)):
            return print_mathml(formula)
        self._defined += len(order)
        name = unique_id(f"{LAW}{variable}", self._taken)
        self.definitions.append(FunctionDefinition(name, _lambda(formula, leaves)))
        return _math(f"<apply>{''.join(map(print_content, (symbol(name), *leaves)))}</apply>")

    def _has_room(self, size: int) -> bool:
        return size <= _LARGEST_BODY and self._defined + size <= _MOST_DEFINED

    def _is_long(self, formula: Expression, order: list[Expression]) -> bool:
        """Whether the formula, written out, has many operations or names a computed variable twice."""
        uses = dict.fromkeys(order, 0)
        uses[formula] = 1
        for node in reversed(order):
            for arg in node.args:
                uses[arg] += uses[node]
        operations = sum(count for node, count in uses.items() if node.args)
        return operations > _SHORT or any(
            count > 1 for node, count in uses.items() if node.op == SYMBOL and node.value in self._computed
        )


def _lambda(formula: Expression, leaves: list[Expression]) -> str:
    """The formula as a function of its leaves; each argument has the name of what it stands for."""
    # SBML allows no time inside a function.
    clock = symbol(unique_id("t", {str(leaf.value) for leaf in leaves if leaf.op == SYMBOL}))
    body = substitute([formula], {TIME_NODE: clock})[0]
    bound = (print_content(clock if leaf is TIME_NODE else leaf) for leaf in leaves)
    arguments = "".join(f"<bvar>{argument}</bvar>" for argument in bound)
    return _math(f"<lambda>{arguments}{print_content(body)}</lambda>")


def _math(content: str) -> str:
    return f'<math xmlns="{NAMESPACE}">{content}</math>'
