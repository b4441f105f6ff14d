"""Reads payloads, in which anything may stand where an object should.

A payload that is no object belongs to nothing that we know (glance sends the text of an error) and is ignored. One
that is an object and lacks the id of what it is about is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reporting_pollster.domain.notification.column import Unusable


def part(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under a name; empty when unset."""
    found = holder.get(name)
    if found is None or found == "":
        return {}
    if not isinstance(found, dict):
        raise Unusable(f"{name} is not an object")
    return found


def parts(holder: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """The list of objects under a name; empty when unset."""
    found = holder.get(name)
    if found is None or found == "":
        return ()
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Unusable(f"{name} is not a list of objects")
    return found


def renamed(holder: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, object]:
    """What stands under the payload's names, by ours; only what is there."""
    return {ours: holder[theirs] for theirs, ours in names.items() if theirs in holder}
