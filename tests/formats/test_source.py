"""A source is a path or a text, whatever its length."""

from __future__ import annotations

import pytest

from isthmus.errors import ModelError
from isthmus.formats import read_model
from isthmus.formats.source import load


def test_a_line_of_text_may_be_longer_than_any_file_name():
    reactions = "; ".join(f"A{i} -> A{i + 1}; k*A{i}" for i in range(40))
    text = f"{reactions}; k = 0.5; A0 = 1; " + "; ".join(f"A{i} = 0" for i in range(1, 41))
    assert len(text) > 255 and "\n" not in text
    assert load(text) == (text.encode(), "")
    assert [reaction.net()["A1"] for reaction in read_model(text).reactions[:2]] == [1, -1]


def test_a_line_with_a_character_that_no_path_has_is_text():
    assert load("A -> B; k*A\0") == (b"A -> B; k*A\0", "")


def test_a_file_whose_name_looks_like_text_is_a_file(tmp_path):
    path = tmp_path / "k=1.ant"
    path.write_text("A -> B; 2*A")
    assert load(str(path)) == (b"A -> B; 2*A", str(path))


def test_a_long_name_of_no_file_is_refused_as_a_file():
    with pytest.raises(ModelError) as caught:
        load("model" * 100)
    assert caught.value.code == "E-FILE"
