"""Measurements side by side with what others use: `python -m benchmarks NAME…`, or all of them.

Environment: ISTHMUS_PEERS_PYTHON, an interpreter that has libRoadRunner (and pydiffsol, AMICI);
ISTHMUS_CORPORA, the folder of the public corpora. What is missing is said and left out.
"""

import sys
from importlib import import_module
from pathlib import Path

_NO_BENCHMARKS = ("__init__", "__main__", "roadrunner_peer")


def main() -> None:
    """Run the named benchmarks one after the other."""
    folder = Path(__file__).parent
    known = sorted(path.stem for path in folder.glob("*.py") if path.stem not in _NO_BENCHMARKS)
    names = sys.argv[1:] or known
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    for name in names:
        print(f"== {name}", flush=True)
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
