"""What Concertim has, read as values. One way for all its versions: what an old one lacks is simply not there."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from reporting_pollster.domain.concertim.present import Device, Kind, Present, Profile, Rack, Team, Template, User
from reporting_pollster.exports.concertim.client import Client
from reporting_pollster.exports.concertim.trouble import ConcertimDenied, ConcertimUnfamiliar, Refusal

_KINDS: Mapping[str, Kind] = {
    "Instance": "Instance",
    "Volume": "Volume",
    "Network": "Network",
    "Device::ComputeDetails": "Instance",
    "Device::VolumeDetails": "Volume",
    "Device::NetworkDetails": "Network",
}


def read(client: Client, newest: Profile = "P4") -> Present:
    """Read everything. `newest` is how old Concertim is when nothing in it shows that."""
    if client.get("/users/current").get("root") is not True:
        raise ConcertimDenied(
            "the account at Concertim may not do what is needed",
            hint="set [concertim] login to one that is root there",
            login=client.access.login,
        )
    with ThreadPoolExecutor(client.access.in_flight, thread_name_prefix="concertim") as pool:
        teams = pool.submit(_teams, client)
        lists = {name: pool.submit(_list, client, f"/{name}") for name in ("users", "templates", "racks", "devices")}
        found = {name: future.result() for name, future in lists.items()}
        with_teams = teams.result()
    return Present(
        _profile(with_teams, found["devices"], newest),
        tuple(map(_team, with_teams or ())),
        tuple(map(_user, found["users"])),
        tuple(map(_template, found["templates"])),
        tuple(map(_rack, found["racks"])),
        tuple(map(_device, found["devices"])),
    )


def templates(client: Client) -> list[Template]:
    """Read the templates alone."""
    return list(map(_template, _list(client, "/templates")))


def racks(client: Client) -> list[Rack]:
    """Read the racks alone."""
    return list(map(_rack, _list(client, "/racks")))


def devices(client: Client) -> list[Device]:
    """Read the devices alone."""
    return list(map(_device, _list(client, "/devices")))


def _list(client: Client, path: str) -> list[dict[str, Any]]:
    found = client.get(path)
    if not isinstance(found, list):
        raise ConcertimUnfamiliar(f"GET {path} gave no list", hint="check that [concertim] url leads to Concertim")
    return found


def _teams(client: Client) -> list[dict[str, Any]] | None:
    try:
        return _list(client, "/teams")
    except Refusal as refusal:
        if refusal.status == 404:
            return None
        raise


def _profile(teams: list[Any] | None, found: list[dict[str, Any]], newest: Profile) -> Profile:
    if teams is None:
        return "P2"
    types = [str(one.get("type") or "") for one in found]
    if any(one.startswith("Device::") for one in types):
        return "P3"
    return "P4" if any(one in _KINDS for one in types) else newest


def _team(one: Mapping[str, Any]) -> Team:
    return Team(str(one["id"]), str(one.get("name") or ""), one.get("project_id") or None)


def _user(one: Mapping[str, Any]) -> User:
    ids = (one.get("cloud_user_id") or None, one.get("project_id") or None)
    return User(str(one["id"]), str(one.get("login") or ""), one.get("root") is True, *ids)


def _template(one: Mapping[str, Any]) -> Template:
    sizes = (one.get("vcpus"), one.get("ram"), one.get("disk"))
    texts = (str(one.get("name") or ""), str(one.get("description") or ""))
    ids = (one.get("foreign_id") or None, one.get("tag") or None)
    return Template(str(one["id"]), *texts, int(one.get("height") or 1), *ids, *map(_number, sizes))


def _rack(one: Mapping[str, Any]) -> Rack:
    owner = _object(one.get("owner")).get("id")
    return Rack(
        str(one["id"]),
        str(one.get("name") or ""),
        None if owner is None else str(owner),
        int(one.get("u_height") or 0),
        str(one.get("status") or ""),
        one.get("order_id"),
        _object(one.get("metadata")),
    )


def _device(one: Mapping[str, Any]) -> Device:
    kind = _KINDS.get(str(one.get("type") or "Instance"))
    place = _object(one.get("location"))
    start = int(place.get("start_u") or 0)
    end = int(place.get("end_u") or start)
    template_id = one.get("template_id") or _object(one.get("template")).get("id")
    return Device(
        str(one["id"]),
        kind or "Instance",
        str(one.get("name") or ""),
        str(one.get("description") or ""),
        str(one.get("status") or ""),
        str(place.get("rack_id") or ""),
        start,
        end - start + 1 if start else 0,
        None if template_id is None else str(template_id),
        _object(one.get("metadata")) if kind else {},  # of a type of which we know nothing: somebody else's
        {**one, **_object(one.get("details"))},
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> int | None:
    return None if value in (None, "") else int(value)
