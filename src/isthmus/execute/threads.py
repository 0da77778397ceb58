"""An ordered map over native threads; the integrators release the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def available_workers() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def thread_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None
) -> Generator[Result, None, None]:
    """function(item) for each item, yielded in the order of the items.

    At most two items a worker are ahead of the reader, so a reader that stops early wastes little. An
    exception of an item is raised when its turn comes.
    """
    count = available_workers() if workers is None else workers
    if count <= 1:
        yield from map(function, items)
        return
    source = iter(items)
    with ThreadPoolExecutor(count) as pool:
        waiting = [pool.submit(function, item) for item in islice(source, 2 * count)]
        try:
            while waiting:
                yield waiting.pop(0).result()
                waiting.extend(pool.submit(function, item) for item in islice(source, 1))
        finally:
            for future in waiting:
                future.cancel()
