"""An ordered map over independent work: the same results in the same order, however many workers."""

from isthmus.execute.threads import available_workers, thread_map

__all__ = ["available_workers", "thread_map"]
