"""The whole path on Michaelis–Menten: what is certified, what is exact, what an interruption keeps."""

from __future__ import annotations

from typing import Any

import pytest
from tests.study.benches import MICHAELIS_MENTEN

from isthmus.study import recipe
from isthmus.study.question import Asked
from isthmus.study.search.effort import Effort

QUICK = Effort(start_points=3, draws=300, looser=(3.0,))


def reduce(enzyme: float, horizon: str, **options: Any) -> recipe.Result:
    text = MICHAELIS_MENTEN.format(enzyme=enzyme)
    return recipe.reduce(text, Asked(("P",), "1%", horizon), command="", effort=QUICK, **options)


@pytest.fixture(scope="module")
def little_enzyme() -> recipe.Result:
    return reduce(0.1, "700")


def test_little_enzyme_is_certified_through_total_qssa(little_enzyme: recipe.Result) -> None:
    study = little_enzyme.study
    assert study.after.states == 1
    assert study.ladder[study.chosen].steps == ("total QSSA of C (-1 E, -1 S)",)
    assert study.certificate is not None
    assert (study.certificate.strength, study.certificate.verdict) == ("sampled", "kept")
    assert study.found


def test_the_report_has_the_law_with_its_lumped_parameters(little_enzyme: recipe.Result) -> None:
    study = little_enzyme.study
    assert {entry.id: entry.formula.infix for entry in study.lumped} == {
        "Km": "(km1 + k2)/k1",
        "Vmax": "k2*E_total",
    }
    values = {entry.id: entry.value for entry in study.lumped}
    assert values == pytest.approx({"Km": 0.75, "Vmax": 0.025})
    convert = next(law for law in study.laws if law.target == "convert")
    assert convert.after is not None
    assert "Vmax" in convert.after.infix


def test_the_certificate_is_about_the_files_that_are_handed_out(little_enzyme: recipe.Result) -> None:
    from hashlib import sha256

    certificate = little_enzyme.study.certificate
    assert certificate is not None
    assert certificate.before_sha256 == sha256(little_enzyme.full_xml).hexdigest()
    assert certificate.after_sha256 == sha256(little_enzyme.reduced_xml.encode()).hexdigest()


def test_a_study_keeps_the_keys_that_others_read(little_enzyme: recipe.Result) -> None:
    document = little_enzyme.study.as_json()
    assert {"question", "before", "after", "ladder", "chosen", "certificate", "provenance"} <= set(document)
    assert set(document["before"]) == {"states", "reactions", "parameters", "terms"}
    assert {"states", "terms", "error", "steps"} <= set(document["ladder"][0])


@pytest.mark.parametrize(("enzyme", "horizon"), [(1, "200"), (10, "60")])
def test_more_enzyme_leaves_only_the_exact_reduction(enzyme: float, horizon: str) -> None:
    study = reduce(enzyme, horizon).study
    assert study.after.states == 2
    assert study.certificate is not None
    assert (study.certificate.strength, study.certificate.verdict) == ("exact", "kept")


def test_ctrl_c_during_the_search_keeps_the_rungs_found() -> None:
    def stop_after_a_round(text: str, done: int = 0, total: int = 0) -> None:
        if "accepted" in text:
            raise KeyboardInterrupt

    study = reduce(0.1, "700", progress=stop_after_a_round).study
    assert study.interrupted
    assert study.certificate is None
    assert [rung.size.states for rung in study.ladder] == [4, 2, 1]


def test_the_same_seed_gives_the_same_study(little_enzyme: recipe.Result) -> None:
    again = reduce(0.1, "700")
    first, second = little_enzyme.study.certificate, again.study.certificate
    assert first is not None
    assert second is not None
    assert first.as_json() == second.as_json()
    assert little_enzyme.reduced_xml == again.reduced_xml
