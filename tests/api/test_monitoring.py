"""`/healthz` and `/metrics`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from reporting_pollster.config.settings import SyncSettings
from reporting_pollster.services.vitals import read_health
from reporting_pollster.store.engine import reading, utc_now, writing
from reporting_pollster.store.tables import CollectorState, NotedHint, SyncRun
from tests.api.asking import KEY, Asking
from tests.api.reports import refreshed
from tests.openstack import Cloud
from tests.pollster import sources_of
from tests.reports.warehouse import Warehouse

PREFIX = "reporting_pollster_"
Labels = tuple[tuple[str, str], ...]


def now_of(warehouse: Warehouse) -> datetime:
    with reading(warehouse.engine) as connection:
        return utc_now(connection)


def measured(ask: Asking, name: str) -> dict[Labels, float]:
    answer = ask("/metrics", token=None)
    assert answer.status_code == 200
    samples = [each for family in text_string_to_metric_families(answer.text) for each in family.samples]
    return {tuple(sorted(each.labels.items())): each.value for each in samples if each.name == f"{PREFIX}{name}"}


def test_a_fresh_database_is_healthy(ask: Asking, warehouse: Warehouse) -> None:
    refreshed(warehouse, now_of(warehouse), instance=3, volume=1)

    answer = ask("/healthz", token=None)

    assert (answer.status_code, answer.json) == (200, {"status": "fresh", "stale": []})


def test_stale_tables_are_named(ask: Asking, warehouse: Warehouse) -> None:
    now = now_of(warehouse)
    refreshed(warehouse, now - timedelta(hours=1), volume=1, image=2)
    refreshed(warehouse, now, instance=3, project=1)
    warehouse.change("sync_state", {"table_name": "project"}, failed_at=now, problem="cannot read db1 with password x")

    answer = ask("/healthz", token=None)

    assert (answer.status_code, answer.json) == (503, {"status": "stale", "stale": ["image", "project", "volume"]})
    assert answer.headers["Retry-After"]


def test_nothing_read_is_not_healthy(ask: Asking) -> None:
    assert ask("/healthz", token=None).json == {"status": "empty", "stale": []}


def test_an_unreachable_database_is_not_healthy(asking: Callable[..., Asking], tmp_path: Path) -> None:
    (tmp_path / "r.sqlite").mkdir()
    ask = asking(f"sqlite:///{tmp_path}/r.sqlite")

    answer = ask("/healthz", token=None)

    assert (answer.status_code, answer.json) == (503, {"status": "unavailable", "stale": []})
    assert measured(ask, "store_up") == {(): 0}
    assert measured(ask, "table_rows") == {}


def test_what_is_no_longer_configured_is_no_alarm(warehouse: Warehouse, cloud: Cloud) -> None:
    now = now_of(warehouse)
    sources = sources_of(cloud, names=("keystone",))
    state = {"region": "RegionOne", "loaded": True, "cursors": "{}"}
    for cell in sources.cells:
        warehouse.put("sync_state", table_name="instance", source=cell, succeeded_at=now, **state)
    warehouse.put("sync_state", table_name="instance", source="gone", succeeded_at=datetime(2024, 1, 1), **state)

    stale = read_health(warehouse.engine, sources, SyncSettings()).stale

    assert "instance" not in stale
    assert "user" in stale  # configured, and never read
    assert "stack" not in stale  # heat is not configured
    sources.close()


def test_the_database_is_measured(ask: Asking, warehouse: Warehouse) -> None:
    now = now_of(warehouse)
    begun = now - timedelta(seconds=90)
    refreshed(warehouse, begun, instance=3)
    run = {"table_name": "instance", "region": "RegionOne", "source": "region", "rows_read": 1, "rows_new": 0}
    run |= {"rows_changed": 0, "rows_gone": 0, "rows_bad": 0}
    with writing(warehouse.engine) as connection:
        for at, outcome in ((begun, "done"), (begun, "refused"), (now - timedelta(days=2), "refused")):
            connection.execute(insert(SyncRun).values(**run, started=at, seconds=12.5, outcome=outcome))
    warehouse.put(
        *("quarantine",),
        *({"problem": f"p{number}"} for number in range(2)),
        table_name="instance",
        source="region",
        row_key="k",
        column_name="",
        reason="",
        action="withheld",
        raw="{}",
        first_seen=now,
        last_seen=now,
    )
    source = (("source", "region"), ("table", "instance"))

    assert measured(ask, "store_up") == {(): 1}
    assert 90 <= measured(ask, "source_age_seconds")[source] < 200
    assert measured(ask, "source_stale") == {source: 0}
    assert measured(ask, "table_rows") == {(("table", "instance"),): 3}
    assert measured(ask, "last_cycle_seconds") == {(): 12.5}
    assert measured(ask, "runs") == {(("outcome", each), *source): 1 for each in ("done", "refused")}
    assert measured(ask, "guard_refusals") == {source: 1}
    assert measured(ask, "quarantine_problems") == {(("action", "withheld"), *source): 2}


def test_notifications_are_measured(ask: Asking, warehouse: Warehouse) -> None:
    now = now_of(warehouse)
    counts = {"received": 9, "applied": 5, "ignored": 2, "unknown": 1, "parked": 1, "duplicates": 0}
    with writing(warehouse.engine) as connection:
        state = {"region": "RegionOne", "host": "h1", "started": now, "seen": now, "behind": 2}
        connection.execute(insert(CollectorState).values(**state, **counts))
        connection.execute(insert(NotedHint).values(region="RegionOne", table_name="instance", row_key="x", noted=now))

    applied = (("host", "h1"), ("verdict", "applied"))
    assert measured(ask, "notifications_total")[applied] == 5
    assert measured(ask, "notification_lag_seconds") == {(("host", "h1"),): 2}
    assert measured(ask, "waiting")[(("what", "hints"),)] == 1


def test_answers_are_timed_by_route_and_not_by_path(ask: Asking) -> None:
    for path in ("/v1/reports/instance", "/v1/reports/volume?active=1", "/invented/1", "/invented/2"):
        ask(path)
    ask("/v1/reports/instance", token=None)
    ask("/invented/3", method="INVENTED")

    counts = measured(ask, "api_request_seconds_count")
    found = {(labels["method"], labels["route"], labels["status"]): n for labels, n in _by_labels(counts)}

    assert found[("GET", "/v1/reports/{report}", "200")] == 2
    assert found[("GET", "/v1/reports/{report}", "401")] == 1
    assert found[("GET", "none", "404")] == 2
    assert found[("other", "none", "404")] == 1
    assert all(labels["worker"] for labels, _ in _by_labels(counts))


def test_metrics_may_need_a_token(store: str, asking: Callable[..., Asking]) -> None:
    ask = asking(store, metrics_token=True)

    assert [ask("/metrics", token=token).status_code for token in (None, "wrong", KEY)] == [401, 401, 200]


def _by_labels(counts: dict[Labels, float]) -> list[tuple[dict[str, str], float]]:
    return [(dict(labels), count) for labels, count in counts.items()]
