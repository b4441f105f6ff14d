"""Whether two sets of values differ, by Concertim's rules for what is the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NOTHING: tuple[Any, ...] = (None, "", {})


def different(asked: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """The new ones of (new, old) that are not the old ones."""
    return {name: new for name, (new, old) in asked.items() if new != old}


def merged(own: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata with ours in them, without those of ours that are None.

    Concertim replaces metadata as a whole, so what others put there has to be sent along.
    """
    return {key: value for key, value in {**there, **own}.items() if value is not None or key not in own}


def details(own: Mapping[str, Any], there: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ours, and the same of what is there; nothing, an empty text and an empty object are all the same."""
    return _without_nothing(own), _without_nothing({key: there.get(key) for key in own})


def _without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: None if value in _NOTHING else value for key, value in values.items()}
