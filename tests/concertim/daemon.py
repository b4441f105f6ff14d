"""The daemon that metrics are sent to. It asks the app for its devices now and then, and does not know new ones yet."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from typing import Any, NamedTuple

from tests.concertim.answer import Answer, Refused
from tests.concertim.installation import Installation

TYPES = ("string", "int8", "uint8", "int16", "uint16", "int32", "uint32", "float", "double")
SLOPES = ("zero", "positive", "negative", "both", "derivative")
TICK_SECONDS = 15
_REFRESH_SECONDS, _THROTTLE_SECONDS = 30, 5
_RESOLUTIONS = {"hour": (3600, 15), "day": (86400, 300), "quarter": (90 * 86400, 3600)}


class Post(NamedTuple):
    """A value that was accepted."""

    at: float
    value: Any
    type: str
    units: str
    slope: str
    ttl: int

    @property
    def nature(self) -> str:
        """What the daemon calls it."""
        if self.type == "string":
            return "string_and_time"
        return "constant" if self.slope == "zero" else "volatile"


class Daemon:
    """All metrics that were accepted, in order, of each device."""

    def __init__(self, there: Installation) -> None:
        self._there, self._clock = there, there.clock
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._asked_at = self._started_at = self._clock.now()
        self.posts: dict[tuple[str, str], list[Post]] = defaultdict(list)

    def put(self, device_id: str, body: bytes) -> Answer:
        """PUT /:device_id/metrics"""
        try:
            document = json.loads(body, parse_constant=_no_number)
        except ValueError as error:
            raise _bad(str(error)) from None
        if not isinstance(document, dict):
            raise _bad("not an object")
        if (ttl := document.get("ttl")) is not None and (isinstance(ttl, bool) or not isinstance(ttl, int)):
            raise _bad("cannot unmarshal into Go struct field .ttl of type int")
        with self._lock:
            self._check_known(device_id)
            if problems := _problems(document):
                errors = [
                    {"status": 422, "title": rule, "detail": f"{field} failed {rule}", "source": field}
                    for field, rule in problems
                ]
                raise Refused(422, {"errors": errors, "status": 422})
            kept = (document["value"], document["type"], document.get("units") or "", document["slope"], ttl or 0)
            self.posts[device_id, document["name"]].append(Post(self._clock.now(), *kept))
        return Answer(200, {"status": 200})

    def read(self, parts: list[str]) -> Answer:
        """GET of anything below the daemon's prefix."""
        match parts:
            case ["status"]:
                return Answer(200, {"status": 200})
            case ["devices", device_id, "metrics", "current"]:
                return self._of_device(device_id)
            case ["metrics", "current"]:
                return self._names()
            case ["metrics", name, "current"]:
                return self._of_name(name)
            case ["devices", device_id, "metrics", "historic"]:
                return self._historic_names(device_id)
            case ["devices", device_id, "metrics", name, "historic", "last", span]:
                return self._historic(device_id, name, span)
            case _:
                raise _missing("Not Found", "no such path")

    def _check_known(self, device_id: str) -> None:
        now = self._clock.now()
        if now - self._asked_at >= _REFRESH_SECONDS:
            self._refresh(now)
        if device_id in self._known:
            return
        if now - self._asked_at >= _THROTTLE_SECONDS:  # takes its time: this request is not helped by it
            self._refresh(now)
        raise _missing("Host Not Found", f"Unknown host: {device_id}")

    def _refresh(self, now: float) -> None:
        self._asked_at = now
        with self._there.lock:
            self._known |= set(self._there.devices)  # what it once knew it never forgets

    def _tick(self) -> float:
        """Return when values were last processed."""
        passed = (self._clock.now() - self._started_at) // TICK_SECONDS
        if passed < 1:
            raise Refused(503, {"errors": [{"title": "No data yet", "detail": "", "status": 503}], "status": 503})
        return self._started_at + passed * TICK_SECONDS

    def _values_at(self, moment: float) -> dict[tuple[str, str], Post]:
        found = {}
        for key, posts in self.posts.items():
            before = [post for post in posts if post.at <= moment]
            if before and moment < before[-1].at + before[-1].ttl:
                found[key] = before[-1]
        return found

    def _of_device(self, device_id: str) -> Answer:
        found = {name: post for (owner, name), post in self._values_at(self._tick()).items() if owner == device_id}
        if not found:
            raise _missing("Host Not Found", f"no metrics of {device_id}")
        shown = [
            {"id": name, "name": name, "nature": post.nature, "units": post.units, "value": post.value}
            for name, post in found.items()
        ]
        return Answer(200, shown)

    def _names(self) -> Answer:
        of_name: dict[str, list[Post]] = defaultdict(list)
        for (_, name), post in self._values_at(self._tick()).items():
            of_name[name].append(post)
        shown = []
        for name, posts in of_name.items():
            numbers = [post.value for post in posts if post.type != "string"]
            bounds = {"min": min(numbers, default=None), "max": max(numbers, default=None)}
            shown.append({"id": name, "name": name, "nature": posts[0].nature, "units": posts[0].units, **bounds})
        return Answer(200, shown)

    def _of_name(self, name: str) -> Answer:
        found = {owner: post for (owner, known), post in self._values_at(self._tick()).items() if known == name}
        if not found:
            raise _missing("Metric Not Found", name)
        return Answer(200, [{"id": owner, "value": post.value} for owner, post in found.items()])

    def _historic_names(self, device_id: str) -> Answer:
        found = sorted({name for owner, name in self.posts if owner == device_id})
        if not found:
            raise _missing("Host Not Found", device_id)
        return Answer(200, [{"id": name, "name": name} for name in found])

    def _historic(self, device_id: str, name: str, span: str) -> Answer:
        if span not in _RESOLUTIONS:
            raise _bad(f"unknown duration {span}")
        if (device_id, name) not in self.posts:
            raise _missing("Metric Not Found", name)
        length, step = _RESOLUTIONS[span]
        end = int(self._tick())
        moments = range(end - length + step, end + 1, step)
        values = ((moment, self._values_at(moment).get((device_id, name))) for moment in moments)
        return Answer(200, [{"timestamp": at, "value": post.value if post else None} for at, post in values])


