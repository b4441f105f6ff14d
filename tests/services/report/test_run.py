"""Running a report: defaults, what is known, and repeating it later."""

from __future__ import annotations

from datetime import datetime

import pytest

from reporting_pollster.errors import PollsterError
from reporting_pollster.reports import catalogue, report_named
from reporting_pollster.services.report import ReportResult, read_request, run_report, write
from tests.pollster import REGION
from tests.reports.warehouse import Warehouse, at

SIZE = {"vcpus": 2, "memory": 4096, "root": 10, "ephemeral": 0, "flavour_name": "small", "flavour_uuid": "1"}


@pytest.fixture
def small(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with an instance and a volume, last read on the 20th of October."""
    untold = {"enabled": True, "personal": False, "has_instances": True}
    warehouse.put("project", {"id": "p1", "display_name": "tea", **untold})
    warehouse.put(
        "instance_period", {"id": "i1", "project_id": "p1", "host": "h1", "valid_from": at("10-05 00:00"), **SIZE}
    )
    warehouse.put(
        "volume_period", {"id": "v1", "project_id": "p1", "size": 9, "attached": False, "valid_from": at("08-01 00:00")}
    )
    warehouse.put("hypervisor", {"id": 1, "cell_name": "c", "service_host": "h1", "cpus": 8, "memory": 64_000})
    warehouse.read_until(at("10-20 12:00"))
    return warehouse


def about(warehouse: Warehouse, name: str, **words: str) -> tuple[ReportResult, list[tuple[object, ...]]]:
    request = read_request(
        report_named(name), {word.rstrip("_").replace("_", "-"): value for word, value in words.items()}
    )
    with run_report(warehouse.engine, REGION, name, request) as result:
        return result, list(result.rows)


def test_by_default_it_is_the_month_as_far_as_it_is_known(small: Warehouse) -> None:
    result, rows = about(small, "usage")

    assert (result.begin, result.end) == (at("10-01 00:00"), at("10-20 12:00"))
    assert [row[3] for row in rows] == [15 * 86_400 + 43_200]
    assert result.notes == ("As known now; the sources were last read at 2024-10-20T12:00:00Z.",)


def test_the_head_says_of_which_knowledge_it_is(small: Warehouse) -> None:
    for kind, known_at in (("instance", at("10-18 01:00")), ("volume", at("10-19 02:03"))):
        small.put("derivation", {"resource": kind, "built": True, "known_at": known_at})

    result, _ = about(small, "flavours")

    assert result.notes == ("As known since 2024-10-19T02:03:00Z; the sources were last read at 2024-10-20T12:00:00Z.",)


def test_at_midnight_of_the_first_it_is_the_month_that_has_ended(small: Warehouse) -> None:
    small.change("sync_state", {}, seen_at=at("11-01 00:00"))

    result, _ = about(small, "usage")

    assert (result.begin, result.end) == (at("10-01 00:00"), at("11-01 00:00"))


def cell(seen_at: datetime) -> dict[str, object]:
    return {"table_name": "instance", "source": "cell2", "loaded": True, "cursors": "{}", "seen_at": seen_at}


def test_what_goes_on_is_counted_until_the_source_that_was_read_longest_ago(small: Warehouse) -> None:
    small.put("sync_state", cell(at("10-20 11:00")))

    result, rows = about(small, "usage", month="2024-10")

    assert [(row[3], row[9]) for row in rows] == [(15 * 86_400 + 11 * 3600, 9 * (19 * 86_400 + 43_200))]
    assert result.notes[1:] == ("What goes on is counted until 2024-10-20T11:00:00Z: nothing is known beyond.",)


def test_a_late_source_holds_back_its_own_kind_alone(small: Warehouse) -> None:
    small.put("sync_state", cell(at("10-19 00:00")))

    result, rows = about(small, "usage")

    assert result.end == at("10-20 12:00")
    assert [(row[3], row[9]) for row in rows] == [(14 * 86_400, 9 * (19 * 86_400 + 43_200))]
    late = "Late: instance was last read at 2024-10-19T00:00:00Z, and what goes on of it is counted until then."
    assert result.notes[1:] == (late,)


def test_days_that_are_added_up_are_known_whatever_a_forgotten_cell_says(small: Warehouse) -> None:
    small.put("sync_state", cell(at("10-07 00:00")))
    used = {"project_id": "p1", "kind": "instance", "type": "", "availability_zone": "", "state": "active"}
    for day in range(5, 20):
        small.put("usage_day", {**used, "day": at(f"10-{day:02} 00:00").date(), "seconds": 86_400})
    small.added_up_to(at("10-19 00:00").date())

    by_project, by_user = (about(small, "usage", by=by)[1] for by in ("project", "user"))

    assert [row[3] for row in by_project] == [15 * 86_400]
    assert sum(row[2] for row in by_user) == 15 * 86_400  # type: ignore[misc]


def test_before_the_first_sync_the_report_says_so(warehouse: Warehouse) -> None:
    result, rows = about(warehouse, "usage")

    assert rows == []
    assert result.notes == ("The sources have never been read: run `reporting-pollster sync`.",)


def test_knowledge_that_is_to_come_is_refused(small: Warehouse) -> None:
    with pytest.raises(PollsterError, match="as-known-at: 2150-01-01 00:00:00 is to come"):
        about(small, "usage", as_known_at="2150-01-01")


def test_a_span_of_which_nothing_is_known_needs_an_end(small: Warehouse) -> None:
    with pytest.raises(PollsterError, match="nothing is known yet after 2024-12-01"):
        about(small, "usage", from_="2024-12-01")


def test_at_the_instant_of_a_correction_what_is_new_is_known_and_once(small: Warehouse) -> None:
    _correct(small, at("10-25 00:00"))

    asked = {"from_": "2024-10-01", "to": "2024-10-20"}
    before = about(small, "usage", **asked, as_known_at="2024-10-24T23:59:59")[1]
    at_once = about(small, "usage", **asked, as_known_at="2024-10-25T00:00:00")[1]

    assert [(row[0], row[1], row[3]) for row in before] == [("p1", "tea", 15 * 86_400)]
    assert [(row[0], row[1], row[3]) for row in at_once] == [("p2", None, 19 * 86_400)]
    small.change("project", {"id": "p1"}, id="p2")
    small.change("project_history", {"id": "p1"}, id="p2")
    (row,) = about(small, "usage", **asked, as_known_at="2024-10-25T00:00:00")[1]
    assert row[:2] == ("p2", "coffee")


REMEMBERING = [name for name, report in catalogue().items() if report.remembers]


def written(warehouse: Warehouse, name: str, **words: str) -> bytes:
    given = {word.rstrip("_").replace("_", "-"): value for word, value in words.items()}
    with run_report(warehouse.engine, REGION, name, read_request(report_named(name), given)) as result:
        return b"".join(write(result, "html"))


@pytest.mark.parametrize("name", REMEMBERING)
def test_a_report_of_what_was_known_is_the_same_to_the_byte_after_corrections(small: Warehouse, name: str) -> None:
    report = report_named(name)
    span = {"from_": "2024-10-18"} if report.time == "span" else {}
    asks = [{**span, "by": by} if by else span for by in report.by or ("",)]
    then = {"as_known_at": "2024-10-20T13:00:00"}
    known = [written(small, name, **each, **then) for each in asks]
    current = [about(small, name, **each)[1] for each in asks]

    _correct(small, at("10-25 00:00"))

    assert [written(small, name, **each, **then) for each in asks] == known
    assert [about(small, name, **each)[1] for each in asks] != current


def _correct(warehouse: Warehouse, known: datetime) -> None:
    """Everything turns out to have been otherwise, and goes on."""
    for table, key in (("instance_period", "i1"), ("volume_period", "v1")):
        warehouse.change(table, {"id": key}, known_to=known)
        own = {**SIZE, "vcpus": 4} if key == "i1" else {"size": 10, "attached": False}
        row = {"id": key, "project_id": "p2", "known_from": known, "host": "h1", "created_by": "bob"}
        columns = {
            name: value for name, value in {**row, **own}.items() if name not in ("host", "created_by") or key == "i1"
        }
        warehouse.put(table, {**columns, "valid_from": at("07-01 00:00"), "valid_to": at("10-24 00:00")})
        warehouse.put(table, {**columns, "valid_from": at("10-24 00:00"), "state": "stopped"})
    for table, changed in (("project", {"display_name": "coffee"}), ("hypervisor", {"cpus": 80})):
        with warehouse.engine.connect() as connection:
            (row,) = connection.exec_driver_sql(f"SELECT * FROM {table}").mappings().all()
        kept = {name: row[name] for name in warehouse.columns(f"{table}_history") if name in row}
        warehouse.put(f"{table}_history", {**kept, "known_from": at("01-01 00:00"), "known_to": known})
        warehouse.change(table, {}, known_from=known, **changed)
    warehouse.put("instance", {"id": "i1", "name": "renamed", "cell_name": "c"})
    warehouse.put("volume", {"id": "v1", "display_name": "renamed", "attached": True})
    warehouse.put(
        "usage_day",
        {
            "day": at("10-06 00:00").date(),
            "project_id": "p9",
            "kind": "instance",
            "type": "",
            "availability_zone": "",
            "state": "",
            "seconds": 5,
        },
    )
    warehouse.added_up_to(at("10-24 00:00").date(), "instance", "volume")
    warehouse.change("sync_state", {}, seen_at=known)


def test_every_report_is_called_like_its_module_and_tells_what_it_is() -> None:
    assert {"usage", "capacity", "idle", "quota", "roles", "growth", "top-consumers", "images"} <= catalogue().keys()
    for name, report in catalogue().items():
        assert report.title, name
        assert report.description.endswith("."), name
        for by in report.by or ("",):
            columns = [column.name for column in report.columns_by(by)]
            assert len(columns) == len(set(columns)), name
            for chart in report.charts(by):
                assert {*chart.label, chart.value} <= set(columns), (name, by)
