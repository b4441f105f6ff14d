"""Usage and reports: the same figures as on the command line, in each format, within limits."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pyarrow.parquet
import pytest

from reporting_pollster.services.report import FORMATS
from tests.api.asking import Asking
from tests.api.v2.neighbours import KINDS, Neighbour
from tests.reports.warehouse import Warehouse, at
from tests.servers import MariaDB
from tests.stores import Stores, engine_of

MONTH = "month=2024-10"


@pytest.fixture
def warehouse(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with a project in it."""
    Neighbour("p1", "okapi", "d1").move_in(warehouse)
    warehouse.read_until(at("10-04 00:00"))
    warehouse.added_up_to(at("10-02 00:00").date(), *KINDS)
    return warehouse


@pytest.fixture
def ask(warehouse: Warehouse, store: str, asking: Callable[..., Asking]) -> Asking:
    """Return an API over it."""
    return asking(store, query_seconds=1, max_days=400)


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: value if isinstance(value, int | None) else str(value) for name, value in row.items()} for row in rows
    ]


@pytest.mark.parametrize("by", ["project", "flavour", "day", "month", "user"])
def test_usage_is_what_the_report_says(ask: Asking, warehouse: Warehouse, by: str) -> None:
    answer = ask(f"/v2/usage?{MONTH}&by={by}").json

    assert answer["rows"] == _plain(warehouse.ask("usage", month="2024-10", by=by))
    assert [column["name"] for column in answer["columns"]] == list(answer["rows"][0])
    assert (answer["begin"], answer["end"]) == ("2024-10-01T00:00:00Z", "2024-11-01T00:00:00Z")
    assert ask(f"/v2/reports/usage?{MONTH}&by={by}").json == answer


def test_a_format_is_asked_for_by_header_or_parameter(ask: Asking) -> None:
    rows = ask(f"/v2/usage?{MONTH}").json["rows"]
    table = FORMATS["parquet"].media_type

    by_header = ask(f"/v2/usage?{MONTH}", headers={"Accept": "text/csv, application/json;q=0.5"})
    by_parameter = ask(f"/v2/usage?{MONTH}&format=csv", headers={"Accept": "application/json"})
    parquet = ask(f"/v2/usage?{MONTH}", headers={"Accept": table})

    assert by_header.content_type == "text/csv; charset=utf-8"
    assert by_header.headers["Vary"] == "Accept"
    assert by_header.get_data() == by_parameter.get_data()
    (line,) = csv.DictReader(io.StringIO(by_header.text))
    assert line["vcpu_seconds"] == str(rows[0]["vcpu_seconds"])
    assert pyarrow.parquet.read_table(io.BytesIO(parquet.get_data())).to_pylist() == rows
    assert ask("/v2/usage", headers={"Accept": "image/png"}).status_code == 406
    assert ask("/v2/usage", headers={"Accept": "*/*"}).content_type == "application/json"


def test_parts_of_an_explanation_are_the_figure(ask: Asking) -> None:
    (figure,) = ask(f"/v2/usage?{MONTH}&project=p1").json["rows"]

    parts = ask("/v2/explain/usage?project=okapi%20display_name&from=2024-10-01&to=2024-11-01").json["rows"]

    assert {part["kind"] for part in parts} == set(KINDS)
    assert sum(part["seconds"] for part in parts if part["kind"] == "volume") == figure["volume_seconds"] > 0


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/v2/usage?from=2022-01-01&to=2024-01-01", "from"),
        ("/v2/usage?as_known_at=2999-01-01", "as_known_at"),
        ("/v2/usage?as_known_at=yesterday", "as_known_at"),
        ("/v2/usage?from=2024-10-02&to=2024-10-01", "to"),
        ("/v2/usage?by=colour", "by"),
        ("/v2/usage?project=", "project"),
        ("/v2/usage?project=p1&project=p2", "project"),
        ("/v2/usage?projet=p1", "projet"),
        ("/v2/usage?format=xml", "format"),
        ("/v2/reports/idle?days=x", "days"),
        ("/v2/capacity?as_of=2024-10-01", "as_of"),
        ("/v2/explain/usage?project=p1&to=2024-10-01", "from"),
        ("/v2/explain/usage?project=p1&from=2022-01-01&to=2024-10-01", "from"),
        ("/v2/explain/usage?from=2024-01-01&to=2024-10-01", "project"),
        ("/v2/resources/image?from=1-1-1", "from"),
    ],
)
def test_what_is_not_accepted_is_named(ask: Asking, path: str, named: str) -> None:
    answer = ask(path)

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert named in answer.json["detail"]


def test_a_project_that_is_not_there_is_not_found(ask: Asking) -> None:
    for path in ("/v2/usage", "/v2/reports/cost", "/v2/resources/volume", "/v2/periods/volume", "/v2/quota"):
        assert ask(f"{path}?project=nobody").status_code == 404, path


def test_a_question_that_takes_too_long_is_refused(
    mariadb: MariaDB, stores: Stores, asking: Callable[..., Asking]
) -> None:
    with stores.lent(mariadb) as url:
        ask = asking(url, query_seconds=1)
        with engine_of(url).connect() as connection:
            connection.exec_driver_sql("LOCK TABLES project WRITE")
            answer = ask("/v2/projects")
            connection.exec_driver_sql("UNLOCK TABLES")

        assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
        assert ask("/v2/projects").status_code == 200


def test_status_tells_members_nothing_of_the_inside(ask: Asking) -> None:
    rows = {row["table"]: row for row in ask("/v2/status").json["rows"]}

    assert rows["instance"]["state"] == "not configured"
    assert rows["instance"]["succeeded_at"] is None
