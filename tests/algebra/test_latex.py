import pytest

from isthmus.algebra.infix_parser import parse
from isthmus.algebra.latex import latex, latex_name


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2*a/3", r"\frac{2\, a}{3}"),
        ("k_on*S0/(K_m + S0)", r"\frac{k_{\mathrm{on}}\, S_{0}}{K_{m} + S_{0}}"),
        ("sqrt(alpha^2 - 4*beta)", r"\sqrt{\alpha^{2} - 4\, \beta}"),
        ("piecewise(1, a > 0, 2)", r"\begin{cases}1 & a > 0 \\ 2 & \text{otherwise}\end{cases}"),
        ("(a + b)^n*exp(-k*time)", r"\left(a + b\right)^{n}\, \mathrm{e}^{-k\, t}"),
        ("1e-12*x", r"10^{-12}\, x"),
        ("-(a + b)*Etot", r"-\left(a + b\right)\, \mathrm{Etot}"),
        ("floor(x)", r"\left\lfloor x \right\rfloor"),
        ("exp(x)^2", r"\left(\mathrm{e}^{x}\right)^{2}"),
        ("x^-2", r"\frac{1}{x^{2}}"),
        ("log(x)", r"\log_{10}\left(x\right)"),
        ("!(a > b) && c < 1", r"\lnot \left(a > b\right) \land c < 1"),
        ("1/3 + a", r"a + \frac{1}{3}"),
    ],
)
def test_a_formula_in_latex(text, written):
    assert latex(parse(text)) == written


def test_names():
    assert latex_name("gamma") == r"\gamma"
    assert latex_name("gamma", greek=False) == r"\mathrm{gamma}"
    assert latex_name("Kd_a_b") == r"\mathrm{Kd}_{a,b}"
    assert latex_name("_x") == "x"
    assert latex_name("__") == r"\mathrm{\_\_}"
    assert latex(parse("E*x"), names={"E": r"\mathcal{E}"}) == r"\mathcal{E}\, x"


def test_braces_balance():
    text = latex(
        parse("piecewise(a/(b + sqrt(c)), !(a < 1) || b == 2, min(a, abs(b)), xor(a > 1, b > 1), 3)^(k/2)")
    )
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
