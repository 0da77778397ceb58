"""Measurements side by side with what others use: `python -m benchmarks NAME…`, or all of them.

Options after one name are that benchmark's own. Environment: ISTHMUS_PEERS_PYTHON, an interpreter that has
libRoadRunner (and pydiffsol); ISTHMUS_AMICI_PYTHON, one that has AMICI; ISTHMUS_CORPORA, the folder of the
public corpora. What is missing is said and left out.
"""

import inspect
import sys
from importlib import import_module

BENCHMARKS = (
    "accuracy",
    "command_line",
    "corpus_time",
    "first_trajectory",
    "growth",
    "memory",
    "sensitivity",
    "start_up",
    "sweep",
    "trial",
    "warm",
)


def main() -> None:
    """Run the named benchmarks one after the other."""
    first = next((place for place, word in enumerate(sys.argv) if word.startswith("-")), len(sys.argv))
    names, options = sys.argv[1:first] or BENCHMARKS, sys.argv[first:]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise SystemExit(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if options and len(names) > 1:
        raise SystemExit("options belong to one benchmark: name it first")
    for name in names:
        print(f"== {name}", flush=True)
        module = import_module(f"benchmarks.{name}")
        if options and not inspect.signature(module.main).parameters:
            raise SystemExit(f"the benchmark {name} has no options, and {' '.join(options)} is given")
        if options:
            module.main(options)
        else:
            module.main()


if __name__ == "__main__":
    main()
