"""What a fresh process costs, everything cached: the command line's help, and one simulation from the shell.

Run as `python -m benchmarks start_up`. Seconds are CPU seconds, of the command and of its reader process, and
wall-clock ones, which on a busy machine say more about the machine; the best of a few repetitions counts, as
noise only adds. "interpreter" and "libraries" are what Python itself and the bare imports of numpy, llvmlite
and typer take here, below which nothing can fall.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
REPETITIONS = int(os.environ.get("ISTHMUS_BENCH_REPETITIONS", "5"))
# Goals in wall-clock seconds on an idle machine.
GOALS = {"help": 0.4, "simulate": 2.5}


def rows() -> dict[str, list[str]]:
    """What is run, by name."""
    model = str(EXAMPLES / "huang_ferrell_1996.ant")
    return {
        "interpreter": ["-c", "pass"],
        "libraries": ["-c", "import numpy, llvmlite.binding, typer.main"],
        "help": ["-m", "isthmus", "--help"],
        "simulate": ["-m", "isthmus", "simulate", model, "--until", "100"],
    }


def measure(arguments: list[str]) -> tuple[float, float]:
    """(CPU seconds, wall-clock seconds) of one process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    """Print a line a row."""
    print(f"{'command':<12} {'CPU s':>7} {'wall s':>7} {'goal':>6}")
    for name, arguments in rows().items():
        # The first run fills the caches.
        measure(arguments)
        found = [measure(arguments) for _ in range(REPETITIONS)]
        cpu, wall = (min(column) for column in zip(*found, strict=True))
        goal = f"{GOALS[name]:.1f}" if name in GOALS else ""
        print(f"{name:<12} {cpu:>7.2f} {wall:>7.2f} {goal:>6}", flush=True)


if __name__ == "__main__":
    main()
