"""Code for processors without 512-bit vectors, made and run on any: what it finds is what the other finds."""

import json
import os
import subprocess
import sys

import numpy as np

from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.simulate.sweep import sweep

MODEL = """
model switch
  x = 0.1; y = 1; z = 0;
  x' = k * y^n / (0.5^n + y^n) - x; y' = exp(-x) - 0.3 * y + 0.01 * sin(time); z' = x * y - ln(1 + z);
  k = 2; n = 3.5;
end
"""
COUNT, HORIZON, TIMES = 13, 20.0, np.linspace(0.0, 20.0, 5)

# What the processor can do is asked for when lanes are first imported; numba reads it from the environment.
PROGRAM = """
import json, os
from isthmus.algebra import machine_code
name, features = machine_code.host()
rest = features.replace("+avx512", "-avx512")
machine_code.host = lambda: (name, rest)
os.environ.update(NUMBA_CPU_NAME=name, NUMBA_CPU_FEATURES=rest)
from isthmus.solve.lanes_type import WIDTH
from tests.solve.test_four_lanes import values
print(json.dumps([WIDTH, values().tolist()]))
"""


def values():
    table = {"k": np.linspace(0.5, 4.0, COUNT), "n": np.linspace(1.5, 6.0, COUNT)}
    run = sweep(read_rates(read_model(MODEL)), table, HORIZON, TIMES, method="lanes")
    assert run.ok.all()
    return run.values


def test_four_lanes_find_what_the_processors_own_width_finds(tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    ending = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, check=False
    )
    assert ending.returncode == 0, ending.stderr
    width, found = json.loads(ending.stdout)
    assert width == 4
    # Each set takes its own steps whatever its neighbours do: only the rounding of sums may differ.
    np.testing.assert_allclose(found, values(), rtol=1e-9, atol=1e-12)
