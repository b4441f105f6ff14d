#!/usr/bin/env python3
"""Writes the dashboards beside it: `python contrib/grafana/generate.py`.

The queries are said once. MySQL and PostgreSQL differ in how a day becomes the time of a point, and in the name of
Grafana's data source; everything else is the same SQL. A test fails when the JSON files are stale, and runs each query.

Trap: Grafana takes what is before the first closing parenthesis for a macro's argument, so that is a column's name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_WIDTH = 24  # of Grafana's grid


@dataclass(frozen=True)
class Flavour:
    """A kind of SQL: its data source, and a day as a time."""

    name: str
    source: str
    day: str

    def sql(self, query: str) -> str:
        return query.replace("{day}", self.day)


FLAVOURS = (
    Flavour("mysql", "mysql", "CAST(used.day AS DATETIME)"),
    Flavour("postgresql", "grafana-postgresql-datasource", "CAST(used.day AS TIMESTAMP)"),
)
PROMETHEUS = "prometheus"


@dataclass(frozen=True)
class Panel:
    """One picture: a query, and what Grafana is to make of it. `columns` are those that it needs."""

    title: str
    query: str
    columns: tuple[str, ...]
    kind: str = "table"
    unit: str = "short"
    width: int = 12
    about: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def in_time(self) -> bool:
        return self.kind == "timeseries"


_SERIES = ("time", "metric", "value")
_USED = "$__timeFilter(used.day) AND used.region IN (${region:sqlstring})"


def _average(title: str, metric: str, joined: str = "", *, kind: str = "instance", amount: str, unit: str) -> Panel:
    """A day's amount × seconds, divided by the seconds of a day, is what was in use on average."""
    query = f"""SELECT {{day}} AS time, {metric} AS metric, SUM(used.{amount}) / 86400.0 AS value
FROM usage_day AS used{joined}
WHERE {_USED} AND used.kind = '{kind}'
GROUP BY {{day}}, {metric}
ORDER BY 1, 2"""
    return Panel(title, query, _SERIES, "timeseries", unit, about="Average of each whole day, UTC.")


_SIZES = tuple(f"{of}_{what}" for of in ("vcpus", "memory", "disk") for what in ("capacity", "allocated"))
_PROJECT = "COALESCE(project.display_name, used.project_id)"
_PROJECTS = "\nLEFT JOIN project ON project.id = used.project_id AND project.region = used.region"

