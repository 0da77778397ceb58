"""The search for cycles is off inside, and afterwards as it was."""

import gc

import pytest

from isthmus.algebra.uncollected import uncollected


@uncollected
def is_on(fails=False):
    if fails:
        raise ValueError("within")
    return gc.isenabled()


@uncollected
def nested():
    return is_on(), gc.isenabled()


def test_off_inside_and_on_again():
    assert gc.isenabled()
    assert is_on() is False
    assert gc.isenabled()
    # The inner one does not turn it on for the outer one.
    assert nested() == (False, False)
    assert gc.isenabled()


def test_on_again_after_an_error():
    with pytest.raises(ValueError, match="within"):
        is_on(fails=True)
    assert gc.isenabled()


def test_left_off_where_it_was_off():
    gc.disable()
    try:
        assert is_on() is False
        assert not gc.isenabled()
    finally:
        gc.enable()
