"""Peak memory of a large model (read, compiled, run) and of a sweep of ten thousand sets, in fresh processes.

The large model is a cascade of kinases of 100 tiers, 501 states, and where ISTHMUS_CORPORA names the public
corpora also BioNetGen's egfr_net (356 states, 3749 reactions). The reader is a process too; its peak is given
after the plus sign.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SETS = 10_000
_SHOW = """
import resource
sides = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
own, reader = (resource.getrusage(who).ru_maxrss / 1024 for who in sides)
print(f"{own:.0f} + {reader:.0f}")
"""
_IMPORTS = """
import sys
from isthmus.formats import read_model
from isthmus.formats.sandbox import READER
from isthmus.dynamics.rates import read_rates
from isthmus.simulate.rates import run, simulate
from isthmus.simulate.sweep import sweep
"""
_RUN = """
dynamics = read_rates(read_model(sys.argv[1]))
READER.close()
simulate(dynamics, float(sys.argv[2]), points=201)
"""
_SWEEP = f"""
import numpy as np
dynamics = read_rates(read_model(sys.argv[1]))
READER.close()
random = np.random.default_rng(1)
spread = np.exp(random.uniform(-0.3, 0.3, ({SETS}, len(dynamics.nominal))))
sweep(dynamics, dynamics.nominal * spread, 100.0, np.linspace(0.0, 100.0, 21), workers=2)
"""


def peak(program: str, *arguments: str) -> str:
    """MiB of the process and of its reader at their largest."""
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    return done.stdout.strip() or f"failed: {done.stderr.strip().splitlines()[-1]}"


def main() -> None:
    """Print a line each."""
    from benchmarks.sweep import signalling

    huang = str(EXAMPLES / "huang_ferrell_1996.ant")
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "cascade.ant"
        large.write_text(signalling(100))
        rows = {
            "packages alone": (_IMPORTS + "import numba", ()),
            "22 states, a trajectory": (_IMPORTS + _RUN, (huang, "100")),
            "501 states, a trajectory": (_IMPORTS + _RUN, (str(large), "100")),
        }
        corpora = os.environ.get("ISTHMUS_CORPORA")
        if corpora:
            with tarfile.open(Path(corpora) / "crn/networks.tar.xz") as archive:
                archive.extractall(folder, filter="data")
            rows["356 states, 3749 reactions"] = (_IMPORTS + _RUN, (f"{folder}/crn/egfr_net.net", "10"))
        rows[f"22 states, {SETS} sets"] = (_IMPORTS + _SWEEP, (huang,))
        for label, (program, arguments) in rows.items():
            print(f"{label:<28} MiB {peak(program + _SHOW, *arguments)}", flush=True)


if __name__ == "__main__":
    main()
