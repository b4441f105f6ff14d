"""The dashboard for Prometheus asks for metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from reporting_pollster.store.engine import writing
from reporting_pollster.store.tables import SyncRun
from tests.api.asking import Asking
from tests.api.reports import refreshed
from tests.api.test_monitoring import now_of
from tests.reports.warehouse import Warehouse

DASHBOARD = Path(__file__).parents[2] / "contrib" / "grafana" / "pollster-prometheus.json"
_SUFFIXES = {"gauge": ("",), "counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}


def test_every_metric_of_the_dashboard_is_exposed(ask: Asking, warehouse: Warehouse) -> None:
    now = now_of(warehouse)
    refreshed(warehouse, now, instance=1)
    run = {"table_name": "instance", "region": "RegionOne", "source": "region", "outcome": "done", "seconds": 1.0}
    figures = dict.fromkeys(("rows_read", "rows_new", "rows_changed", "rows_gone", "rows_bad"), 0)
    with writing(warehouse.engine) as connection:
        connection.execute(insert(SyncRun).values(**run, **figures, started=now))

    families = list(text_string_to_metric_families(ask("/metrics", token=None).text))

    exposed = {f"{each.name}{suffix}" for each in families for suffix in _SUFFIXES.get(each.type, ())}
    panels = json.loads(DASHBOARD.read_text())["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    asked = {name for each in expressions for name in re.findall(r"reporting_pollster_\w+", each)}
    assert all("reporting_pollster_" in each for each in expressions)
    assert asked <= exposed, asked - exposed
    assert len(asked) > 10
