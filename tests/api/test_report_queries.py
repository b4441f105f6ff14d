"""What queries mean is the same on every database; and what was added for new clients."""

from __future__ import annotations

import base64
import csv
import io
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import psutil
import pytest

from reporting_pollster.store.engine import writing
from tests.api.asking import Asking
from tests.api.reports import CREATED, FIRST, PROJECT, SECOND, STRANGE, THIRD, fill, refreshed
from tests.reports.warehouse import Warehouse
from tests.servers import MariaDB, Server
from tests.stores import Stores, engine_of

ALL = {FIRST, SECOND, THIRD}


@pytest.fixture(scope="module", params=["sqlite", "mariadb", "postgresql"])
def ask(request: pytest.FixtureRequest, stores: Stores) -> Iterator[Asking]:
    """Return an API over the rows on each database, which no test changes."""
    server: Server = request.getfixturevalue(request.param)
    with stores.lent(server) as url:
        fill(Warehouse(engine_of(url)))
        ask = Asking(url, max_page_rows=100)
        yield ask
        ask.close()


def found(ask: Asking, report: str = "instance", /, **query: str) -> set[str]:
    answer = ask(f"/v1/reports/{report}?{urlencode(query)}")
    assert answer.status_code == 200, answer.text
    return {row["id"] for row in answer.json}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"name": "web one"}, {FIRST}),  # text has no case
        ({"name": "WEB ONE"}, {FIRST}),
        ({"name": "web"}, set()),
        ({"name": STRANGE}, {THIRD}),
        ({"name": STRANGE.upper().replace("Ü", "ü")}, {THIRD}),
        ({"name": ""}, {SECOND}),
        ({"availability_zone": "melbourne"}, ALL),  # nor have binary columns
        ({"hypervisor": "NODE1"}, ALL),
        ({"id": FIRST.upper()}, {FIRST}),
        ({"id": FIRST}, {FIRST}),
        ({"project_id": PROJECT.upper()}, ALL),
        ({"vcpus": "2"}, {FIRST, SECOND}),
        ({"vcpus": "2.0"}, {FIRST, SECOND}),
        ({"vcpus": " 2 "}, {FIRST, SECOND}),
        ({"vcpus": "2e0"}, {FIRST, SECOND}),
        ({"vcpus": "2.5"}, set()),
        ({"vcpus": "9999999999"}, set()),  # more than the column holds
        ({"vcpus": "99999999999999999999999999"}, set()),
        ({"vcpus": ""}, set()),
        ({"created": "2026-02-01 09:30:00"}, ALL),
        ({"created": "2026-02-01T09:30:00"}, ALL),
        ({"created": "2026-02-01T20:30:00+11:00"}, ALL),
        ({"created": "2026-02-01"}, set()),
        ({"created": ""}, set()),
        ({"deleted": ""}, set()),
        ({"active": "1"}, {FIRST, THIRD}),
        ({"active": "0.0"}, {SECOND}),
        ({"active": "TRUE"}, {FIRST, THIRD}),
        ({"active": ""}, set()),
        ({"name": "a\0b"}, set()),
        ({"name": "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace")}, set()),
    ],
)
def test_a_value_means_the_same_everywhere(ask: Asking, query: dict[str, str], expected: set[str]) -> None:
    assert found(ask, **query) == expected


