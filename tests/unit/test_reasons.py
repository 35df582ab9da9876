"""Figures in the reasons of anomalies, as people write them."""

from __future__ import annotations

import pytest

from rtlakehouse.anomalies.judging import figure
from rtlakehouse.anomalies.watched import Watched


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (46_137.2, "46,140"),
        (109_200_000.0, "109,200,000"),
        (0.72601, "0.726"),
        (11.8112, "11.81"),
        (0.0, "0"),
        (-5_629.4, "-5,629"),
    ],
)
def test_a_figure_has_four_digits_that_count_and_no_exponent(value: float, said: str) -> None:
    assert figure(Watched.NET, value) == said


def test_a_share_is_in_percent() -> None:
    assert figure(Watched.CONVERSION_RATE, 0.0123) == "1.23%"
