"""What the reporting database knows is shown, and what was done is kept."""

from __future__ import annotations

import pytest

from reporting_pollster.errors import LeaseHeld
from reporting_pollster.exports.concertim.trouble import ConcertimDenied
from reporting_pollster.services.concertim import Concertim as Service
from reporting_pollster.services.concertim import concertim_status
from reporting_pollster.store.concertim import acknowledged
from reporting_pollster.store.engine import reading
from reporting_pollster.store.lease import CONCERTIM, holding
from tests.concertim import Concertim
from tests.servers import Server
from tests.services.concertim.shown import REGION, Rows, service_of
from tests.stores import engine_of


def fill(rows: Rows) -> None:
    """Put something of everything there."""
    rows.put("instance", "i1", key_name="k")
    rows.put("instance", "i2", active=False)
    rows.put("volume_type", "vt1", name="fast")
    rows.put("volume", "v1", volume_type="vt1", status="in-use", instance_uuid="i1", attached=True)
    rows.put("volume", "v2", temporary=True)
    rows.put("network", "n1", shared=True, admin_state_up=True)
    rows.put("network", "n2", project_id=None)
    rows.put("stack", "s1")
    rows.put("floating_ip", "a1", address="9.9.9.9", fixed_ip="10.0.0.9", instance_id="i1")


def test_all_that_lives_is_shown(rows: Rows, concertim: Concertim, service: Service) -> None:
    fill(rows)

    result = service.sync()

    found = concertim.installation.by_openstack_id()
    assert result.is_good
    assert sorted(found) == ["i1", "n1", "v1"]
    assert found["i1"][0].details == {
        "public_ips": "9.9.9.9",
        "private_ips": "10.0.0.9",
        "ssh_key": "k",
        "volume_details": {"v1": {"name": "data", "size": 5}},
    }
    assert found["v1"][0].details == {"availability_zone": None, "size": 5, "volume_type": "fast"}
    assert found["n1"][0].details == {"admin_state_up": True, "mtu": 1500, "shared": True}
    assert sorted(rack.name for rack in concertim.installation.racks.values()) == ["app", "physics"]


def test_the_second_cycle_sends_nothing_and_a_change_is_one_request(
    rows: Rows, concertim: Concertim, service: Service
) -> None:  # 8
    fill(rows)
    service.sync()
    concertim.journal.clear()
    service.sync()
    quiet = concertim.journal.writes()
    rows.change("instance", "i1", task_state="rebooting")
    service.sync()

    (call,) = concertim.journal.writes()
    assert (quiet, call.body) == ([], {"device": {"status": "IN_PROGRESS"}})


def test_a_plan_changes_nothing(rows: Rows, concertim: Concertim, service: Service) -> None:
    fill(rows)

    made = service.plan()

    assert [f"{step.verb} {step.object} {step.key}" for step in made.plan.steps][:2] == [
        "create template f1",
        "create rack p1",
    ]
    assert made.counts["instance"] == {"openstack": 1, "concertim": 0, "by_hand": 0}
    assert not concertim.journal.writes()
    assert concertim_status(service.engine, REGION).cycle is None


def test_what_ended_goes_at_once_and_what_is_gone_without_a_trace_the_second_time(
    rows: Rows, concertim: Concertim, service: Service
) -> None:
    fill(rows)
    rows.put("instance", "i3")
    rows.put("instance", "i4")
    service.sync()
    target = rows.engine
    rows.change("instance", "i3", active=False)
    with target.begin() as connection:
        connection.exec_driver_sql("DELETE FROM instance WHERE id = 'i4'")

    first, second = ({*(service.sync(), concertim)[1].installation.by_openstack_id()} for _ in range(2))

    assert ("i3" in first, "i4" in first) == (False, True)
    assert ("i1" in second, "i4" in second) == (True, False)


def test_a_source_that_was_not_read_well_ends_nothing_by_silence(
    rows: Rows, concertim: Concertim, service: Service
) -> None:  # 27
    fill(rows)
    rows.put("instance", "i3")
    service.sync()
    with rows.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM instance WHERE id = 'i3'")
    rows.read("instance", problem="cannot read instance")

    for _ in range(3):
        service.sync()

    assert "i3" in concertim.installation.by_openstack_id()


def test_what_was_acknowledged_is_kept(rows: Rows, concertim: Concertim, service: Service) -> None:
    fill(rows)
    service.sync()
    with reading(rows.engine) as connection:
        known = acknowledged(connection, REGION)
    rows.change("instance", "i1", active=False)
    service.sync()
    with reading(rows.engine) as connection:
        later = acknowledged(connection, REGION)

    devices = {key: found[0].id for key, found in concertim.installation.by_openstack_id().items()}
    assert {key: ident for (kind, key), ident in known.items() if kind == "device"}.items() >= devices.items()
    assert sorted(known) == [
        *(("device", key) for key in ("i1", "n1", "v1")),
        *(("rack", key) for key in ("p1", "s1")),
        ("template", "f1"),
    ]
    assert set(known) - set(later) == {("device", "i1")}


def test_the_status_tells_of_the_last_cycle(rows: Rows, concertim: Concertim, service: Service) -> None:
    fill(rows)
    rows.put("project", "p2", display_name="maths")
    rows.put("instance", "i9", project_id="p2")
    concertim.faults.add("status", "POST .*/nodes", status=500)

    result = service.sync()
    cycle = concertim_status(service.engine, REGION).cycle

    assert not result.is_good
    assert cycle is not None
    assert (cycle.backlog, cycle.succeeded, cycle.unmapped) == (1, None, ("p2",))
    assert "Concertim refused POST" in str(cycle.problem)
    assert service.sync().is_good
    good = concertim_status(service.engine, REGION).cycle
    assert good is not None
    assert (good.backlog, good.problem, good.succeeded) == (0, None, good.tried)


def test_a_cycle_that_cannot_begin_is_told_too(rows: Rows, concertim: Concertim, service: Service) -> None:
    service.sync()
    concertim.password = "wrong"

    with pytest.raises(ConcertimDenied):
        service_of(rows.engine, concertim).sync()

    cycle = concertim_status(service.engine, REGION).cycle
    assert cycle is not None
    assert "refused the login" in str(cycle.problem)
    assert cycle.succeeded is not None


def test_only_one_process_writes_and_the_syncs_lease_is_another(rows: Rows, service: Service) -> None:
    with holding(rows.engine):
        service.sync()
    with holding(rows.engine, name=CONCERTIM), pytest.raises(LeaseHeld, match="Concertim"):
        service.sync()


def test_it_is_the_same_on_each_database(ready_store_url: str, store_server: Server) -> None:
    rows = Rows(engine_of(ready_store_url))
    fill(rows)
    with Concertim() as concertim:
        concertim.installation.owner("physics", "p1")
        service = service_of(rows.engine, concertim)

        first = service.sync()
        concertim.journal.clear()
        second = service.sync()

        assert (first.is_good, second.is_good, concertim.journal.writes()) == (True, True, [])