def test_a_day_may_say_its_midnight(ask: Asking) -> None:
    for text in ("2026-02-28", "2026-02-28 00:00:00"):
        assert len(ask(f"/v1/reports/historical_usage?day={quote(text)}").json) == 1
    assert ask("/v1/reports/historical_usage?day=2026-02-28T10:00:00").json == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"vcpus__gt": "2"}, {THIRD}),
        ({"vcpus__gte": "2"}, ALL),
        ({"vcpus__gt": "1.5"}, ALL),
        ({"vcpus__lt": "7.5"}, {FIRST, SECOND}),
        ({"vcpus__lte": "99999999999999999999999999"}, ALL),
        ({"vcpus__gt": "99999999999999999999999999"}, set()),
        ({"vcpus__ne": "2"}, {THIRD}),
        ({"created__gte": "2026-02-01", "created__lt": "2026-02-02"}, ALL),
        ({"created__gt": "2026-02-01 09:30:00"}, set()),
        ({"name__startswith": "web"}, {FIRST}),
        ({"name__startswith": "100% O"}, {THIRD}),
        ({"name__startswith": "%"}, set()),
        ({"name__startswith": "_"}, set()),
        ({"id__startswith": FIRST[:13].upper()}, ALL),
        ({"id__in": f"{FIRST},{THIRD}"}, {FIRST, THIRD}),
        ({"vcpus__in": "8,9.0"}, {THIRD}),
        ({"deleted__isnull": "true"}, {FIRST, THIRD}),
        ({"deleted__isnull": "0"}, {SECOND}),
        ({"deleted__ne": "2026-01-01"}, {SECOND}),  # nothing is not another time
        ({"name__ne": ""}, {FIRST, THIRD}),
        ({"created_by__isnull": "1", "active": "1"}, {FIRST, THIRD}),
    ],
)
def test_operators(ask: Asking, query: dict[str, str], expected: set[str]) -> None:
    assert found(ask, **query) == expected


@pytest.mark.parametrize(
    "query",
    [
        *("active=yes", "active=2", "active__gt=0", "vcpus=two", "vcpus=nan", "vcpus=0x10", "vcpus=1_0", "vcpus=٣"),
        *("created=yesterday", "created=2026-13-01", "created=2026-02-30", "created=20260201", "vcpus__startswith=2"),
        *("deleted__isnull=maybe", "vcpus__gt=2&vcpus__gt=3", "name__like=web", "limit=0", "limit=101", "limit=x"),
        *("limit=-1", "limit=1&limit=2", "marker=abc", "limit=1&marker=abc", "limit=1&marker=WzFd", "sort=colour"),
        *("sort=", "fields=", "fields=colour", "sort=id,id,id,id,id,id", "id__in=" + "a," * 500),
        "&".join(["active=1"] * 101),
    ],
)
def test_what_makes_no_sense_is_400(ask: Asking, query: str) -> None:
    assert ask(f"/v1/reports/instance?{query}").status_code == 400


def test_fields_choose_columns_in_that_order(ask: Asking) -> None:
    answer = ask(f"/v1/reports/instance?id={FIRST}&fields=vcpus,id")

    assert answer.text == f'[{{"vcpus": 2, "id": "{FIRST}"}}]'


def test_sort(ask: Asking) -> None:
    def order(sort: str) -> list[str]:
        return [row["id"] for row in ask(f"/v1/reports/instance?sort={sort}").json]

    assert order("id") == [FIRST, SECOND, THIRD]
    assert order("-id") == [THIRD, SECOND, FIRST]
    assert order("-vcpus,-id") == [THIRD, SECOND, FIRST]
    assert order("deleted,id") == [SECOND, FIRST, THIRD]  # what has no value comes last
    assert order("-deleted,id") == [SECOND, FIRST, THIRD]


