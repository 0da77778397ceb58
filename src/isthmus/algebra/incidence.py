"""Which equation determines which unknown, and in what order: matching and strongly connected components."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet


def match(incidence: Sequence[AbstractSet[int]]) -> list[int] | None:
    """equation → unknown, each used once, equation i keeping unknown i where it can.

    None where no such assignment exists.

    incidence[i]: the unknowns that occur in equation i. Augmenting paths (Kuhn 1955).
    """
    owner: dict[int, int] = {}
    for i, present in enumerate(incidence):
        if i in present:
            owner[i] = i
    placed = set(owner.values())
    for i in range(len(incidence)):
        if i not in placed and not _augment(i, incidence, owner):
            return None
    result = [0] * len(incidence)
    for unknown, equation in owner.items():
        result[equation] = unknown
    return result


def _augment(start: int, incidence: Sequence[AbstractSet[int]], owner: dict[int, int]) -> bool:
    came_from: dict[int, int] = {}
    frontier = [start]
    while frontier:
        equation = frontier.pop()
        for unknown in sorted(incidence[equation]):
            if unknown in came_from:
                continue
            came_from[unknown] = equation
            if unknown not in owner:
                _flip(unknown, start, came_from, owner)
                return True
            frontier.append(owner[unknown])
    return False


def _flip(unknown: int, start: int, came_from: dict[int, int], owner: dict[int, int]) -> None:
    previous = {equation: u for u, equation in owner.items()}
    while True:
        equation = came_from[unknown]
        freed = previous.get(equation)
        owner[unknown] = equation
        if equation == start or freed is None:
            return
        unknown = freed


def components(needs: Sequence[AbstractSet[int]]) -> list[list[int]]:
    """Strongly connected components of the graph i → needs[i], those that are needed first.

    (Tarjan 1972, without recursion).
    """
    count = len(needs)
    index = [-1] * count
    low = [0] * count
    on_stack = [False] * count
    stack: list[int] = []
    found: list[list[int]] = []
    counter = 0
    for root in range(count):
        if index[root] >= 0:
            continue
        work = [(root, iter(sorted(needs[root])))]
        while work:
            node, edges = work[-1]
            if index[node] < 0:
                index[node] = low[node] = counter
                counter += 1
                stack.append(node)
                on_stack[node] = True
            descended = False
            for target in edges:
                if index[target] < 0:
                    work.append((target, iter(sorted(needs[target]))))
                    descended = True
                    break
                if on_stack[target]:
                    low[node] = min(low[node], index[target])
            if descended:
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                members: list[int] = []
                while on_stack[node]:
                    members.append(stack.pop())
                    on_stack[members[-1]] = False
                found.append(sorted(members))
    return found
