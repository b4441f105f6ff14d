"""Says in words how a boundary of a period is known: for people who ask why a figure is what it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reporting_pollster.domain.timeline.period import Change


def worded(change: Change | None, *, with_hosts: bool = True) -> str:
    """The rule, the fact that it was applied to, and the bounds of an estimate; empty for what goes on.

    Where in the cloud something happened is not for its users: `with_hosts` says whether it is told.
    """
    if change is None:
        return ""
    fact = _fact(change.fact, with_hosts)
    text = f"{change.rule}: {fact}" if fact else change.rule
    if change.origin != "estimate":
        return text
    return f"{text} (estimate: {_bounds(change)})"


def _bounds(change: Change) -> str:
    earliest, latest = change.earliest or change.at, change.latest or change.at
    return f"between {_time(earliest)} and {_time(latest)}"


def _fact(fact: Any, with_hosts: bool) -> str:
    """A fact by what tells it apart; every kind of fact has some of these."""
    known: dict[str, Any] = getattr(fact, "_asdict", dict)()
    if "action" in known:
        return f"action {fact.action} from {_time(fact.started)}{_of(known, 'request_id')}"
    if "dest_host" in known:
        places = f" from {fact.source_host or '?'} to {fact.dest_host or '?'}" if with_hosts else ""
        return f"{fact.type} {fact.id} ({fact.status}){places}"
    if "volume_id" in known or "attached" in known:
        return f"attachment of {_time(known.get('attached') or known.get('created'))}"
    if "known_from" in known:
        return f"row as read at {_time(fact.known_from)}"
    return ""


def _of(known: dict[str, Any], name: str) -> str:
    return f", {known[name]}" if known.get(name) else ""


def _time(at: datetime | None) -> str:
    return "an unknown time" if at is None else at.strftime("%Y-%m-%d %H:%M:%S")
