"""A line of values as small as a word."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float]) -> str:
    """One character for each value, from the least to the greatest; a flat line where all are the same."""
    if not values:
        return ""
    least, greatest = min(values), max(values)
    if least == greatest:
        return _BARS[0] * len(values)
    top = len(_BARS) - 1
    # Halves, since the span of two finite numbers may be none.
    return "".join(_BARS[round(top * ((value / 2 - least / 2) / (greatest / 2 - least / 2)))] for value in values)
