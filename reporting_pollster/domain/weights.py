"""How much of a resource's use counts in which state: what the price list says, and a default where there is none.

Weights are whole ten-thousandths, the smallest that a price list may say, so that SQL can multiply without rounding.
"""

from __future__ import annotations

from collections.abc import Mapping

from reporting_pollster.domain.rates import RESOURCES, PriceList, Use

WHOLE = 10_000
Weights = Mapping[tuple[str, str], int]

# An offloaded instance is on no host.
DEFAULT_WEIGHTS: Weights = {
    (each.name, "shelved_offloaded"): 0 for each in RESOURCES.values() if each.kind == "instance"
}


def weights_of(prices: PriceList) -> Weights:
    """The weights of a price list by resource and state, where they are not 1."""
    states = sorted({state for _, state in prices.weights})
    found = {
        (name, state): int(prices.weight_of(Use(name, "", "", state)) * WHOLE) for name in RESOURCES for state in states
    }
    return {key: weight for key, weight in found.items() if weight != WHOLE}
