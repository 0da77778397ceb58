"""Inputs as people write them: classes of schedules that a certificate can speak of."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from isthmus.errors import UsageError
from isthmus.formats import Imported, read_bytes, sbml_text
from isthmus.model.input import DOSES, KINDS, STEPS, Input
from isthmus.model.model import Model
from isthmus.model.question import Domain, Range
from isthmus.study.driven import with_inputs
from isthmus.study.times import parse_time

_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_BOUNDS: Final = re.compile(rf"^({_NUMBER})\.\.({_NUMBER})(x?)$")
_SPAN: Final = re.compile(r"^(.+?)\.\.(.+)/(\d+)$")
_MOST_LEVELS: Final = 200
_WAYS: Final = "dose=steps:0..24/4:0..10 or drug=doses:0,8,16:0..5"


def parse_inputs(texts: Sequence[str], model: Model) -> tuple[Input, ...]:
    """The inputs of `--input` texts, `NAME=KIND:TIMES:LOW..HIGH`; UsageError E-INPUT for other texts.

    KIND: steps or doses. TIMES: `T0..T1/k`, k equal intervals (steps in each, doses at the start of each), or
    `T0,T1,…`, the ends of the intervals (steps) or the moments (doses). `LOW..HIGHx` are multiples of the
    value that NAME has. Whether the model can take the input is not looked at, see `with_inputs`.
    """
    found: dict[str, Input] = {}
    for text in texts:
        scheduled = _parsed(text, model)
        if scheduled.quantity in found:
            raise _refused(text, f"a second input for {scheduled.quantity!r}", needed="one input a quantity")
        found[scheduled.quantity] = scheduled
    return tuple(found.values())


def _parsed(text: str, model: Model) -> Input:
    quantity, equals, rest = (part.strip() for part in text.partition("="))
    parts = [part.strip() for part in rest.split(":")]
    if not (quantity and equals) or len(parts) != 3:
        raise _refused(text, "a text that is not NAME=KIND:TIMES:LOW..HIGH")
    kind, times, bounds = parts
    if kind not in KINDS:
        advice = f"--vary {quantity}={bounds} for a constant of unknown value" if kind == "constant" else ""
        raise _refused(text, f"the kind {kind!r}", needed="steps or doses", advice=advice)
    low, high, relative = _read_bounds(text, kind, bounds)
    return Input(quantity, kind, _read_times(text, kind, times, model), low, high, relative, text.strip())


def _read_bounds(text: str, kind: str, bounds: str) -> tuple[float, float, bool]:
    match = _BOUNDS.match(re.sub(r"\s+", "", bounds))
    if match is None:
        raise _refused(text, f"bounds {bounds!r} that cannot be read", needed="LOW..HIGH")
    low, high, relative = float(match[1]), float(match[2]), bool(match[3])
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise _refused(text, "bounds that are not finite and rising", needed="low < high")
    if relative and kind == DOSES:
        raise _refused(text, "doses as multiples", needed="amounts", advice="bounds without x")
    if relative and low <= 0:
        raise _refused(text, f"a multiple of {low:g}", needed="multiples above 0")
    return low, high, relative


def _read_times(text: str, kind: str, times: str, model: Model) -> tuple[float, ...]:
    span = _SPAN.match(times)
    if span is not None:
        first, last = (parse_time(model, part, "--input") for part in span.group(1, 2))
        count = int(span[3])
        if not 1 <= count <= _MOST_LEVELS:
            raise _refused(text, f"{count} intervals", needed=f"from 1 to {_MOST_LEVELS}")
        edges = [first + (last - first) * place / count for place in range(count)]
        found = (*edges, last) if kind == STEPS else tuple(edges)
        rising = first < last
    else:
        found = tuple(parse_time(model, part, "--input") for part in times.split(","))
        rising = all(before < after for before, after in pairwise(found))
    if found[0] < 0 or not rising:
        raise _refused(text, f"times {times!r}", needed="rising times from 0 on")
    if kind == STEPS and len(found) < 2:
        raise _refused(text, f"one time, {times!r}", needed="the start and the end of a step")
    if len(found) > _MOST_LEVELS + 1:
        raise _refused(text, f"{len(found)} times", needed=f"at most {_MOST_LEVELS}")
    return found


def _refused(text: str, found: str, *, needed: str = "", advice: str = "") -> UsageError:
    return UsageError(
        "E-INPUT",
        f"--input {text}: {found}",
        needed=needed or "NAME=steps:T0..T1/k:LOW..HIGH or NAME=doses:T1,T2,…:LOW..HIGH",
        advice=advice or _WAYS,
    )


def bring_in(imported: Imported, full_xml: bytes, inputs: Sequence[Input]) -> tuple[Imported, bytes]:
    """A model and its file with inputs in it, written as SBML and read back; unchanged without any.

    The parameters that stand for the input say in their notes what the file was. UsageError where the model
    cannot take an input.
    """
    if not inputs:
        return imported, full_xml
    xml = sbml_text(with_inputs(imported.model, inputs)).encode()
    again = read_bytes(xml, "")
    model = replace(again.model, source=imported.model.source)
    return Imported(model, tuple(dict.fromkeys((*imported.losses, *again.losses)))), xml


def input_domain(domain: Domain, inputs: Sequence[Input], values: Mapping[str, float]) -> Domain:
    """The domain in which every level of the inputs has its own range, whatever it had before.

    values: of all quantities of the driven model, in its order.
    """
    ranges = {member.quantity: member for member in domain.ranges}
    for scheduled in inputs:
        factor = values[scheduled.resting] if scheduled.relative else 1.0
        low, high = sorted((factor * scheduled.low, factor * scheduled.high))
        ranges |= {level: Range(level, low, high, relative=False) for level in scheduled.levels}
    return Domain(tuple(ranges[q] for q in values if q in ranges), tuple(inputs))
