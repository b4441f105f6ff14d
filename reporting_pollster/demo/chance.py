"""Chance that repeats: the same seed gives the same cloud, on any machine and in any process.

Everything invented is drawn from one of these; nothing asks the machine for randomness, and nothing iterates a set.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


class Dice:
    """A source of invented values."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def chance(self, share: float) -> bool:
        """True in this share of the cases."""
        return self._random.random() < share

    def share(self) -> float:
        """A number from 0 to 1."""
        return self._random.random()

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def pick(self, options: Sequence[T]) -> T:
        """One of them."""
        return self._random.choice(options)

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Several different ones, or all if there are not so many."""
        return self._random.sample(list(options), min(count, len(options)))

    def weighed(self, weights: Mapping[T, float]) -> T:
        """One of them, by weight."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def seconds(self, low: float, high: float) -> timedelta:
        """A duration between two bounds."""
        return timedelta(seconds=round(self._random.uniform(low, high)))

    def wait(self, per_day: float) -> timedelta:
        """How long until something happens that happens so often a day, whatever came before."""
        return timedelta(days=self._random.expovariate(per_day))

    def uuid(self) -> str:
        """An identifier as most services make them."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def hex(self, digits: int = 32) -> str:
        """An identifier as keystone makes them; 64 digits for a user from elsewhere."""
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"
