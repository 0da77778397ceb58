"""Rows survive on disk as they were, and a table of another kind is refused."""

import json
from dataclasses import dataclass

import pytest

from isthmus.errors import UsageError
from isthmus.testing.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    model: str
    states: int | None = None
    error: float | None = None
    detail: str = ""


ROWS = [Row("b", 3, 0.25, "two\nlines\tof text"), Row("a", None, float("inf"), "")]


def test_rows_are_read_back_as_they_were(tmp_path):
    path = tmp_path / "table.tsv"
    table = Table(Row, path)
    for row in ROWS:
        table.add(row)
    again = Table(Row, path, resume=True)
    assert again.in_order() == [ROWS[1], Row("b", 3, 0.25, "two lines of text")]


def test_the_end_sorts_the_rows_and_writes_the_summary(tmp_path):
    path = tmp_path / "table.tsv"
    table = Table(Row, path)
    for row in ROWS:
        table.add(row)
    table.finish({"models": 2})
    assert [line.split("\t")[0] for line in path.read_text().splitlines()] == ["model", "a", "b"]
    document = json.loads(path.with_suffix(".json").read_text())
    assert document["summary"] == {"models": 2}
    assert [row["model"] for row in document["rows"]] == ["a", "b"]


def test_a_row_cut_short_by_a_crash_is_dropped(tmp_path):
    path = tmp_path / "table.tsv"
    table = Table(Row, path)
    table.add(ROWS[0])
    path.write_text(path.read_text() + "c\t5")
    assert [row.model for row in Table(Row, path, resume=True).in_order()] == ["b"]


def test_a_table_with_other_columns_is_not_taken_up(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("model\tsize\n")
    with pytest.raises(UsageError, match="other columns"):
        Table(Row, path, resume=True)


def test_without_resume_the_old_rows_go(tmp_path):
    path = tmp_path / "table.tsv"
    Table(Row, path).add(ROWS[0])
    assert Table(Row, path).in_order() == []
    assert path.read_text().count("\n") == 1
