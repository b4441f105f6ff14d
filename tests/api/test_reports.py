"""The reporting API as established clients know it: the cases of its conformance checklist, by number."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from reporting_pollster.store.engine import reading, utc_now
from reporting_pollster.store.established import ESTABLISHED
from tests.api.asking import KEY, Asking
from tests.api.reports import FIRST, PROJECT, SECOND, STRANGE, THIRD, fill
from tests.reports.warehouse import Warehouse
from tests.servers import MariaDB
from tests.servers.proxy import Proxy
from tests.stores import Stores, engine_of

EVERY = {FIRST, SECOND, THIRD}
LAST_MODIFIED = "Sun, 01 Mar 2026 10:00:00 GMT"


@pytest.fixture(scope="module")
def store(mariadb: MariaDB, stores: Stores) -> Iterator[str]:
    """Return the URL of a reporting database on MariaDB, with rows that no test changes."""
    with stores.lent(mariadb) as url:
        fill(Warehouse(engine_of(url)))
        yield url


@pytest.fixture(scope="module")
def ask(store: str) -> Iterator[Asking]:
    """Return an API over it, asked with the private key."""
    ask = Asking(store)
    yield ask
    ask.close()


def ids(ask: Asking, query: str, report: str = "instance") -> set[str]:
    answer = ask(f"/v1/reports/{report}{query}")
    assert answer.status_code == 200, answer.text
    return {row["id"] for row in answer.json}


def test_the_versions_need_no_token(ask: Asking) -> None:  # 1
    answer = ask("/", token=None, headers={"Accept": "*/*"})

    assert answer.status_code == 300
    assert answer.json == [{"id": "v1", "links": {"reports": "/v1/reports", "self": "/v1"}}]
    assert answer.content_type == "application/json"
    assert "Vary" not in answer.headers


def test_the_version_needs_one(ask: Asking) -> None:  # 2
    expected = {"id": "v1", "links": {"reports": "/v1/reports", "self": "/v1"}}

    assert [ask(path).json for path in ("/v1", "/v1/")] == [expected, expected]
    assert [ask(path, token=None).status_code for path in ("/v1", "/v1/", "/v1/reports")] == [401, 401, 401]
    assert ask("/v1", token="wrong").status_code == 401
    assert ask("/v1", token=KEY.upper()).status_code == 401


def test_every_report_is_listed_once(ask: Asking) -> None:  # 3
    documents = ask("/v1/reports").json

    names = [each["name"] for each in documents]
    assert names == sorted(set(names))
    assert set(ESTABLISHED) < set(names)
    assert all({"name", "description", "lastUpdated", "links"} <= each.keys() for each in documents)
    assert all(each["links"]["self"] == f"/v1/reports/{each['name']}" for each in documents)
    internal = {"lease", "sync_state", "sync_run", "quarantine", "stage_instance", "backfill", "instance_event"}
    assert not internal & set(names)


def test_every_report_can_be_read(ask: Asking) -> None:
    for document in ask("/v1/reports").json:
        answer = ask(document["links"]["self"])

        assert answer.status_code == 200, document["name"]
        assert all([each["name"] for each in document["columns"]] == list(row) for row in answer.json)


def test_a_document_says_when_the_report_was_refreshed(ask: Asking) -> None:  # 4
    found = {each["name"]: each for each in ask("/v1/reports").json}

    assert found["instance"]["lastUpdated"] == found["instance"]["lastSuccess"] == "2026-03-01T10:00:00+00:00"
    assert found["instance"]["rowCount"] == 3
    assert found["instance"]["lagSeconds"] > 0
    assert (found["volume"]["lastUpdated"], found["volume"]["lagSeconds"]) == (None, None)


def test_the_metadata_can_be_read(ask: Asking) -> None:  # 5
    rows = ask("/v1/reports/metadata").json

    assert {"table_name": "instance", "last_update": "2026-03-01T10:00:00", "row_count": 3} in rows
    assert {row["table_name"] for row in rows} <= {each["name"] for each in ask("/v1/reports").json}


def test_all_rows_have_all_columns(ask: Asking) -> None:  # 6
    rows = {row["id"]: row for row in ask("/v1/reports/instance").json}

    assert rows.keys() == EVERY
    assert all(set(ESTABLISHED["instance"]) <= row.keys() for row in rows.values())
    deleted = rows[SECOND]
    assert (deleted["active"], deleted["name"], deleted["created_by"]) == (0, "", None)
    assert deleted["active"] is not False
    assert (deleted["created"], deleted["deleted"]) == ("2026-02-01T09:30:00", "2026-02-20T08:00:00")
    assert (rows[FIRST]["active"], rows[FIRST]["deleted"], rows[FIRST]["vcpus"]) == (1, None, 2)
    assert ask("/v1/reports/historical_usage").json[0]["day"] == "2026-02-28"


@pytest.mark.parametrize("name", sorted(ESTABLISHED))
def test_no_established_column_is_missing(ask: Asking, name: str) -> None:
    columns = next(each["columns"] for each in ask("/v1/reports").json if each["name"] == name)

    assert set(ESTABLISHED[name]) <= {each["name"] for each in columns}


def test_a_flag_parts_the_table(ask: Asking) -> None:  # 7
    assert ids(ask, "?active=1") == ids(ask, "?active=true") == {FIRST, THIRD}
    assert ids(ask, "?active=0") == ids(ask, "?active=false") == {SECOND}
    assert ask("/v1/reports/instance?active=yes").status_code == 400


def test_filters_are_joined(ask: Asking) -> None:  # 8
    both = ids(ask, "?personal=0&has_instances=1", "project")

    assert both == ids(ask, "?personal=0", "project") & ids(ask, "?has_instances=1", "project") == {PROJECT}


def test_values_are_data(ask: Asking) -> None:  # 9
    assert ids(ask, "?active=1&active=0") == {FIRST, THIRD}
    assert ids(ask, "?name=") == {SECOND}
    assert ids(ask, "?name=Web+One") == ids(ask, "?name=Web%20One") == {FIRST}
    answer = ask("/v1/reports/instance", query_string={"name": STRANGE})
    assert {row["id"] for row in answer.json} == {THIRD}
    assert ids(ask, "?name=%25") == set()
    assert ids(ask, "?created_by=") == set()


def test_what_there_is_not_is_400(ask: Asking) -> None:  # 10
    for path in ("instance?colour=red", "colour", "instance?foo", "instance?vcpus=2&&active=1", "instance?=1"):
        answer = ask(f"/v1/reports/{path}")

        assert answer.status_code == 400, path
        assert "SELECT" not in answer.text.upper()
        assert "mysql" not in answer.text.lower()


def test_the_path_says_which_report(ask: Asking) -> None:  # 11
    assert ids(ask, "?report=flavour") == EVERY


@pytest.mark.parametrize(
    "path",
    [
        "instance?1%3D1+OR+active=1",
        "instance?1=1 OR active",
        "instance?id%60%20OR%201=1",
        "instance?id'=1",
        "mysql.user",
        "mysql%2Euser",
        "instance%60",
        "instance;DROP TABLE instance",
        "lease",
        "stage_instance",
        "reporting_schema_revision",
        "instance?sort=id;DROP",
        "instance?fields=id,(SELECT 1)",
        "instance?id__or=1",
    ],
)
def test_names_never_reach_sql(ask: Asking, path: str) -> None:  # 12
    assert ask(f"/v1/reports/{path}").status_code == 400
    assert ids(ask, "") == EVERY


def test_nothing_found_is_an_empty_list(ask: Asking) -> None:  # 13
    answer = ask("/v1/reports/instance?id=nobody")

    assert (answer.status_code, answer.text) == (200, "[]")


def test_last_modified_is_utc(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:  # 14
    monkeypatch.setenv("TZ", "Australia/Melbourne")
    time.tzset()
    try:
        answers = [ask("/v1/reports/instance"), ask("/v1/reports/instance?active=1")]
    finally:
        monkeypatch.undo()
        time.tzset()

    assert [answer.headers["Last-Modified"] for answer in answers] == [LAST_MODIFIED, LAST_MODIFIED]


def test_what_was_not_modified_is_not_sent(ask: Asking) -> None:  # 15
    def since(moment: str, path: str = "instance") -> Any:
        return ask(f"/v1/reports/{path}", headers={"If-Modified-Since": moment})

    unmodified = since(LAST_MODIFIED)
    assert (unmodified.status_code, unmodified.data) == (304, b"")
    assert unmodified.headers["Last-Modified"] == LAST_MODIFIED
    assert "X-Auth-Token" in unmodified.vary
    assert since("Sun, 01 Mar 2026 09:59:59 GMT").status_code == 200
    assert since(LAST_MODIFIED, "instance?active=1").status_code == 200
    assert since(LAST_MODIFIED, "volume").status_code == 200
    assert since("no date at all").status_code == 200


def test_answers_vary_by_token_and_encoding(ask: Asking) -> None:  # 16
    for path in ("/v1", "/v1/reports", "/v1/reports/instance"):
        answer = ask(path, headers={"Accept-Encoding": "gzip"})

        assert {"X-Auth-Token", "Accept-Encoding"} <= set(answer.vary)


def test_a_preflight_needs_no_token(ask: Asking) -> None:  # 19
    headers = {
        "Origin": "https://dashboard.example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-auth-token",
    }
    answer = ask("/v1/reports/instance?active=1", method="OPTIONS", token=None, headers=headers)

    assert answer.status_code in (200, 204)
    assert "x-auth-token" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Max-Age"] == "86400"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    page = ask("/v1/reports/flavour", headers={"Origin": "https://dashboard.example.org"})
    assert page.headers["Access-Control-Allow-Origin"] == "*"
    login = ask("/v1/reports/flavour", token=None, headers={"Origin": "https://dashboard.example.org"})
    assert (login.status_code, login.headers["Access-Control-Allow-Origin"]) == (401, "*")


def test_options_describe_the_path(ask: Asking) -> None:  # 20
    for path in ("/", "/v1", "/v1/", "/v1/reports", "/v1/reports/flavour"):
        answer = ask(path, method="OPTIONS")

        assert (answer.status_code, answer.headers["Allow"]) == (200, "GET,OPTIONS"), path
        assert "responses" in answer.json["get"]
    assert ask("/", method="OPTIONS", token=None).status_code == 200
    assert ask("/v1", method="OPTIONS", token=None).status_code == 401


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(ask: Asking, method: str) -> None:  # 21
    for path in ("/", "/v1", "/v1/reports", "/v1/reports/flavour"):
        answer = ask(path, method=method)

        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET,OPTIONS"), path


def test_an_unknown_path_is_404(ask: Asking) -> None:  # 21
    paths = ("/v1/other", "/v1/reports/a/b", "/v9", "/other", "/a/b")

    assert [ask(path).status_code for path in paths] == [404] * len(paths)


def test_slashes_make_no_difference(ask: Asking) -> None:  # 22
    plain = ask("/v1/reports/project?personal=0").json

    assert ask("/v1/reports/project/?personal=0").json == plain
    doubled = {"PATH_INFO": "//v1//reports/project/"}
    assert ask("/v1/reports/project?personal=0", environ_overrides=doubled).json == plain


def test_gzip_inflates_to_the_plain_answer(ask: Asking) -> None:  # 23
    for path in ("/v1", "/v1/reports/instance?sort=id", "/v1/reports/instance?id=nobody"):
        packed = ask(path, headers={"Accept-Encoding": "gzip, deflate"})
        plain = ask(path)

        assert (packed.headers["Content-Encoding"], plain.headers.get("Content-Encoding")) == ("gzip", None)
        assert gzip.decompress(packed.data) == plain.data
    refused = ask("/v1", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_the_discovery_of_established_clients(ask: Asking) -> None:  # 24
    version = next(each for each in ask("/").json if "reports" in each["links"])
    report = next(each for each in ask(version["links"]["reports"]).json if each["name"] == "instance")
    rows = ask(f"{report['links']['self']}?active=1&project_id={PROJECT}").json

    assert {row["id"] for row in rows} == {FIRST, THIRD}


@pytest.mark.parametrize(
    "query",
    [
        *("metadata", "hypervisor?active=1", "instance?active=1", "volume?active=1", "flavour", "aggregate_host"),
        *("historical_usage", "project?personal=0", "project?personal=0&has_instances=1", f"project?id={PROJECT}"),
        *(f"instance?project_id={PROJECT}", f"volume?project_id={PROJECT}", "instance?name=test"),
    ],
)
def test_the_queries_of_the_dashboard(ask: Asking, query: str) -> None:  # 24
    answer = ask(f"/v1/reports/{query}")

    assert answer.status_code == 200
    assert isinstance(answer.json, list)


def test_the_dashboard_adds_the_zone_itself(ask: Asking) -> None:  # 24
    assert ask("/v1/reports/aggregate_host").json[0]["last_seen"] == "2026-03-01T10:00:00"


def test_unasked_for_nothing_was_added(ask: Asking) -> None:  # 27
    answer = ask("/v1/reports/historical_usage", headers={"Accept": "application/xml, */*"})

    row = {"day": "2026-02-28", "region": "RegionOne", "vcpus": 12, "memory": 8192, "local_storage": 30}
    assert answer.content_type == "application/json"
    assert [dict(sorted(each.items())) for each in answer.json] == [dict(sorted(row.items()))]
    assert (answer.text[:2], answer.text[-2:]) == ("[{", "}]")
    assert not {"Link", "Content-Length", "Content-Encoding", "Cache-Control", "Expires"} & set(answer.headers.keys())


def test_the_database_going_away_is_503(mariadb: MariaDB, stores: Stores, asking: Callable[..., Asking]) -> None:  # 26
    with stores.lent(mariadb) as url, Proxy(mariadb.port) as line:
        ask = asking(url.replace(f":{mariadb.port}/", f":{line.port}/"))
        assert ask("/v1/reports/instance").status_code == 200

        line.cut_after(0)
        away = ask("/v1/reports/instance")
        line.cut_after(None)
        back = ask("/v1/reports/instance")

    assert (away.status_code, back.status_code) == (503, 200)
    assert int(away.headers["Retry-After"]) > 0
    assert away.json["title"] == "Service Unavailable"
    assert not [word for word in ("127.0.0.1", "mysql", "Traceback", "administrator", "ready") if word in away.text]


def test_an_older_schema_is_503(tmp_path: Any, asking: Callable[..., Asking]) -> None:
    answer = asking(f"sqlite:///{tmp_path}/empty.sqlite")("/v1/reports")

    assert (answer.status_code, "revision" in answer.text) == (503, False)


def test_a_new_cycle_is_a_new_state(ask: Asking, store: str) -> None:  # the last one, since it writes
    before = ask("/v1/reports/project?personal=0")
    tag = before.headers["ETag"]
    same = ask("/v1/reports/project?personal=0", headers={"If-None-Match": tag})
    other = ask("/v1/reports/project?personal=1", headers={"If-None-Match": tag})
    as_csv = ask("/v1/reports/project?personal=0", headers={"If-None-Match": tag, "Accept": "text/csv"})
    warehouse = Warehouse(engine_of(store))
    warehouse.change("sync_state", {"table_name": "project"}, succeeded_at=datetime(2026, 3, 1, 10, 5))
    after = ask("/v1/reports/project?personal=0", headers={"If-None-Match": tag})

    assert (same.status_code, same.data) == (304, b"")
    assert [other.status_code, as_csv.status_code, after.status_code] == [200, 200, 200]
    assert after.headers["ETag"] != tag
    with reading(warehouse.engine) as connection:
        now = utc_now(connection)
    warehouse.change("metadata", {"table_name": "project"}, last_update=now)
    assert "ETag" not in ask("/v1/reports/project").headers  # another change of this second would have the same
    assert "ETag" not in ask("/v1/reports/volume").headers
