from __future__ import annotations

from collections.abc import Callable

from tests.derived.traced import Traced


def allocate(traced: Traced, number: int = 1, **columns: object) -> None:
    times = {"created_at": "2026-01-01 12:00:00", "updated_at": "2026-01-01 12:00:00"}
    traced.insert("neutron", "standardattributes", id=number, resource_type="floatingips", **times)
    known = {"project_id": "p1", "floating_ip_address": f"192.0.2.{number}", "floating_network_id": "n1"}
    traced.insert("neutron", "floatingips", id=f"f{number}", **{**known, "standard_attr_id": number, **columns})


def test_an_address_is_use_until_it_is_surely_gone(traced: Traced) -> None:
    allocate(traced)
    allocate(traced, 2)
    traced.sync("floating_ip")
    assert traced.used("floating_ip", "day", "project_id", "state", "seconds")[:2] == [
        ("2026-01-01", "p1", "reserved", 2 * 43_200),
        ("2026-01-02", "p1", "reserved", 2 * 86_400),
    ]

    traced.execute("neutron", "DELETE FROM floatingips WHERE id = 'f1'")
    traced.sync("floating_ip")

    (gone,) = traced.periods("floating_ip", id="f1")
    assert (gone["address"], gone["in_use"], gone["valid_to_origin"]) == ("192.0.2.1", True, "estimate")
    assert gone["valid_to_earliest"] <= gone["valid_to_latest"] == gone["valid_to"]
    assert traced.told("floating_ip", "valid_to", id="f2") == [(None,)]


def test_an_address_that_gets_a_port_is_attached(traced_on_each: Traced) -> None:
    traced = traced_on_each
    allocate(traced)
    traced.sync("floating_ip")
    traced.execute("neutron", "UPDATE floatingips SET fixed_port_id = 'port1'")
    traced.execute("neutron", "UPDATE standardattributes SET updated_at = UTC_TIMESTAMP()")
    traced.sync("floating_ip")

    assert traced.told("floating_ip", "state", "attached", "in_use", "valid_from_origin") == [
        ("reserved", False, True, "row"),
        ("attached", True, True, "estimate"),
    ]


def test_without_neutron_nothing_is_derived(trace: Callable[..., Traced]) -> None:
    traced = trace(without=("neutron",))
    traced.sync("floating_ip")

    assert traced.periods("floating_ip") == []
