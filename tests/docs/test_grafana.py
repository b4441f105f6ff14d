"""Grafana's dashboards: the files are those that their description makes, and each query gives what its panel shows."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from reporting_pollster.store.engine import reading
from tests.docs.cookbook import UNTIL

pytestmark = pytest.mark.costly

FOLDER = Path(__file__).parents[2] / "contrib" / "grafana"
MADE = runpy.run_path(str(FOLDER / "generate.py"))
FILES = {"mysql": "reporting-mysql.json", "postgresql": "reporting-postgresql.json"}
MAY_BE_EMPTY = {"Quarantine"}
_MACRO = re.compile(r"\$(__[_a-zA-Z0-9]+)\(([^)]*)\)")  # as Grafana finds them


def sql_panels(name: str) -> Iterator[Mapping[str, Any]]:
    yield from json.loads((FOLDER / name).read_text())["panels"]


def expanded(sql: str, dialect: str, begin: datetime, end: datetime, region: str) -> str:
    """What Grafana makes of a query."""

    def macro(found: re.Match[str]) -> str:
        assert found[1] == "__timeFilter"
        if dialect == "mysql":
            return f"{found[2]} BETWEEN FROM_UNIXTIME({_seconds(begin)}) AND FROM_UNIXTIME({_seconds(end)})"
        return f"{found[2]} BETWEEN '{begin.isoformat()}Z' AND '{end.isoformat()}Z'"

    found = _MACRO.sub(macro, sql).replace("${region:sqlstring}", f"'{region}'")
    assert "$" not in found
    return found


def _seconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1)) // timedelta(seconds=1)


def ask(engine: Engine, sql: str) -> tuple[list[str], list[Any]]:
    with reading(engine) as connection:
        result = connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        return list(result.keys()), list(result)


def test_the_dashboards_are_fresh() -> None:
    made = {name: MADE["as_text"](dashboard) for name, dashboard in MADE["dashboards"]()}

    assert {path.name: path.read_text() for path in FOLDER.glob("*.json")} == made, "run contrib/grafana/generate.py"


def test_panels_lie_beside_each_other_and_know_their_source() -> None:
    for path in FOLDER.glob("*.json"):
        dashboard = json.loads(path.read_text())
        assert dashboard["schemaVersion"] >= 39
        (source,) = (each["query"] for each in dashboard["templating"]["list"] if each["name"] == "datasource")
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
            assert not cells & taken
            assert all(x < 24 for x, _ in cells)
            taken |= cells
            for each in (panel, *panel["targets"]):
                assert each["datasource"] == {"type": source, "uid": "${datasource}"}
        assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_every_query_gives_what_its_panel_shows(engine: Engine) -> None:
    dialect = engine.dialect.name
    if dialect not in FILES:
        pytest.skip("Grafana has no data source of its own for SQLite")
    needed = {panel.title: panel.columns for panel in MADE["SQL_PANELS"]}
    (region,) = (region for (region,) in ask(engine, MADE["REGIONS"])[1])
    begin = UNTIL - timedelta(days=90)

    for panel in sql_panels(FILES[dialect]):
        (target,) = panel["targets"]
        columns, rows = ask(engine, expanded(target["rawSql"], dialect, begin, UNTIL, region))

        assert tuple(columns) == needed[panel["title"]], panel["title"]
        assert rows or panel["title"] in MAY_BE_EMPTY, panel["title"]
        if target["format"] == "time_series":
            assert {(type(at), type(name)) for at, name, _value in rows} == {(datetime, str)}, panel["title"]
            assert all(begin <= at <= UNTIL for at, *_ in rows)
            assert rows == sorted(rows, key=lambda row: row[0])
            assert any(value > 0 for *_, value in rows), panel["title"]
