"""Lumped parameters: what occurs only as one combination of parameters gets one name.

k2*2*E_t*S/((km1 + k2)/k1 + S)  →  2*Vmax*S/(Km + S),   Km = (km1 + k2)/k1,   Vmax = k2*E_t
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from isthmus.algebra.expression import (
    NUMBER,
    ONE,
    SYMBOL,
    Expression,
    add,
    call,
    constant_value,
    div,
    free_symbols,
    mul,
    number,
    postorder,
    power,
    symbol,
)
from isthmus.algebra.layout import product, split_quotient

Group = frozenset[tuple[Expression, int]]
Hint = Callable[[str, Expression], str | None]
_QUOTIENT: Final = frozenset({"mul", "div"})
_PASSES: Final = 4


@dataclass(slots=True)
class _Context:
    """Where a group stands: the variables it is added to, and whether it multiplies a saturating fraction."""

    added_to: list[str] = field(default_factory=list)
    saturates: bool = False


def parameter_only(
    roots: Sequence[Expression],
    is_parameter: Callable[[str], bool],
    *,
    taken: Collection[str] = (),
    hint: Hint | None = None,
) -> tuple[list[Expression], dict[str, Expression]]:
    """(roots, definitions).

    Every largest parameter-only part with at least two parameters replaced by a new symbol.

    Definitions come in order of use; one may refer to those before it. Numbers stay outside, roots that
    are constant stay as they are, and a combination that contains another one uses it. Names: Km and Kd
    for what is added to a variable, Vmax for a product in front of a saturating fraction, else lump_1, …;
    hint(base, definition) may offer another name. None is in `taken`.
    """
    return _Lumper(roots, is_parameter, set(taken), hint).run()


class _Lumper:
    def __init__(
        self,
        roots: Sequence[Expression],
        is_parameter: Callable[[str], bool],
        taken: set[str],
        hint: Hint | None,
    ) -> None:
        self.roots = list(roots)
        self.hint = hint
        self.taken = taken | free_symbols(*roots)
        order = postorder(roots)
        self.constant: dict[Expression, bool] = {}
        self.first_variable: dict[Expression, str] = {}
        for node in order:
            self.constant[node] = self._is_constant(node, is_parameter)
            if not self.constant[node]:
                own = str(node.value) if node.op == SYMBOL else "time"
                inside = (self.first_variable[arg] for arg in node.args if not self.constant[arg])
                self.first_variable[node] = next(inside, own)
        self.is_parameter = is_parameter
        self.contexts: dict[Group, _Context] = {}
        self.names: dict[Group, str] = {}
        self.definitions: dict[str, Expression] = {}

    def _is_constant(self, node: Expression, is_parameter: Callable[[str], bool]) -> bool:
        if node.op == SYMBOL:
            return is_parameter(str(node.value))
        return node.op == NUMBER or (bool(node.args) and all(self.constant[arg] for arg in node.args))

    def is_constant(self, node: Expression) -> bool:
        """Whether only parameters and numbers occur.

        Also for nodes that the layout made from those of the roots.
        """
        known = self.constant.get(node)
        if known is None:
            known = self.constant[node] = all(self.is_constant(arg) for arg in node.args)
        return known

    def variable_in(self, node: Expression) -> str:
        """The name of one variable, the first that is written."""
        while node not in self.first_variable:
            node = next(arg for arg in node.args if not self.is_constant(arg))
        return self.first_variable[node]

    def run(self) -> tuple[list[Expression], dict[str, Expression]]:
        order = self._chains()
        for node in order:
            self._look_at(node)
        self._name_groups()
        written: dict[Expression, Expression] = {}
        for node in order:
            written[node] = self._rewritten(node, written)
        roots = [written.get(root, root) for root in self.roots]
        return self._join_sums(roots)

    def _chains(self) -> list[Expression]:
        """The variable nodes that a person would see, arguments first.

        A quotient counts as one node with its factors.
        """
        order: list[Expression] = []
        seen: set[Expression] = set()
        stack = [(root, False) for root in reversed(self.roots)]
        while stack:
            node, expanded = stack.pop()
            if expanded:
                order.append(node)
            elif node not in seen and not self.is_constant(node):
                seen.add(node)
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(self._children(node)))
        return order

    def _children(self, node: Expression) -> list[Expression]:
        if node.op in _QUOTIENT:
            _, above, below = split_quotient(node)
            return [_base(factor)[0] for factor in (*above, *below)]
        return list(node.args)

    def _look_at(self, node: Expression) -> None:
        """Note the parameter-only groups among the arguments of a variable node."""
        if node.op in _QUOTIENT:
            _, above, below = split_quotient(node)
            group = self._constants(above, below)
            saturates = any(f.op == "add" and not self.is_constant(f) for f in (_base(b)[0] for b in below))
            self._note(group, saturates=saturates)
        elif node.op == "add":
            names = [self.variable_in(arg) for arg in node.args if not self.is_constant(arg)]
            for arg in node.args:
                if self.is_constant(arg):
                    self._note(self._group(arg), added_to=names[:1])
        else:
            for arg in node.args:
                if self.is_constant(arg):
                    self._note(self._group(arg))

    def _note(self, group: Group, added_to: Iterable[str] = (), saturates: bool = False) -> None:
        if len(_parameters(group)) < 2:
            return
        inverse = frozenset((factor, -exponent) for factor, exponent in group)
        context = self.contexts.setdefault(inverse if inverse in self.contexts else group, _Context())
        context.added_to.extend(added_to)
        context.saturates |= saturates

    def _group(self, node: Expression) -> Group:
        _, above, below = split_quotient(node)
        return self._constants(above, below)

    def _constants(self, above: Sequence[Expression], below: Sequence[Expression]) -> Group:
        powers: Counter[Expression] = Counter()
        for factors, sign in ((above, 1), (below, -1)):
            for factor in factors:
                if self.is_constant(factor):
                    base, exponent = _base(factor)
                    powers[base] += sign * exponent
        return frozenset((base, exponent) for base, exponent in powers.items() if exponent)

    def _name_groups(self) -> None:
        """Small groups first, so that larger ones can be written with them."""
        for group in sorted(self.contexts, key=len):
            if group not in self.names and self._split(group) is None:
                self._define(group)

    def _split(self, group: Group) -> Expression | None:
        """The group as known lumps times a rest with fewer than two parameters left unnamed.

        None if no lump fits.
        """
        rest = dict(group)
        used: list[Expression] = []
        for known, name in reversed(self.names.items()):
            for sign in (1, -1):
                if known != group and all(_contains(rest.get(f, 0), sign * e) for f, e in known):
                    for f, e in known:
                        rest[f] -= sign * e
                    used.append(power(symbol(name), number(sign)))
        left = frozenset((f, e) for f, e in rest.items() if e)
        if not used:
            return None
        return mul(*used, self._lumped(left))

    def _define(self, group: Group) -> None:
        definition = _product(group)
        base = self._base_name(group)
        offered = self.hint(base, definition) if self.hint else None
        name = _unused(offered or base, self.taken)
        self.taken.add(name)
        self.names[group] = name
        self.definitions[name] = definition

    def _base_name(self, group: Group) -> str:
        context = self.contexts.get(group, _Context())
        above = [(f, e) for f, e in group if e > 0]
        below = [(f, e) for f, e in group if e < 0]
        single = all(abs(e) == 1 for _, e in group)
        if context.added_to and single and len(above) == len(below) == 1 and below[0][0].op == SYMBOL:
            variable = re.sub(r"\W+", "_", context.added_to[0]).strip("_")
            if above[0][0].op == "add":
                return "Km" if "Km" not in self.taken else f"Km_{variable}"
            if above[0][0].op == SYMBOL:
                return f"Kd_{variable}"
        if (
            context.saturates
            and single
            and not below
            and len(above) == 2
            and all(f.op == SYMBOL for f, _ in above)
        ):
            return "Vmax"
        return "lump_1"

    def _lumped(self, group: Group) -> Expression:
        """The group written with names."""
        if len(_parameters(group)) < 2:
            return _product(group)
        if group in self.names:
            return symbol(self.names[group])
        inverse = frozenset((factor, -exponent) for factor, exponent in group)
        if inverse in self.names:
            return div(ONE, symbol(self.names[inverse]))
        split = self._split(group)
        if split is not None:
            return split
        self._define(group)
        return symbol(self.names[group])

    def _rewritten(self, node: Expression, written: dict[Expression, Expression]) -> Expression:
        if node.op in _QUOTIENT:
            coefficient, above, below = split_quotient(node)
            over = [self._factor(f, written) for f in above if not self.is_constant(f)]
            under = [self._factor(f, written) for f in below if not self.is_constant(f)]
            _, lump_above, lump_below = split_quotient(self._lumped(self._constants(above, below)))
            top = mul(number(coefficient), *lump_above, *over)
            bottom = product([*lump_below, *under])
            return top if bottom is ONE else div(top, bottom)
        return call(node.op, *(self._argument(arg, written) for arg in node.args)) if node.args else node

    def _factor(self, factor: Expression, written: dict[Expression, Expression]) -> Expression:
        base, exponent = _base(factor)
        return power(written[base], number(exponent))

    def _argument(self, arg: Expression, written: dict[Expression, Expression]) -> Expression:
        if not self.is_constant(arg):
            return written[arg]
        coefficient, _, _ = split_quotient(arg)
        group = self._group(arg)
        return arg if len(_parameters(group)) < 2 else mul(number(coefficient), self._lumped(group))

    def _join_sums(self, roots: list[Expression]) -> tuple[list[Expression], dict[str, Expression]]:
        """Parameters that are added to each other inside a larger sum, and stand nowhere else, become one."""
        order = postorder(roots)
        uses = Counter(arg for node in order for arg in node.args)
        uses.update(roots)
        written: dict[Expression, Expression] = {}
        for node in order:
            args = [written[arg] for arg in node.args]
            if node.op == "add":
                lonely = [
                    arg
                    for arg in args
                    if arg.op == SYMBOL and uses[arg] == 1 and (self.is_parameter(str(arg.value)))
                ]
                if 1 < len(lonely) < len(args):
                    group = frozenset({(add(*lonely), 1)})
                    self._define(group)
                    args = [arg for arg in args if arg not in lonely] + [symbol(self.names[group])]
            written[node] = call(node.op, *args) if node.args else node
        used = self._needed(free_symbols(*written.values()))
        return [written[root] for root in roots], {n: d for n, d in self.definitions.items() if n in used}

    def _needed(self, names: set[str]) -> set[str]:
        needed = set(names)
        for name in reversed(self.definitions):
            if name in needed:
                needed |= free_symbols(self.definitions[name])
        return needed


def _base(factor: Expression) -> tuple[Expression, int]:
    """(b, n) with factor = b^n and n a whole number."""
    if factor.op == "pow":
        exponent = constant_value(factor.args[1])
        if exponent is not None and exponent.denominator == 1:
            return factor.args[0], int(exponent)
    return factor, 1


def _product(group: Group) -> Expression:
    ordered = sorted(
        group, key=lambda item: (-item[1], [(n[0].isupper(), n) for n in sorted(free_symbols(item[0]))])
    )
    above = product([power(f, number(e)) for f, e in ordered if e > 0])
    below = product([power(f, number(-e)) for f, e in ordered if e < 0])
    return above if below is ONE else div(above, below)


def _parameters(group: Group) -> set[str]:
    return free_symbols(*(factor for factor, _ in group))


def _contains(present: int, wanted: int) -> bool:
    """Whether a factor to the power `present` has one to the power `wanted` in it."""
    return abs(present) >= abs(wanted) and present * wanted > 0


def _unused(name: str, taken: Collection[str]) -> str:
    if name not in taken:
        return name
    stem, _, tail = name.rpartition("_")
    if not (stem and tail.isdigit()):
        stem, tail = name, "1"
    counter = int(tail) + 1
    while f"{stem}_{counter}" in taken:
        counter += 1
    return f"{stem}_{counter}"
