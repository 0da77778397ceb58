"""Growth with the size of a network: reading, compiling, a trajectory and its memory, in fresh processes.

On BioNetGen networks of the public corpora (ISTHMUS_CORPORA), with an empty cache of compiled models; the
integrator is compiled before. CPU seconds, the reader process apart; MiB at the largest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# The horizon of each network: about that of its publication.
NETWORKS = {"multistate": 20.0, "multisite2": 2.0, "egfr_net": 10.0, "bcr": 100.0}
_PROGRAM = """
import resource, sys, time
import numpy as np
from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.formats.sandbox import READER
from isthmus.simulate.rates import run
warm = read_rates(read_model("A -> B; k*A; k = 1; A = 1; B = 0"))
run(warm, 1.0)
READER.close()
begun = time.process_time()
model = read_model(sys.argv[1])
READER.close()
reader = resource.getrusage(resource.RUSAGE_CHILDREN)
read = time.process_time()
dynamics = read_rates(model)
resolved = time.process_time()
dynamics.system()
compiled = time.process_time()
first = run(dynamics, float(sys.argv[2]))
ran = time.process_time()
again = run(dynamics, float(sys.argv[2]), atol=first.atol)
end = time.process_time()
child = reader.ru_utime + reader.ru_stime
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{len(dynamics.states):>7}{len(dynamics.terms):>8}{child:>8.2f}{read - begun:>8.2f}"
      f"{resolved - read:>9.2f}{compiled - resolved:>9.2f}{ran - compiled:>8.2f}"
      f"{end - ran:>8.3f}{peak:>7.0f}")
"""


def main() -> None:
    """Print a line a network."""
    corpora = os.environ.get("ISTHMUS_CORPORA")
    if not corpora:
        print("growth needs ISTHMUS_CORPORA")
        return
    head = ("states", "terms", "reader", "read", "resolve", "compile", "first", "warm", "MiB")
    widths = (7, 8, 8, 8, 9, 9, 8, 8, 7)
    titles = "".join(f"{word:>{width}}" for word, width in zip(head, widths, strict=True))
    print(f"{'network':<12}{titles}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(Path(corpora) / "crn/networks.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        for name, horizon in NETWORKS.items():
            done = subprocess.run(
                [sys.executable, "-c", _PROGRAM, f"{folder}/crn/{name}.net", str(horizon)],
                capture_output=True,
                text=True,
            )
            row = done.stdout.rstrip() or done.stderr.strip().splitlines()[-1]
            print(f"{name:<12}{row}", flush=True)


if __name__ == "__main__":
    main()
