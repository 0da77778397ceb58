"""BioNetGen networks: every rate law against its formula written out, refusals by line, published curves."""

import math
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from isthmus import formats
from isthmus.algebra.expression import symbol
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.model.question import Observable
from isthmus.simulate.rates import simulate

NETWORK = """\
# Created by BioNetGen 2.9.3
substanceUnits("Number");
begin parameters
    1 k1   0.3  # Constant
    2 k2   2*k1  # ConstantExpression
    3 K    ln(2)*4  # ConstantExpression
    4 n    2
    5 A0   10*k1
end parameters
begin functions
    1 half() 0.5*k1
    2 _rateLaw1() if(Total()>4,half()*time(),k2)/(K+Total)+_pi
end functions
begin molecule types
    1 A(b)
end molecule types
begin species
    1 A(b) A0
    2 B(a!1).A(b!1) 1.5
    3 @c::$C() 2.5e0
    4 D() 0.25
end species
begin reactions
    1 1,1 2 0.5*k1 #_R1
    2 2,3 3,4 _rateLaw1 #_R2
    3 0 1 2*k2
    4 1,2 2,4 Sat k1 K
    5 1,2 4 2*Sat k1 K A0
    6 4,2 2 Hill k2 K n
    7 1,4 4,4 MM k1 K
    8 4 0 Ele k2
end reactions
begin groups
    1 Total 1,2*2
    2 Sum   1,2, \\
            3*4
    3 None
end groups
"""
CURVES = [
    ("CaOscillate_Sat", 1e-5),
    ("Haugh2b", 1e-7),
    ("Repressilator", 1e-6),
    ("motor", 1e-6),
    ("tlbr", 1e-6),
    ("toy-jim", 1e-6),
    ("univ_synth", 1e-6),
]
"""Networks with BioNetGen's own curves; the bounds are the tolerances (and the digits) of its runs."""
SIZES = {"multisite2": (66, 288), "egfr_net": (356, 3749)}


def slopes(t: float, a: float, b: float, d: float) -> list[float]:
    """What the network says, written out by hand: dA/dt, dB/dt, dD/dt with C held at 2.5."""
    k1, k2, constant, n, a0, c = 0.3, 0.6, math.log(2.0) * 4.0, 2.0, 3.0, 2.5
    total = a + 2.0 * b
    rates = [
        0.5 * k1 * a * a,
        ((0.5 * k1 * t if total > 4.0 else k2) / (constant + total) + math.pi) * b * c,
        2.0 * k2,
        k1 * a * b / (constant + a),
        2.0 * k1 * a * b / ((constant + a) * (a0 + b)),
        k2 * d**n / (constant**n + d**n) * b,
        0.0,
        k2 * d,
    ]
    excess = a - constant - d
    free = 0.5 * (excess + math.sqrt(excess * excess + 4.0 * constant * a))
    rates[6] = k1 * d * free / (constant + free)
    r1, r2, r3, r4, r5, r6, r7, r8 = rates
    return [-2 * r1 + r3 - r4 - r5 - r7, r1 - r2 - r5, r2 + r4 + r5 - r6 + r7 - r8]


def derivatives(dynamics: Dynamics, t: float, x: NDArray[np.float64]) -> list[float]:
    v = dynamics.rates(t, x, dynamics.start()[1])
    return [sum(float(c) * v[j] for j, c in row.items()) for row in dynamics.gain]


@pytest.mark.parametrize("seed", range(5))
def test_rates_are_those_written_out(seed: int) -> None:
    dynamics = read_rates(formats.read_model(NETWORK))
    assert dynamics.states == ("S1", "S2", "S4")
    x = np.random.default_rng(seed).uniform(0.1, 4.0, 3)
    expected = slopes(0.7 + seed, *x)
    # A few roundings of numbers of that size.
    size = max(1.0, *map(abs, expected))
    assert derivatives(dynamics, 0.7 + seed, x) == pytest.approx(expected, rel=0.0, abs=1e-13 * size)


def test_what_stands_in_the_blocks() -> None:
    model = formats.read_model(NETWORK)
    assert [s.name for s in model.species] == ["A(b)", "B(a!1).A(b!1)", "@c::C()", "D()"]
    assert [s.boundary for s in model.species] == [False, False, True, False]
    assert model.reactions[1].name == "_R2"
    start, parameters = read_rates(model).start()
    assert list(start) == [3.0, 1.5, 0.25]
    named = dict(zip(read_rates(model).derived, parameters[-2:], strict=True))
    assert named == {"k2": 0.6, "A0": 3.0}
    kernel = read_rates(model).kernel([symbol("Total"), symbol("Sum"), symbol("None")])
    assert list(kernel(0.0, start, parameters)) == [6.0, 3.0 + 1.5 + 0.75, 0.0]


