"""What is taken as a vector of finite numbers."""

import warnings

import numpy as np
import pytest

from isthmus.errors import NumericalError
from isthmus.solve.ndf import vector


def test_large_numbers_are_finite_and_nothing_is_said_of_their_squares():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert vector([1e200, -1e308], 2, "a start").tolist() == [1e200, -1e308]


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_is_refused(wrong):
    with pytest.raises(NumericalError, match="not finite"):
        vector([1.0, wrong], 2, "a start")
