"""A line of values as small as a word."""

import pytest

from reporting_pollster.domain.metrics.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([5], "▁"),
        ([2, 2, 2], "▁▁▁"),
        ([0, 7, 3.5], "▁█▅"),
        ([-1.7e308, 1.7e308], "▁█"),
        (range(8), "▁▂▃▄▅▆▇█"),
    ],
)
def test_values_are_drawn_from_the_least_to_the_greatest(values: list[float], line: str) -> None:
    assert sparkline(values) == line
