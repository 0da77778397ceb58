"""The sizes before anything is integrated: as the plain twin has them, and known ones."""

from pathlib import Path

import numpy as np
import pytest
from tests.reference.starting_scale import starting_scale as plain

from isthmus.dynamics.rates import read_rates
from isthmus.formats import read_model
from isthmus.solve.starting_scale import starting_scale

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.ant"))
# A chain of empty pools is filled one a round; a term of two reactants, a catalyst, a loop and a source.
CHAIN = "-> A; 2; A = 0; S0 = 3;" + "\n".join(
    f"S{i} -> S{i + 1}; {i + 1} * S{i}; S{i + 1} = 0;" for i in range(12)
)
BRANCHED = (
    "2 A + B -> 3 C; k*A*B; C -> ; C; E + C -> E + F; C*E; -> G; 0.1*F; G -> A; G;"
    " A = 2; B = 1; C = 0; E = 5; F = 0; G = 0; k = 4;"
)


@pytest.mark.parametrize("source", [*EXAMPLES, CHAIN, BRANCHED], ids=lambda s: getattr(s, "stem", "text"))
def test_as_the_plain_twin_has_them(source):
    dynamics = read_rates(read_model(source))
    system, (x0, p) = dynamics.system(), dynamics.start()
    for start in (x0, np.where(np.arange(len(x0)) % 3 == 0, x0, 0.0)):
        assert np.array_equal(starting_scale(system, 0.0, 50.0, start, p), plain(system, 0.0, 50.0, start, p))


def test_a_chain_of_pools():
    dynamics = read_rates(read_model("A -> B; 2 * A; B -> C; 5 * B; A = 3; B = 0; C = 0;"))
    sizes = starting_scale(dynamics.system(), 0.0, 10.0, *dynamics.start())
    # B: the flux 6 for as long as it lasts, 1/5. C: the flux 5 · 1.2 for 10, but no more than B's pool.
    assert dict(zip(dynamics.states, sizes, strict=True)) == pytest.approx({"A": 3.0, "B": 1.2, "C": 1.2})


def test_nothing_flows():
    dynamics = read_rates(read_model("A -> B; A; A = 0; B = 0;"))
    assert not starting_scale(dynamics.system(), 0.0, 10.0, *dynamics.start()).any()
