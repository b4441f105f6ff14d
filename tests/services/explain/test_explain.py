"""Every figure of usage can be taken apart, down to the facts, and the parts make the figure."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest

from reporting_pollster.errors import UnknownName
from reporting_pollster.services.explain import Part, Question, explain_usage
from reporting_pollster.services.report import ReportRequest
from reporting_pollster.services.report.run import run_report
from tests.pollster import REGION, Pollster, at
from tests.services.derive.conftest import Sync
from tests.services.derive.test_derive import act
from tests.services.sync.life import Life

PROJECT = "a" * 32


@pytest.fixture
def eventful(life: Life, sync: Sync) -> Pollster:
    """One instance that was stopped, one that was deleted, one of which nothing tells why it stopped."""
    stopped = life.instance(launched_at=at("03-01 12:01"))
    act(life, stopped, "create", at("03-01 12:00"), at("03-01 12:01"))
    deleted = life.instance(launched_at=at("03-01 12:01"))
    silent = life.instance(launched_at=at("03-01 12:01"))
    sync(at("03-20 00:00"))
    act(life, stopped, "stop", at("04-01 10:00"), at("04-01 10:01"))
    life.save(stopped, at("04-01 10:01"), vm_state="stopped")
    life.delete(deleted, at("04-02 10:00"))
    life.save(silent, at("04-03 10:00"), vm_state="stopped")
    return sync(at("04-10 08:00"))


def parts(pollster: Pollster, begin: datetime, end: datetime, resource: str | None = None) -> list[Part]:
    with explain_usage(pollster.engine, REGION, Question(PROJECT, begin, end, resource)) as explanation:
        return list(explanation.parts)


@pytest.mark.parametrize(
    ("begin", "end"),
    [("03-01 00:00", "05-01 00:00"), ("03-31 22:00", "04-03 13:37"), ("04-10 00:00", "04-11 00:00")],
)
def test_the_parts_are_the_figure(eventful: Pollster, begin: str, end: str) -> None:
    request = ReportRequest(begin=at(begin), end=at(end), by="project", project=PROJECT)
    with run_report(eventful.engine, REGION, "usage", request) as report:
        (row,) = [dict(zip((column.name for column in report.columns), row, strict=True)) for row in report.rows]

    found = parts(eventful, at(begin), at(end))

    amounts = Counter[str]()
    for part in found:
        amounts.update(part.amounts)
        assert part.seconds == (part.end - part.start).total_seconds()
    assert (amounts["seconds"], amounts["vcpu_seconds"]) == (row["instance_seconds"], row["vcpu_seconds"])
    assert amounts["memory_mb_seconds"] == row["memory_mb_seconds"] > 0


def test_a_boundary_names_its_fact_and_rule(eventful: Pollster) -> None:
    stopped, deleted, silent = sorted({part.resource for part in parts(eventful, at("03-01 00:00"), at("05-01 00:00"))})

    first, second = parts(eventful, at("03-02 00:00"), at("05-01 00:00"), stopped)
    assert first.began.startswith("goes back before the time span, to 2026-03-01 12:01:00: launched: row as read at")
    assert first.ended.startswith("stop: action stop from 2026-04-01 10:00:00, req-")
    assert (second.state, second.ended) == ("stopped", "goes on, as far as is known")
    assert second.end == at("04-10 08:00")
    assert parts(eventful, at("03-02 00:00"), at("05-01 00:00"), deleted)[-1].ended.startswith("deleted: row")
    (_, estimated) = parts(eventful, at("03-02 00:00"), at("05-01 00:00"), silent)
    assert "estimate: between 2026-03-20 00:00:00 and 2026-04-03 10:00:00" in estimated.began


def test_a_project_is_found_by_its_name_and_otherwise_refused(eventful: Pollster) -> None:
    name = eventful.one("project", id=PROJECT)["display_name"]
    with explain_usage(eventful.engine, REGION, Question(name, at("03-01 00:00"), at("04-01 00:00"))) as explanation:
        assert explanation.project_id == PROJECT

    with (
        pytest.raises(UnknownName, match="there is no project nobody"),
        explain_usage(eventful.engine, REGION, Question("nobody", at("03-01 00:00"), at("04-01 00:00"))),
    ):
        pass