@pytest.mark.parametrize(
    "sort", ["", "name", "-name", "deleted", "-deleted,-created", "vcpus", "active,-memory", "-id"]
)
def test_pages_are_the_whole(ask: Asking, sort: str) -> None:
    query = f"sort={sort}&" if sort else ""
    rows, pages, path = [], 0, f"/v1/reports/instance?{query}fields=id,vcpus&limit=1"
    while path:
        answer = ask(path)
        assert answer.status_code == 200, answer.text
        rows += answer.json
        pages += 1
        link = answer.headers.get("Link", "")
        path = f"/v1/reports/instance{link[1 : link.index('>')]}" if link else ""

    assert pages == 3
    assert {row["id"] for row in rows} == ALL
    assert all(list(row) == ["id", "vcpus"] for row in rows)
    if sort:
        assert rows == ask(f"/v1/reports/instance?sort={sort},id,region&fields=id,vcpus").json


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ([2**40, FIRST, "RegionOne"], 200),
        ([2**70, FIRST, "RegionOne"], 400),
        ([True, FIRST, "RegionOne"], 400),
        ([2.5, FIRST, "RegionOne"], 400),
        (["2", FIRST, "RegionOne"], 400),
        ([2, "a\0b", "RegionOne"], 400),
        ([2, "\ud800", "RegionOne"], 400),
        ([None, None, None], 200),
        ([2, FIRST], 400),
        ({"a": 1}, 400),
        ([[]] * 3, 400),
    ],
)
def test_a_marker_is_read_like_any_text_of_a_client(ask: Asking, values: object, status: int) -> None:
    marker = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()

    answer = ask(f"/v1/reports/instance?sort=vcpus&limit=1&marker={quote(marker)}")

    assert answer.status_code == status


def test_a_view_has_no_pages(ask: Asking) -> None:
    assert ask("/v1/reports/usage_month?limit=5").status_code == 400
    assert ask("/v1/reports/usage_month?month=2026-02&sort=-month").json == []


def test_csv(ask: Asking) -> None:
    answer = ask("/v1/reports/instance?sort=id", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    first = rows[0]

    assert answer.mimetype == "text/csv"
    assert "Accept" in answer.vary
    assert [row["id"] for row in rows] == [FIRST, SECOND, THIRD]
    assert rows[2]["name"] == STRANGE
    assert (first["active"], first["created"], first["deleted"]) == ("1", CREATED.isoformat(), "")
    assert ask("/v1/reports/instance", headers={"Accept": "text/csv;q=0.5, */*"}).mimetype == "application/json"
    assert ask("/v1/reports/instance?id=nobody", headers={"Accept": "text/csv"}).text.startswith("id,project_id,")


ROWS = 300_000


def test_a_large_table_takes_no_memory(mariadb: MariaDB, stores: Stores) -> None:  # 25
    with stores.lent(mariadb) as url:
        warehouse = Warehouse(engine_of(url))
        _many(warehouse, ROWS)
        refreshed(warehouse, state_weight=ROWS)
        ask = Asking(url.replace("+pymysql", "+mysqldb"))
        list(_read(ask, "?limit=10"))  # modules and caches are there
        before, started = _memory(), time.monotonic()
        highest, first, length = before, 0.0, 0
        for piece in _read(ask, ""):
            first = first or time.monotonic() - started
            length += len(piece)
            highest = max(highest, _memory())
        whole = time.monotonic() - started
        ask.close()

    assert length > ROWS * 50
    assert highest - before < 12 * 2**20, highest - before
    assert first < whole / 3


def test_a_reader_that_goes_away_costs_nothing(mariadb: MariaDB, stores: Stores) -> None:
    with stores.lent(mariadb) as url:
        _many(Warehouse(engine_of(url)), ROWS // 3)
        ask = Asking(url)
        started = time.monotonic()
        answer = ask("/v1/reports/state_weight", buffered=False)
        next(iter(answer.response))
        answer.close()
        gone = time.monotonic() - started
        again = ask("/v1/reports/state_weight?limit=2")
        ask.close()

    assert gone < 1
    assert len(again.json) == 2


def _many(warehouse: Warehouse, rows: int) -> None:
    with writing(warehouse.engine) as connection:
        connection.exec_driver_sql(
            f"INSERT INTO state_weight SELECT CONCAT('k', seq DIV 1000), CONCAT('s', seq), seq FROM seq_1_to_{rows}"
        )


def _read(ask: Asking, query: str) -> Iterator[Any]:
    answer = ask(f"/v1/reports/state_weight{query}", buffered=False)
    yield from answer.response
    answer.close()


def _memory() -> int:
    return int(psutil.Process().memory_info().rss)
