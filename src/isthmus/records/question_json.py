"""A question as JSON: formulas as text for people and as a graph for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from isthmus.algebra.flat_graph import flatten_graph, unflatten_graph
from isthmus.model.input import Input
from isthmus.model.question import Domain, Observable, Question, Range


def question_as_json(question: Question) -> dict[str, Any]:
    """The question by name; `graph` holds each observable's formula exactly."""
    return {
        "observables": [_observable_as_json(observable) for observable in question.observables],
        "tolerance": question.tolerance,
        "horizon": question.horizon,
        "horizon_reason": question.horizon_reason,
        "after": question.after,
        "metric": question.metric,
        "seed": question.seed,
        "domain": [asdict(span) for span in question.domain.ranges],
        "inputs": [asdict(scheduled) for scheduled in question.domain.inputs],
    }


def question_from_json(data: dict[str, Any]) -> Question:
    """The question that `question_as_json` wrote."""
    return Question(
        observables=tuple(_observable_from_json(entry) for entry in data["observables"]),
        tolerance=data["tolerance"],
        horizon=data["horizon"],
        domain=Domain(
            tuple(Range(**entry) for entry in data["domain"]),
            tuple(_input_from_json(entry) for entry in data.get("inputs", ())),
        ),
        after=data["after"],
        metric=data["metric"],
        seed=data["seed"],
        horizon_reason=data["horizon_reason"],
    )


def _observable_as_json(observable: Observable) -> dict[str, Any]:
    from isthmus.algebra.infix_printer import infix

    rows, roots = flatten_graph([observable.formula])
    graph = [[op, value, list(arguments)] for op, value, arguments in rows]
    return {"name": observable.name, "formula": infix(observable.formula), "graph": graph, "root": roots[0]}


def _observable_from_json(data: dict[str, Any]) -> Observable:
    rows = [(op, value, tuple(arguments)) for op, value, arguments in data["graph"]]
    return Observable(data["name"], unflatten_graph(rows, [data["root"]])[0])


def _input_from_json(data: dict[str, Any]) -> Input:
    return Input(**{**data, "times": tuple(data["times"])})