SQL_PANELS = (
    _average("vCPUs by project", _PROJECT, _PROJECTS, amount="vcpu_seconds", unit="short"),
    _average("Memory by project", _PROJECT, _PROJECTS, amount="memory_mb_seconds", unit="decmbytes"),
    _average("vCPUs by flavour", "used.type", amount="vcpu_seconds", unit="short"),
    _average("vCPUs by availability zone", "used.availability_zone", amount="vcpu_seconds", unit="short"),
    _average("Instances by state", "used.state", amount="seconds", unit="short"),
    _average("Volumes by type", "used.type", kind="volume", amount="size_gb_seconds", unit="decgbytes"),
    Panel(
        "Top consumers",
        f"""SELECT {_PROJECT} AS project, SUM(used.vcpu_seconds) / 3600.0 AS vcpu_hours,
    SUM(used.memory_mb_seconds) / 3600.0 / 1024 AS memory_gb_hours,
    SUM(used.size_gb_seconds) / 3600.0 AS storage_gb_hours
FROM usage_day AS used{_PROJECTS}
WHERE {_USED}
GROUP BY {_PROJECT}
ORDER BY 2 DESC
LIMIT 20""",
        ("project", "vcpu_hours", "memory_gb_hours", "storage_gb_hours"),
        about="In the time range, whole past days.",
    ),
    Panel(
        "Quota against use",
        """SELECT project, resource, unit, quota, used, used_percent
FROM project_quota_use
WHERE region IN (${region:sqlstring}) AND quota > 0
ORDER BY used_percent DESC, project, resource
LIMIT 100""",
        ("project", "resource", "unit", "quota", "used", "used_percent"),
        about="Now; without quotas that are unlimited.",
    ),
    Panel(
        "Capacity per hypervisor",
        """SELECT hypervisor, availability_zone, instances, vcpus_capacity, vcpus_allocated, memory_capacity,
    memory_allocated, disk_capacity, disk_allocated
FROM hypervisor_allocation
WHERE region IN (${region:sqlstring})
ORDER BY hypervisor""",
        ("hypervisor", "availability_zone", "instances", *_SIZES),
        width=_WIDTH,
        about="Now, with overcommit; memory in MB, disk in GB.",
    ),
    Panel(
        "vCPUs allocated per hypervisor",
        """SELECT hypervisor, vcpus_allocated, vcpus_free
FROM hypervisor_allocation
WHERE region IN (${region:sqlstring})
ORDER BY hypervisor""",
        ("hypervisor", "vcpus_allocated", "vcpus_free"),
        "barchart",
        options={"xField": "hypervisor", "stacking": "normal", "orientation": "horizontal"},
    ),
    Panel(
        "Idle resources",
        """SELECT kind, name, project, idle_since, vcpus, memory, disk
FROM idle_resource
WHERE region IN (${region:sqlstring})
ORDER BY idle_since
LIMIT 200""",
        ("kind", "name", "project", "idle_since", "vcpus", "memory", "disk"),
        about="Stopped instances, and volumes and floating IPs that are attached to nothing.",
    ),
    Panel(
        "Freshness",
        """SELECT table_name, source, seen_at, succeeded_at, failed_at, problem
FROM sync_state
WHERE region IN (${region:sqlstring})
ORDER BY succeeded_at, table_name, source""",
        ("table_name", "source", "seen_at", "succeeded_at", "failed_at", "problem"),
        about="The source that was read longest ago comes first.",
    ),
    Panel(
        "Quarantine",
        """SELECT table_name, source, column_name, action, COUNT(*) AS problems, MAX(last_seen) AS last_seen
FROM quarantine
WHERE region IN (${region:sqlstring}) AND resolved IS NULL
GROUP BY table_name, source, column_name, action
ORDER BY 5 DESC""",
        ("table_name", "source", "column_name", "action", "problems", "last_seen"),
        about="Rows that could not be loaded as they are; `reporting-pollster quarantine` shows them.",
    ),
)
REGIONS = "SELECT DISTINCT region FROM sync_state ORDER BY region"


@dataclass(frozen=True)
class Watched:
    """A panel on metrics."""

    title: str
    expression: str
    legend: str
    unit: str = "short"
    kind: str = "timeseries"


WATCHED = (
    Watched("Reporting database", "reporting_pollster_store_up", "up", kind="stat"),
    Watched("Stale sources", "sum(reporting_pollster_source_stale)", "stale", kind="stat"),
    Watched("Quarantined", "sum(reporting_pollster_quarantine_problems)", "problems", kind="stat"),
    Watched("Notifications put aside", "reporting_pollster_notifications_parked", "parked", kind="stat"),
    Watched("Age of sources", "topk(10, reporting_pollster_source_age_seconds)", "{{table}} {{source}}", "s"),
    Watched("Latest cycle", "reporting_pollster_last_cycle_seconds", "seconds", "s"),
    Watched("Reads in 24 hours", "sum by (outcome) (reporting_pollster_runs)", "{{outcome}}"),
    Watched("Refused by the guard", "reporting_pollster_guard_refusals > 0", "{{table}} {{source}}"),
    Watched("Rows", "topk(10, reporting_pollster_table_rows)", "{{table}}"),
    Watched("Waiting", "reporting_pollster_waiting", "{{what}}"),
    Watched(
        "Notifications",
        "sum by (verdict) (rate(reporting_pollster_notifications_total[$__rate_interval]))",
        "{{verdict}}",
        "cps",
    ),
    Watched("Notifications' lag", "reporting_pollster_notification_lag_seconds", "{{host}}", "s"),
    Watched("Collectors' last sign of life", "reporting_pollster_collector_seen_seconds", "{{host}}", "s"),
    Watched(
        "Answers by status",
        "sum by (status) (rate(reporting_pollster_api_request_seconds_count[$__rate_interval]))",
        "{{status}}",
        "reqps",
    ),
    Watched(
        "95 of 100 answers begin within",
        "histogram_quantile(0.95, sum by (le, route)"
        " (rate(reporting_pollster_api_request_seconds_bucket[$__rate_interval])))",
        "{{route}}",
        "s",
    ),
)


