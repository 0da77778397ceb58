"""The HTML report: one file, no request, everything escaped, the same bytes for the same study."""

import re
from html.parser import HTMLParser

import pytest

from isthmus.records.law import Formula, Law
from isthmus.report.html import POLICY, render_html

VOID = {"meta", "br", "link", "img", "input", "hr"}
# Attributes from which a browser loads something.
LOADING = {"src", "href", "srcset", "data", "action", "poster", "background", "xlink:href"}


class Page(HTMLParser):
    """Elements, their attributes, the text, and whether every element is closed in order."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


def requests(page: Page) -> list[str]:
    """What the page would ask for: everything but places inside it."""
    found = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in LOADING and value
    ]
    found += [
        value
        for _, attributes in page.elements
        for value in re.findall(r"url\(([^)]*)\)", attributes.get("style") or "")
    ]
    found += re.findall(r"url\(([^)]*)\)|@import", page.text)
    return [value for value in found if not value.startswith("#")]


def test_it_is_well_formed(study):
    page = Page(render_html(study))
    assert page.open == []
    assert [tag for tag, _ in page.elements if tag == "section"]


def test_it_asks_the_network_for_nothing(study):
    page = Page(render_html(study))
    assert requests(page) == []
    assert not any(
        tag in ("script", "iframe", "object", "embed", "link", "base", "form") for tag, _ in page.elements
    )
    policies = [attributes["content"] for tag, attributes in page.elements if attributes.get("http-equiv")]
    assert policies == [POLICY]
    assert POLICY.startswith("default-src 'none'")


def test_the_check_sees_a_request():
    assert requests(Page('<p style="background:url(http://x.org/a.png)"><img src="a.png"></p>')) == [
        "a.png",
        "http://x.org/a.png",
    ]


def test_nothing_is_shown_twice_under_one_anchor(study):
    anchors = [
        str(attributes["id"]) for _, attributes in Page(render_html(study)).elements if "id" in attributes
    ]
    assert sorted(set(anchors)) == sorted(anchors)
    links = {a["href"] for tag, a in Page(render_html(study)).elements if tag == "a"}
    assert links <= {f"#{anchor}" for anchor in anchors}


@pytest.mark.parametrize(
    "words",
    [
        "Certified",
        "P is within 1 % for 0–600 s",
        "Sampled: at most 1 % of conditions violate",
        "628 conditions tried, none violated",
        "conditions outside the domain",
        "largest rate of convert",
        "totals E_total and S_total are constant",
        "isthmus reduce michaelis_menten.ant --observe P --tolerance 1% --seed 1",
        "held in every draw",
        "numpy 2.4.6",
    ],
)
def test_what_a_person_looks_for_is_there(study, words):
    assert words in " ".join(Page(render_html(study)).text.split())


def test_it_is_deterministic(study):
    assert render_html(study) == render_html(type(study).from_json(study.as_json()))


def test_hostile_text_stays_text(study, vary_study):
    evil = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    math = "<math><mi><script>alert(2)</script></mi></math>"
    handler = "<math><mi onclick='alert(3)'>x</mi></math>"
    laws = (
        Law(evil, "rate", Formula(evil), Formula(evil, mathml=math)),
        Law(
            "x",
            "assignment",
            Formula("y", mathml=handler),
            Formula("z", mathml="<!DOCTYPE math><math><mi>z</mi></math>"),
        ),
    )
    changed = vary_study(model=evil, laws=laws, notes=(evil,), time_unit=evil)
    page = Page(render_html(changed))
    assert page.open == []
    assert not any(tag in ("script", "img") for tag, _ in page.elements)
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert page.text.count("onerror=alert(1)") > 3


def test_an_interrupted_study_claims_nothing(vary_study):
    text = Page(render_html(vary_study(certificate=None, interrupted=True))).text
    assert "Interrupted" in text
    assert "nothing is claimed about the error" in text
    assert "Certified" not in text


def test_nothing_smaller_says_so(study, vary_study):
    text = Page(
        render_html(vary_study(chosen=0, certificate=None, ladder=study.ladder[:1], after=study.before))
    ).text
    assert "No smaller model keeps P within 1 %" in text
    assert "Certified" not in text


def test_the_worst_error_is_said_once(study, vary_study):
    from dataclasses import replace

    quantiles = {"nominal": 4.7e-4, "median": 4.6e-4, "p90": 1.4e-3, "worst": 4.7e-3}
    text = Page(
        render_html(vary_study(certificate=replace(study.certificate, error_quantiles=quantiles)))
    ).text
    assert "worst 0.47 % (at nominal values 0.047 %, half of them under 0.046 %" in text
    assert text.count("worst 0.47 %") == 1
