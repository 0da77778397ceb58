"""The certificate: what its JSON holds, what its schema refuses, and where it may be read."""

import json
import math
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest

from isthmus.errors import UsageError
from isthmus.records.certificate import Certificate, Counterexample, DomainLine

REQUIRED = [
    "schema",
    "strength",
    "verdict",
    "tolerance",
    "worst_error",
    "draws",
    "failures",
    "violation_probability",
    "confidence",
    "attempt",
    "metric",
    "horizon",
    "domain",
    "seed",
    "before_sha256",
    "after_sha256",
    "not_checked",
]


def example() -> Certificate:
    return Certificate(
        strength="sampled",
        verdict="kept",
        tolerance=0.01,
        worst_error=2.5e-3,
        draws=720,
        failures=0,
        violation_probability=0.0051,
        confidence=0.95,
        attempt=1,
        metric="peak",
        horizon=100.0,
        domain="k1 from half to twice its value, log-uniform",
        seed=1,
        before_sha256="a" * 64,
        after_sha256="b" * 64,
        not_checked=("times beyond 100",),
        observables=("P",),
        error_quantiles={"median": 1e-3, "worst": 2.5e-3},
        attempt_confidence=0.975,
        planned_draws=720,
        allowed_failures=2,
        domain_ranges=(DomainLine("k1", 0.5, 2.0, True),),
        side_conditions={"non-negativity": 0},
        sentence="P is within 1 % …",
    )


def broken() -> Certificate:
    found = Counterexample({"k1": 2.0}, math.inf, 3.0, "P", "runs to the end")
    return replace(example(), verdict="broken", failures=3, worst_error=math.inf, counterexample=found)


def schema() -> dict:
    text = files("isthmus.records").joinpath("schemas/certificate.schema.json").read_text(encoding="utf-8")
    return json.loads(text)


@pytest.mark.parametrize("certificate", [example(), broken(), replace(example(), worst_error=None)])
def test_json_round_trip_fits_the_schema(certificate: Certificate) -> None:
    text = json.dumps(certificate.as_json(), allow_nan=False)
    document = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema())
    assert Certificate.from_json(document) == certificate
    assert set(REQUIRED) <= set(document)
    assert set(schema()["required"]) == set(document)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "fine"},
        {"strength": "guessed"},
        {"draws": -1},
        {"violation_probability": 1.5},
        {"before_sha256": "xyz"},
        {"unknown": 1},
    ],
)
def test_the_schema_refuses_what_is_wrong(change) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example().as_json() | change, schema())


@pytest.mark.parametrize("key", REQUIRED)
def test_the_schema_misses_every_key(key: str) -> None:
    document = example().as_json()
    del document[key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())


def test_a_certificate_is_not_read_beyond_its_horizon() -> None:
    certificate = replace(example(), after=5.0)
    assert certificate.covers(100.0)
    assert certificate.covers(50.0, start=10.0)
    assert not certificate.covers(101.0)
    assert not certificate.covers(100.0, start=0.0)
    certificate.require(100.0)
    with pytest.raises(UsageError, match="E-CERT-HORIZON"):
        certificate.require(1e7)


@pytest.mark.parametrize("verdict", ["broken", "undecided"])
def test_only_a_kept_certificate_covers_anything(verdict: str) -> None:
    assert not replace(example(), verdict=verdict).covers(1.0)


def test_words_outside_the_vocabulary_are_refused() -> None:
    with pytest.raises(ValueError, match="verdict"):
        replace(example(), verdict="success")
    with pytest.raises(ValueError, match="strength"):
        replace(example(), strength="bound")
    with pytest.raises(ValueError, match="refused"):
        replace(example(), strength="refused")
    with pytest.raises(ValueError, match="version"):
        Certificate.from_json(example().as_json() | {"version": 2})
