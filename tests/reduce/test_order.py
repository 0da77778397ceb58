"""What is written does not depend on the order in which Python happens to keep sets."""

from tests.study.benches import make, pick, take

from isthmus.reduce.realise import Realised
from isthmus.study.search.candidate import written_model

NAMES = "uvwxyz"
ENZYMES = "model many\n  compartment cell = 1\n  species P in cell; P = 0\n" + "\n".join(
    f"""
  species S{n} in cell, E{n} in cell, C{n} in cell
  S{n} = 10; E{n} = 1; C{n} = 0; a{n} = 1; d{n} = 0.5; k{n} = 0.25
  bind{n}: S{n} + E{n} -> C{n}; cell*a{n}*S{n}*E{n}
  release{n}: C{n} -> S{n} + E{n}; cell*d{n}*C{n}
  convert{n}: C{n} -> E{n} + P; cell*k{n}*C{n}"""
    for n in NAMES
)


def test_lumps_come_in_the_order_of_their_states() -> None:
    bench, _, steps = make(ENZYMES + "\nend\n", "P", "5%", "50")
    labels = [f"total QSSA of C{n} (-1 E{n}, -1 S{n})" for n in NAMES]
    found = written_model(bench, take(*(pick(steps, label) for label in reversed(labels))))
    assert isinstance(found, Realised)
    lumps = [species.id for species in found.model.species if "_with_" in species.id]
    states = [name for name in bench.dynamics.states if f"{name}_with_C{name[-1]}" in lumps]
    assert len(lumps) >= len(NAMES) - 1
    assert lumps == [f"{name}_with_C{name[-1]}" for name in states]
