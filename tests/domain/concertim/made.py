"""Small views, in which only what a test is about is said."""

from __future__ import annotations

from typing import Any

from reporting_pollster.domain.concertim import present, wanted
from reporting_pollster.domain.concertim.present import MANAGER, Device, Kind, Present, Rack, Team, Template
from reporting_pollster.domain.concertim.wanted import Cloud, Flavour, Instance, Network, Project, Stack, Volume

TEAM = Team("t1", "physics", "p1")
SMALL = Template("tp1", "small", "", 1, "f1", None, 1, 1024, 10)
VOLUME = Template("tpv", "volume", "", 2, None, "volume", None, None, None)
NETWORK = Template("tpn", "network", "", 1, None, "network", None, None, None)


def instance(ident: str, name: str | None = "web", **values: Any) -> Instance:
    """Return a running instance of p1 that is of no stack."""
    given: dict[str, Any] = {"project_id": "p1", "vm_state": "active", "task_state": None, "flavour_uuid": "f1"}
    return Instance(ident, name=name, **{**given, **values})


def volume(ident: str, **values: Any) -> Volume:
    """Return an available volume of p1."""
    return Volume(ident, **{"project_id": "p1", "name": "data", "status": "available", "size": 5, **values})


def network(ident: str, **values: Any) -> Network:
    """Return an active network of p1."""
    return Network(ident, **{"project_id": "p1", "name": "net", "status": "ACTIVE", **values})


def stack(ident: str, name: str = "app", **values: Any) -> Stack:
    """Return a complete stack of p1."""
    return Stack(ident, **{"project_id": "p1", "name": name, "action": "CREATE", "status": "COMPLETE", **values})


def cloud(*rows: Any, **values: Any) -> Cloud:
    """Return a cloud of the project p1 and the flavour f1 with these rows."""
    kinds = {"stacks": Stack, "instances": Instance, "volumes": Volume, "networks": Network}
    given = {name: tuple(row for row in rows if isinstance(row, kind)) for name, kind in kinds.items()}
    flavours = (Flavour("f1", "small", 1, 1024, 10),)
    return Cloud(**{"projects": (Project("p1", "physics"),), "flavours": flavours, **given, **values})


def rack(ident: str = "r1", key: str = "p1", **values: Any) -> Rack:
    """Return our rack of a project (a key like p1) or a stack."""
    metadata = {"managed_by": MANAGER, "openstack_project_id": "p1"}
    if not key.startswith("p"):
        metadata["openstack_stack_id"] = key
    given: dict[str, Any] = {"name": "physics", "owner_id": "t1", "height": 42, "status": "ACTIVE", "order_id": key}
    return Rack(ident, **{**given, "metadata": metadata, **values})


def device(ident: str, key: str | None, start: int = 1, *, kind: Kind = "Instance", **values: Any) -> Device:
    """Return a device as we make it for `instance(key)`, or with no key one made by hand."""
    row: Any = instance(key or "")
    if kind != "Instance":
        row = volume(key or "") if kind == "Volume" else network(key or "")
    one = next(iter(wanted.wanted(cloud(row)).devices.values()))
    metadata = {name: value for name, value in one.metadata.items() if value is not None} if key else {}
    given: dict[str, Any] = {"name": one.name, "description": values.get("name", one.description), "status": one.status}
    template = {"Instance": "tp1", "Volume": "tpv", "Network": "tpn"}[kind]
    given |= {"rack_id": "r1", "template_id": template, "metadata": metadata, "details": one.details}
    return Device(ident, kind, start=start, **{"size": 2 if kind == "Volume" else 1, **given, **values})


def concertim(*objects: Any, profile: present.Profile = "P4", templates: Any = (SMALL, VOLUME, NETWORK)) -> Present:
    """Return a Concertim with the team of p1, the templates, and these."""
    racks = tuple(one for one in objects if isinstance(one, Rack))
    devices = tuple(one for one in objects if isinstance(one, Device))
    teams = tuple(one for one in objects if isinstance(one, Team)) or (TEAM,)
    return Present(profile, teams, (), templates, racks, devices)
