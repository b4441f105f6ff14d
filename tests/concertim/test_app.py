"""The stand-in's app refuses what Concertim refuses, with the same words; numbers are those of the contract's cases."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.concertim import Concertim, Installation
from tests.concertim.caller import Caller
from tests.concertim.installation import Rack, Team, Template


class Room:
    """A team with a rack of ten units and an instance template of each height up to three."""

    def __init__(self, there: Installation) -> None:
        self.there = there
        self.team = there.owner("physics", "p1")
        assert isinstance(self.team, Team)
        self.rack = there.rack(self.team, "r1", 10)
        self.templates: dict[int, Template] = {n: there.template(f"m{n}", n, foreign_id=f"f{n}") for n in (1, 2, 3)}

    def node(self, name: str = "web", start: Any = 1, height: int = 1, **more: Any) -> dict[str, Any]:
        """Return a valid body for /nodes, or with `more`, one that may not be."""
        location = {"rack_id": self.rack.id, "start_u": start, "facing": "f"}
        device = {"type": "Instance", "name": name, "status": "ACTIVE", "location": location, **more}
        return {"template_id": self.templates[height].id, "device": {k: v for k, v in device.items() if v is not None}}

    def rack_body(self, **more: Any) -> dict[str, Any]:
        """Return a valid body for /racks, or with `more`, one that may not be."""
        body = {"name": "new", "team_id": self.team.id, "order_id": "o-new", "status": "ACTIVE", **more}
        return {"rack": {name: value for name, value in body.items() if value is not None}}


@pytest.fixture
def room(concertim: Concertim) -> Room:
    """Return what most tests need."""
    return Room(concertim.installation)


@pytest.mark.parametrize(("key", "password"), [("login", "wrong"), ("username", "admin-password")])
def test_a_wrong_login_gets_401_and_no_token(concertim: Concertim, key: str, password: str) -> None:  # 1
    body = {"user": {key: "admin", "password": password}}

    answer = requests.post(f"{concertim.url}/users/sign_in.json", json=body, timeout=5)

    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid Login or password."})
    assert "Authorization" not in answer.headers


def test_the_token_is_in_the_header_alone(concertim: Concertim) -> None:  # 2
    body = {"user": {"login": "admin", "password": "admin-password"}}

    answer = requests.post(f"{concertim.url}/users/sign_in.json", json=body, timeout=5)

    token = answer.headers["Authorization"]
    assert (answer.status_code, token[:7]) == (201, "Bearer ")
    assert token[7:] not in answer.text


def test_tokens_expire_and_are_revoked(concertim: Concertim, root: Caller) -> None:  # 3
    concertim.routes.tokens.revoke()
    revoked = root.get("/racks")
    concertim.routes.tokens.expire()
    expired = root.get("/racks")

    assert (revoked.status_code, revoked.json()) == (401, {"error": "revoked token"})
    assert (expired.status_code, expired.json()) == (401, {"error": "Signature has expired"})


def test_without_accept_and_token_it_leads_to_a_page(concertim: Concertim) -> None:  # 6
    redirect = requests.get(f"{concertim.url}/api/v1/racks", timeout=5, allow_redirects=False)
    followed = requests.get(f"{concertim.url}/api/v1/racks", timeout=5)

    assert redirect.status_code == 302
    assert (followed.status_code, followed.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_others_than_root_may_not_write_teams(concertim: Concertim, room: Room) -> None:  # 7
    concertim.installation.user("eve", "eve")
    eve = Caller(concertim, "eve", "eve")

    assert eve.get("/users/current").json()["root"] is False
    assert eve.patch(f"/teams/{room.team.id}", {"team": {"project_id": "p2"}}).status_code == 403


def test_no_device_is_put_over_another(root: Caller, room: Room) -> None:  # 9, 10, 11
    assert root.post("/nodes", room.node("a", 4, 2)).status_code == 200

    refused = {
        (start, height): next(iter(root.post("/nodes", room.node("b", start, height)).json()))
        for start, height in ((4, 1), (5, 1), (2, 3), (9, 3), (0, 1), (11, 1), (None, 1))
    }

    assert refused == {
        (4, 1): "start_u",
        (5, 1): "start_u",
        (2, 3): "start_u",
        (9, 3): "end_u",
        (0, 1): "start_u",
        (11, 1): "start_u",
        (None, 1): "start_u",
    }
    assert root.post("/nodes", room.node("b", 4)).json() == {"start_u": [{"error": "is occupied"}]}
    assert root.post("/nodes", room.node("b", 1, 3)).status_code == 200


def test_a_device_name_is_taken_in_its_rack_only(root: Caller, room: Room) -> None:  # 12
    other = room.there.rack(room.team, "r2")
    root.post("/nodes", room.node("web", 1))

    again = root.post("/nodes", room.node("web", 2))
    elsewhere = root.post("/nodes", room.node("web", location={"rack_id": other.id, "start_u": 1}))

    assert (again.status_code, again.json()) == (422, {"name": [{"error": "taken"}]})
    assert elsewhere.status_code == 200


@pytest.mark.parametrize("name", ["a_b", "a b", "zürich", "x" * 151, "", None])
def test_a_device_name_has_few_characters(root: Caller, room: Room, name: str | None) -> None:  # 13
    answer = root.post("/nodes", room.node(name=name))  # type: ignore[arg-type]

    assert (answer.status_code, list(answer.json())) == (422, ["name"])


def test_a_rack_has_an_order_and_a_name_of_its_own(root: Caller, room: Room) -> None:  # 14
    other = room.there.owner("chemistry", "p2")
    assert root.post("/racks", room.rack_body()).status_code == 200

    def refused(**more: Any) -> list[str]:
        return list(root.post("/racks", room.rack_body(**more)).json())

    assert refused(order_id=None, name="x") == ["order_id"]
    assert refused(name="x") == ["order_id"]
    assert refused(order_id="o2") == ["name"]
    assert refused(order_id="o2", name="a b") == ["name"]
    assert refused(order_id="o2", name="x", status="AVAILABLE") == ["status"]
    assert root.post("/racks", room.rack_body(order_id="o2", team_id=other.id)).status_code == 200


@pytest.mark.parametrize("height", [0, 73, 5])
def test_a_rack_is_as_high_as_its_devices_and_not_too_high(root: Caller, room: Room, height: int) -> None:  # 15
    root.post("/nodes", room.node("top", 5, 2))

    answer = root.patch(f"/racks/{room.rack.id}", {"rack": {"u_height": height}})

    assert (answer.status_code, list(answer.json())) == (422, ["u_height"])
    assert root.patch(f"/racks/{room.rack.id}", {"rack": {"u_height": 6}}).status_code == 200


def test_a_status_is_one_of_its_type(root: Caller, room: Room) -> None:  # 16
    volume = next(each for each in room.there.templates.values() if each.tag == "volume")
    details = {"type": "Device::VolumeDetails"}
    body = room.node(type="Volume", details=details, status="STOPPED") | {"template_id": volume.id}

    assert list(root.post("/nodes", room.node(status="AVAILABLE")).json()) == ["status"]
    assert list(root.post("/nodes", room.node(status="active")).json()) == ["status"]
    assert list(root.post("/nodes", body).json()) == ["status"]
    body["device"]["status"] = "AVAILABLE"
    assert root.post("/nodes", body).status_code == 200


def test_type_details_and_template_fit(root: Caller, room: Room) -> None:  # 17
    network = {"type": "Device::NetworkDetails", "mtu": 1500}

    assert list(root.post("/nodes", room.node(type=None)).json()) == ["type"]
    assert list(root.post("/nodes", room.node(details=network)).json()) == ["details_type"]
    assert list(root.post("/nodes", room.node(type="Network", details=network)).json()) == ["template"]


def test_what_the_app_does_not_expect_breaks_it(root: Caller, room: Room) -> None:  # 18
    unknown = {"type": "Device::ComputeDetails", "colour": "red"}
    bodies = [
        room.node(details=unknown),
        room.node(details={"ssh_key": "k"}),
        room.node(type="Router"),
        room.node(location={"rack_id": "none", "start_u": 1}),
        room.node(description="x" * 256),
    ]

    answers = [root.post("/nodes", body) for body in bodies]

    assert [(answer.status_code, list(answer.json())) for answer in answers] == [(500, ["errors"])] * 5
    assert root.post("/racks", room.rack_body(description="x")).status_code == 500
    assert root.post("/nodes", room.node() | {"template_id": "none"}).status_code == 404


def test_a_template_has_sizes_and_a_name_of_its_own(root: Caller, room: Room) -> None:  # 19
    def refused(**values: Any) -> list[str]:
        return list(root.post("/templates", {"template": {"name": "x", "height": 1, **values}}).json())

    assert refused(disk=0) == ["disk"]
    assert refused(name="m1") == ["name"]
    assert refused(name="volume") == ["name"]
    assert refused(name="rack") == ["name"]
    assert refused(height=7) == ["images"]
    assert root.post("/templates", {"template": {"name": "x", "height": 1, "disk": None}}).status_code == 200


def test_a_template_never_changes_its_height(root: Caller, room: Room) -> None:  # 20
    answer = root.patch(f"/templates/{room.templates[1].id}", {"template": {"height": 4, "vcpus": "8"}})

    assert (answer.status_code, answer.json()["height"], answer.json()["vcpus"]) == (200, 1, 8)


def test_metadata_is_replaced_as_a_whole(root: Caller, room: Room) -> None:  # 21
    made = root.post("/nodes", room.node(metadata={"a": 1})).json()

    changed = root.patch(f"/devices/{made['id']}", {"device": {"metadata": {"b": 2}}}).json()

    assert changed["metadata"] == {"b": 2}


def test_a_location_needs_both_and_a_name_is_kept_without_it(root: Caller, room: Room) -> None:  # 22
    made = root.post("/nodes", room.node()).json()
    body = {"device": {"name": "renamed", "location": {"start_u": 2}}}

    answer = root.patch(f"/devices/{made['id']}", body)

    assert (answer.status_code, answer.json()) == (422, {"errors": {"facing": ["is not included in the list"]}})
    assert root.get(f"/devices/{made['id']}").json()["name"] == "renamed"


def test_what_is_gone_is_not_found(root: Caller, room: Room) -> None:  # 23
    made = root.post("/nodes", room.node()).json()

    first, second = (root.delete(f"/devices/{made['id']}") for _ in range(2))

    assert (first.status_code, first.json()) == (200, {})
    assert (second.status_code, second.json()) == (404, {"errors": {"record": ["Not found"]}})
    assert root.delete("/racks/none").status_code == 404
    assert [root.post("/devices", {}).status_code, root.post("/teams", {}).status_code] == [404, 404]


def test_a_rack_with_devices_stays(root: Caller, room: Room) -> None:  # 24
    root.post("/nodes", room.node())

    answer = root.delete(f"/racks/{room.rack.id}")

    assert (answer.status_code, answer.json()) == (422, {"errors": "rack is not empty"})
    assert root.delete(f"/racks/{room.rack.id}?recurse=true").status_code == 200
    assert not room.there.devices


@pytest.mark.parametrize("path", ["/teams/1", "/users/1", "/templates/1?recurse=true"])
def test_what_deletes_in_openstack_fails_the_test(path: str) -> None:  # 29
    with pytest.raises(AssertionError), Concertim() as concertim:
        assert Caller(concertim).delete(path).status_code == 500


def test_a_team_has_a_whole_period_and_a_project_of_its_own(root: Caller, room: Room) -> None:  # 30
    other = room.there.owner("chemistry")

    period = root.patch(f"/teams/{other.id}", {"team": {"billing_period_start": "2026-01-01"}})
    project = root.patch(f"/teams/{other.id}", {"team": {"project_id": "p1"}})

    assert (period.status_code, list(period.json())) == (422, ["billing_period"])
    assert (project.status_code, list(project.json())) == (422, ["project_id"])


def test_a_missing_wrapper_and_broken_json_get_400(root: Caller, concertim: Concertim) -> None:
    missing = root.post("/racks", {"name": "x"})
    broken = root.send("POST", "/racks", None, data=b"{", headers={"Content-Type": "application/json"})

    assert missing.json() == {"status": 400, "error": "param is missing or the value is empty: rack"}
    assert (missing.status_code, broken.status_code) == (400, 400)


def test_an_older_app_has_users_instead_of_teams_and_flat_details() -> None:  # 36
    with Concertim("P2") as concertim:
        root, there = Caller(concertim), concertim.installation
        owner = there.owner("ada", "p1")
        small = there.template("small", 1)
        body = {"name": "r", "user_id": owner.id, "team_id": "no", "order_id": "o", "status": "ACTIVE"}
        rack = root.post("/racks", {"rack": body}).json()
        device = {
            "type": "Instance",
            "name": "web",
            "status": "SUSPENDED",
            "ssh_key": "k",
            "details": {"type": "Device::ComputeDetails", "ssh_key": "other"},
            "location": {"rack_id": rack["id"], "start_u": 1},
        }

        made = root.post("/nodes", {"template_id": small.id, "device": device}).json()
        dotted = root.post("/nodes", {"template_id": small.id, "device": {**device, "name": "a.b"}})

        assert root.get("/teams").status_code == 404
        assert rack["owner"]["project_id"] == "p1"
        assert (made["ssh_key"], "type" in made) == ("k", False)
        assert dotted.status_code == 422


def test_the_third_profile_names_the_class_and_knows_no_available() -> None:  # 36
    with Concertim("P3") as concertim:
        root, room = Caller(concertim), Room(concertim.installation)
        volume = next(each for each in room.there.templates.values() if each.tag == "volume")
        body = room.node(details={"type": "Device::VolumeDetails", "size": 5}) | {"template_id": volume.id}

        made = root.post("/nodes", body).json()
        body["device"] |= {"name": "other", "status": "AVAILABLE", "location": {**made["location"], "start_u": 5}}
        refused = root.post("/nodes", body)

        assert (made["type"], made["size"]) == ("Device::VolumeDetails", 5)
        assert list(refused.json()) == ["status"]


def test_a_node_that_is_sent_again_is_told_of_its_slot(root: Caller, room: Room) -> None:
    root.post("/nodes", room.node())

    assert list(root.post("/nodes", room.node()).json()) == ["start_u"]


def test_a_snapshot_changes_with_what_it_shows(root: Caller, room: Room) -> None:
    before = room.there.snapshot()
    root.post("/nodes", room.node())

    assert isinstance(room.rack, Rack)
    assert room.there.snapshot() != before
