"""What Gnocchi is asked for: which metrics and resources there are, and measures of many resources at once.

The traps are in the lists. A page may repeat rows of another one, the limit is cut in silence, and the address of the
next page is made of what the server believes to be called: so pages are asked for by the last id, and each row counts
once. And where nobody has a metric, Gnocchi does not answer with nothing but with an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from reporting_pollster.config.settings import GnocchiSettings
from reporting_pollster.domain.metrics.policy import Policy, policy_of
from reporting_pollster.domain.metrics.rollup import Point
from reporting_pollster.domain.metrics.wanted import INSTANCE_ATTRIBUTE, OF_INSTANCES
from reporting_pollster.errors import MetricsRefused
from reporting_pollster.sources.gnocchi.failure import failures, is_nobodys
from reporting_pollster.sources.gnocchi.session import client_of

_PAGE = 1000
_JSON = {"Accept": "application/json", "Content-Type": "application/json"}

Series = Mapping[str, Sequence[Point]]  # by aggregate
Answer = Mapping[str, Mapping[str, Series]]  # by resource and metric


@dataclass(frozen=True)
class Resource:
    """Something that is measured."""

    id: str
    project_id: str | None
    instance_id: str | None
    ended: datetime | None


@dataclass(frozen=True)
class Question:
    """Aggregates of some metrics of some resources, from `start` to before `stop`."""

    kind: str
    resources: tuple[str, ...]
    metrics: tuple[str, ...]
    aggregates: tuple[str, ...]
    granularity: timedelta
    start: datetime
    stop: datetime


class Gnocchi:
    """A Gnocchi; what it raises is of ours, and nothing is asked twice."""

    def __init__(self, settings: GnocchiSettings, region: str) -> None:
        self._client = client_of(settings, region)

    def policies(self) -> Mapping[str, Policy]:
        """All archive policies by name; one that cannot be understood is left out."""
        found = {}
        for body in self._ask("list archive policies", "GET", "v1/archive_policy"):
            try:
                policy = policy_of(body)
            except (ValueError, TypeError, KeyError):
                continue
            found[policy.name] = policy
        return found

    def metrics(self, name: str) -> Iterator[tuple[str, str]]:
        """The resources that have a metric of this name, each with the name of its archive policy."""
        for row in self._pages(f"list metrics {name}", "GET", "v1/metric", {"name": name}):
            if row.get("name") == name and row.get("resource_id"):
                yield row["resource_id"], row["archive_policy"]["name"]

    def resources(self, kind: str, ended_since: datetime) -> Iterator[Resource]:
        """The resources of a kind that are there, or have not ended before."""
        search = {"or": [{"=": {"ended_at": None}}, {">=": {"ended_at": ended_since.isoformat()}}]}
        asked = f"list resources of type {kind}"
        for row in self._pages(asked, "POST", f"v1/search/resource/{kind}", {}, search):
            yield _resource(kind, row)

    def kinds(self) -> frozenset[str]:
        """The names of all types of resources."""
        found = self._ask("list types of resources", "GET", "v1/resource_type")
        return frozenset(str(each["name"]) for each in found)

    def measures(self, question: Question) -> Answer:
        """Aggregated measures by resource, metric and aggregate; what there is none of is left out."""
        body = {
            "operations": ["metric", *([name, each] for name in question.metrics for each in question.aggregates)],
            "resource_type": question.kind,
            "search": {"in": {"id": list(question.resources)}},
        }
        parameters = {
            "granularity": question.granularity.total_seconds(),
            "start": question.start.isoformat(),
            "stop": question.stop.isoformat(),
        }
        try:
            answer = self._ask("read measures", "POST", f"v1/aggregates?{urlencode(parameters)}", body)
        except MetricsRefused as error:
            if is_nobodys(error):
                return {}
            raise
        return {
            resource: {metric: {name: _points(rows) for name, rows in found.items()} for metric, found in each.items()}
            for resource, each in answer["measures"].items()
        }

    def policy_of_metric(self, resource: str | None, metric: str) -> Policy:
        """How a metric is kept: one with this id, or of this name if its resource is given."""
        found = self._ask(f"find the metric {metric}", "GET", _place(resource, metric))
        try:
            return policy_of(found["archive_policy"])
        except (ValueError, TypeError, KeyError):
            raise MetricsRefused(f"the archive policy of the metric {metric} is not understood") from None

    def series(
        self, resource: str | None, metric: str, aggregation: str, granularity: timedelta, start: datetime
    ) -> list[Point]:
        """One aggregate of one metric, the oldest value first."""
        parameters = {
            "aggregation": aggregation,
            "granularity": granularity.total_seconds(),
            "start": start.isoformat(),
        }
        path = f"{_place(resource, metric)}/measures?{urlencode(parameters)}"
        return _points(self._ask(f"read the metric {metric}", "GET", path))

    def _pages(
        self, asked: str, method: str, path: str, parameters: Mapping[str, str], body: object = None
    ) -> Iterator[Mapping[str, Any]]:
        seen: set[str] = set()
        marker: Mapping[str, str] = {}
        while True:
            query = urlencode({**parameters, "sort": "id:asc", "limit": _PAGE, **marker})
            page = self._ask(asked, method, f"{path}?{query}", body)
            new = [row for row in page if row["id"] not in seen]
            seen.update(row["id"] for row in new)
            yield from new
            if not new:  # an empty page is the end, and one that says nothing new would come for ever
                return
            marker = {"marker": page[-1]["id"]}

    def _ask(self, asked: str, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body)
        with failures(asked):
            answer = self._client.api.request(path, method, headers=dict(_JSON), data=data)
        try:
            return json.loads(answer.content)  # requests may have a parser to which NaN is an error
        except ValueError:
            raise MetricsRefused(
                f"what answers when asked to {asked} is not Gnocchi", hint="check [gnocchi] endpoint"
            ) from None


def _place(resource: str | None, metric: str) -> str:
    if resource is None:
        return f"v1/metric/{quote(metric, safe='')}"
    return f"v1/resource/generic/{quote(resource, safe='')}/metric/{quote(metric, safe='')}"


def _resource(kind: str, row: Mapping[str, Any]) -> Resource:
    instance = row.get(INSTANCE_ATTRIBUTE) if kind in OF_INSTANCES else row["id"] if kind == "instance" else None
    ended = row.get("ended_at")
    return Resource(row["id"], row.get("project_id"), instance, None if ended is None else _instant(ended))


def _points(rows: Sequence[Any]) -> list[Point]:
    return [(_instant(row[0]), row[2]) for row in rows if row[2] is not None]


def _instant(text: str) -> datetime:
    """Gnocchi writes UTC with its offset; ours are naive."""
    return datetime.fromisoformat(text).replace(tzinfo=None)