def _problems(document: dict[str, Any]) -> list[tuple[str, str]]:
    problems = [(name, "required") for name in ("name", "type", "value", "slope", "ttl") if document.get(name) is None]
    if not problems and document["ttl"] == 0:
        problems.append(("ttl", "required"))
    elif isinstance(document.get("ttl"), int) and document["ttl"] < 0:
        problems.append(("ttl", "min"))
    if isinstance(document.get("name"), str) and not document["name"].strip():
        problems.append(("name", "notblank"))
    if document.get("type") is not None and document["type"] not in TYPES:
        problems.append(("type", "oneof"))
    if document.get("slope") is not None and document["slope"] not in SLOPES:
        problems.append(("slope", "oneof"))
    if set(str(document.get("units") or "")) & set("<>'\"&"):
        problems.append(("units", "excludesall"))
    if document.get("value") is not None and document.get("type") in TYPES and not _fits(document):
        problems.append(("value", "validtype"))
    return problems


def _fits(document: dict[str, Any]) -> bool:
    value, kind = document["value"], document["type"]
    if kind == "string":
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if kind in ("float", "double"):
        return True
    return abs(value - round(value)) <= 1e-9 and not (kind.startswith("u") and value < 0)


def _no_number(text: str) -> Any:
    raise ValueError(f"invalid character in {text}")


def _bad(detail: str) -> Refused:
    return Refused(400, {"errors": [{"title": "Bad Request", "detail": detail}], "status": 400})


def _missing(title: str, detail: str) -> Refused:
    return Refused(404, {"errors": [{"title": title, "detail": detail}], "status": 404})