def dashboards() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each file's name and content."""
    for flavour in FLAVOURS:
        variables = [_data_source(flavour.source), _regions(flavour)]
        panels = [(each.width, _sql_panel(each, flavour)) for each in SQL_PANELS]
        yield f"reporting-{flavour.name}.json", _dashboard(f"Cloud use ({flavour.name})", variables, panels, "now-90d")
    watched = [(6 if each.kind == "stat" else 12, _watched_panel(each)) for each in WATCHED]
    yield "pollster-prometheus.json", _dashboard("Reporting pollster", [_data_source(PROMETHEUS)], watched, "now-24h")


def _dashboard(
    title: str, variables: list[dict[str, Any]], panels: list[tuple[int, dict[str, Any]]], begin: str
) -> dict[str, Any]:
    return {
        "title": title,
        "uid": title.lower().translate(str.maketrans(" ", "-", "()")),
        "tags": ["openstack", "reporting-pollster"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "timezone": "utc",
        "time": {"from": begin, "to": "now"},
        "templating": {"list": variables},
        "annotations": {"list": []},
        "panels": [*_placed(panels)],
    }


def _placed(panels: list[tuple[int, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """In rows, from left to right."""
    left, top = 0, 0
    for number, (width, panel) in enumerate(panels, start=1):
        if left + width > _WIDTH:
            left, top = 0, top + 8
        yield {"id": number, **panel, "gridPos": {"h": 8, "w": width, "x": left, "y": top}}
        left += width


def _data_source(kind: str) -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": kind, "refresh": 1}


def _regions(flavour: Flavour) -> dict[str, Any]:
    return {
        "name": "region",
        "label": "Region",
        "type": "query",
        "datasource": _source(flavour.source),
        "query": REGIONS,
        "refresh": 1,
        "multi": True,
        "includeAll": True,
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _source(kind: str) -> dict[str, str]:
    return {"type": kind, "uid": "${datasource}"}


def _sql_panel(panel: Panel, flavour: Flavour) -> dict[str, Any]:
    target = {
        "refId": "A",
        "datasource": _source(flavour.source),
        "format": "time_series" if panel.in_time else "table",
        "rawQuery": True,
        "editorMode": "code",
        "rawSql": flavour.sql(panel.query),
    }
    return _panel(panel.title, panel.kind, panel.unit, flavour.source, target, panel.about, panel.options)


def _watched_panel(panel: Watched) -> dict[str, Any]:
    target = {
        "refId": "A",
        "datasource": _source(PROMETHEUS),
        "expr": panel.expression,
        "legendFormat": panel.legend,
        "range": True,
    }
    return _panel(panel.title, panel.kind, panel.unit, PROMETHEUS, target)


def _panel(
    title: str,
    kind: str,
    unit: str,
    source: str,
    target: dict[str, Any],
    about: str = "",
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "title": title,
        "description": about,
        "type": kind,
        "datasource": _source(source),
        "targets": [target],
        "fieldConfig": {"defaults": {} if kind == "table" else {"unit": unit}, "overrides": []},
        "options": dict(options or {}),
    }


def as_text(dashboard: Mapping[str, Any]) -> str:
    """The file of a dashboard."""
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, dashboard in dashboards():
        (HERE / name).write_text(as_text(dashboard), encoding="utf-8")
