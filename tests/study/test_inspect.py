"""What inspect proposes and how it describes a model; a model that cannot be run is described too."""

import pytest

from isthmus.study.inspect import inspect


def antimony(body: str) -> str:
    return f"model example\n{body}\nend\n"


@pytest.fixture
def look(tmp_path):
    def call(body: str):
        path = tmp_path / "example.ant"
        path.write_text(antimony(body))
        return inspect(path)

    return call


def test_end_products_come_first(look):
    found = look("S -> X; S; X -> P; 2*X; S = 1; X = 0; P = 0")
    assert [proposal.observable for proposal in found.proposals] == ["P"]
    assert found.horizon is not None
    assert "--observe P" in found.command


def test_then_what_a_rule_defines(look):
    found = look("S -> X; S; X -> S; 2*X; S = 1; X = 0; share := X/(S + X)")
    assert [proposal.observable for proposal in found.proposals] == ["share"]


def test_then_what_appears_and_is_no_complex(look):
    found = look("A + B -> AB; A*B; AB -> A + B; AB; A -> D; A; D -> A; D; A = 1; B = 1; AB = 0; D = 0")
    assert [proposal.observable for proposal in found.proposals] == ["D"]


def test_what_never_settles_needs_a_horizon_from_the_user(look):
    found = look("-> P; 1; P = 0")
    assert found.horizon is None
    assert "E-NO-HORIZON" in found.horizon_reason
    assert found.command.endswith("--horizon …")


def test_units_and_totals(look):
    found = look("2 M -> D; M^2; D -> 2 M; D; M = 3; D = 0")
    assert found.totals == ("M + 2 D",)
    assert [reaction.equation for reaction in found.reactions] == ["2 M <-> D", "D <-> 2 M"] or [
        reaction.equation for reaction in found.reactions
    ] == ["2 M -> D", "D -> 2 M"]


def test_a_model_that_cannot_be_run_is_described(look):
    found = look("S -> P; S/z; S = 1; P = 0; z = 0; q := 1/z; species T; T' = q*S; T = 0")
    assert [species.id for species in found.species][:2] == ["S", "P"]