def test_a_network_survives_writing_as_sbml() -> None:
    dynamics = read_rates(formats.read_model(NETWORK))
    again = read_rates(formats.read_model(formats.sbml_text(dynamics.model)))
    x = np.array([2.0, 0.7, 1.3])
    assert derivatives(again, 1.5, x) == pytest.approx(derivatives(dynamics, 1.5, x), rel=1e-14)


def test_a_group_with_the_name_of_a_parameter_is_renamed_and_said() -> None:
    imported = formats.read(NETWORK.replace("2 Sum ", "2 A0 "))
    assert [str(loss) for loss in imported.losses] == [
        "group 'A0': is called 'A0_2' here: a parameter has its name"
    ]
    assert "A0_2" in {rule.variable for rule in imported.model.assignments}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("4 0 Ele k2", "4 9 Ele k2", 31, "the species 9"),
        ("4 0 Ele k2", "4 0 k3", 31, "the name 'k3'"),
        ("4 0 Ele k2", "4 x k2", 31, "the participants 'x'"),
        ("4 0 Ele k2", "4 0 Sat k1", 31, "saturation (Sat) with 1 constants"),
        ("4 0 Ele k2", "4", 31, "needed: reactants, products and a rate"),
        ("2*k1", "2*+*k1", 5, "k1"),
        ("1 half()", "1 half() 1\n  2 half()", 12, "a second 'half'"),
        ("half()*time()", "thalf()*time()", 12, "the function 'thalf'"),
        ("2 B(a!1)", "7 B(a!1)", 19, "the index 7"),
        ("end groups", "", 33, "a block 'groups' that does not end"),
        ("1 Total 1,", "1 Total 1;", 34, "the member '1;2*2'"),
    ],
)
def test_a_wrong_line_is_named(old: str, new: str, line: int, words: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.net"
    path.write_text(NETWORK.replace(old, new, 1))
    with pytest.raises(ModelError) as caught:
        formats.read(path)
    assert (caught.value.code, caught.value.where.line) == ("E-NETWORK", line)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("4 0 Ele k2", "4 0 FunctionProduct k1 k2", 31, "'FunctionProduct k1 k2'"),
        ("half()*time()", "tfun(k1,k2)", 12, "the function 'tfun'"),
        ("1 half()", "1 half(x)", 11, "the function 'half' of 'x'"),
        ("substanceUnits", "simulate_ode", 2, "simulate_ode"),
        ("molecule types", "population maps", 14, "a block 'population maps'"),
    ],
)
def test_what_is_not_handled_is_refused_by_name(old: str, new: str, line: int, words: str) -> None:
    with pytest.raises(UnsupportedFeature) as caught:
        formats.read(NETWORK.replace(old, new))
    assert (caught.value.code, caught.value.where.line) == ("E-NETWORK-FEATURE", line)
    assert words in str(caught.value)


def test_rules_that_are_not_expanded_are_refused_with_advice() -> None:
    with pytest.raises(ModelError, match="generate_network"):
        formats.read("begin model\nbegin parameters\n k 1\nend parameters\nend model\n")
    with pytest.raises(ModelError, match="no block of reactions"):
        formats.read("begin parameters\n 1 k 1\nend parameters\nbegin species\n 1 A 1\nend species\n")


def archive(tmp_path: Path) -> Path:
    root = os.environ.get("ISTHMUS_CORPORA")
    if not root:
        pytest.skip("the public corpora are not here: set ISTHMUS_CORPORA to their folder")
    with tarfile.open(Path(root) / "crn/networks.tar.xz") as tar:
        tar.extractall(tmp_path, filter="data")
    return tmp_path / "crn"


@pytest.mark.corpora
@pytest.mark.parametrize(("name", "bound"), CURVES)
def test_published_curves_are_met(name: str, bound: float, tmp_path: Path) -> None:
    folder = archive(tmp_path)
    first, *rest = (folder / f"{name}.gdat").read_text().splitlines()
    rows = np.array([line.split() for line in rest if line.strip()], dtype=np.float64)
    dynamics = read_rates(formats.read_model(folder / f"{name}.net"))
    groups = [rule.variable for rule in dynamics.model.assignments]
    columns = {word: at for at, word in enumerate(first.replace("#", "").split()) if word in groups}
    assert len(columns) >= min(3, len(groups))
    shown = [Observable(word, symbol(word)) for word in columns]
    found = simulate(dynamics, rows[-1, 0], times=rows[:, 0].tolist(), observables=shown, rtol=1e-9)
    expected = rows[:, list(columns.values())]
    peaks = np.abs(expected).max(axis=0)
    assert (np.abs(found.observed - expected).max(axis=0) <= bound * peaks).all()


@pytest.mark.corpora
@pytest.mark.parametrize("name", SIZES)
def test_larger_networks_are_read_whole(name: str, tmp_path: Path) -> None:
    model = formats.read_model(archive(tmp_path) / f"{name}.net")
    assert (len(model.species), len(model.reactions)) == SIZES[name]
