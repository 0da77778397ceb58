"""Identifiers that mean something to a language, a library or a formula parser mean nothing here."""

import keyword
from fractions import Fraction

import pytest

from isthmus import formats
from isthmus.dynamics.rates import read_rates

NAMES = [
    *("lambda", "S", "E", "I", "N", "O", "Q", "gamma", "beta", "zeta", "v0", "x", "p", "t", "xor", "root"),
    *("time", "pi", "avogadro", "delay", "inf", "nan", "eval", "exec", "oo", "Abs", "Symbol", "real", "ln"),
    *(
        "int",
        "double",
        "void",
        "define",
        "ret",
        "__class__",
        "_",
        "numpy",
        "self",
        "J0",
        "default",
        "species",
    ),
    *keyword.kwlist,
    *keyword.softkwlist,
]


@pytest.mark.parametrize("level", [2, 3])
def test_every_name_is_only_a_name(sbml, math, level: int) -> None:
    """y = Σ 3⁻ⁱ nameᵢ with nameᵢ = i: a name mixed up with another, or with a constant, changes the sum."""
    names = list(dict.fromkeys(NAMES))
    parameters = "".join(f'<parameter id="{n}" value="{i}" constant="true"/>' for i, n in enumerate(names))
    terms = "".join(
        f'<apply><times/><cn type="rational">1<sep/>{3 ** (i % 19)}</cn><ci>{n}</ci></apply>'
        for i, n in enumerate(names)
    )
    text = sbml(
        f'<listOfParameters>{parameters}<parameter id="total" constant="false"/></listOfParameters>'
        f'<listOfRules><assignmentRule variable="total">{math(f"<apply><plus/>{terms}</apply>")}'
        "</assignmentRule></listOfRules>",
        level=level,
        version=4 if level == 2 else 2,
    )
    model = formats.read(text).model
    dynamics = read_rates(model)
    x, p = dynamics.start()
    found = dynamics.kernel([model.assignments[0].formula])(0.0, x, p)[0]
    expected = sum(Fraction(i, 3 ** (i % 19)) for i in range(len(names)))
    # Some eighty additions of positive terms, each rounded once.
    assert found == pytest.approx(float(expected), rel=100 * 2.0**-53)
