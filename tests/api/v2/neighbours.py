"""Two projects side by side, and every question that the API below /v2 can be asked about either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Flask

from reporting_pollster.api.resource import Parameter, Route
from tests.reports.warehouse import Warehouse, at

SPAN = {"from": "2024-10-01T06:00:00", "to": "2024-10-03"}  # short: each day is a query of its own
KINDS = ("instance", "volume", "snapshot", "backup", "image", "floating_ip")
_POINTING = {"project", "resource", "name", "marker"}
_UNKNOWN = "nobody-has-this"


@dataclass(frozen=True)
class Neighbour:
    """A project whose every text holds a word that nothing else has."""

    project: str
    word: str
    domain: str

    def id(self, kind: str) -> str:
        return f"{self.word}-{kind}"

    def move_in(self, warehouse: Warehouse) -> None:
        """Put all that a project may have into the reporting database."""
        put, own = warehouse.put, self._words
        put("domain", {"id": self.domain, "enabled": True, **own("name")})
        put("project", {"id": self.project, "domain_id": self.domain}, enabled=True, personal=False, **own(*_PROJECT))
        put("user", {"id": self.id("user"), "enabled": True, **own("name", "email")})
        role = {"role": "member", "role_id": "r", "scope": "project", "origin": "direct"}
        put("role", {**role, "project": self.project, "user": self.id("user")})
        put("volume_type", {"id": self.id("type"), **own("name")})
        put("allocation", {"id": len(self.word) + ord(self.word[0]), "project_id": self.project, **own(*_ALLOCATION)})
        for kind in KINDS:
            self._put_resource(warehouse, kind)

    def use_what_is_of(self, other: Neighbour, warehouse: Warehouse) -> None:
        """Make an instance of another project's image, by a user who belongs to that one, in a zone of its name."""
        own = {"id": f"{self.word}-guest", "project_id": self.project, "vm_state": "active", "cell_name": "cell1"}
        where = {"availability_zone": f"{other.word} availability_zone", "created_by": other.id("user")}
        warehouse.put("instance", {**own, **where, "image": other.id("image"), "created": at("10-01 12:00")})
        held = {"id": own["id"], "project_id": self.project, "valid_from": at("10-01 12:00"), "vcpus": 64}
        warehouse.put("instance_period", {**held, **where, "flavour_name": f"{other.word} flavour_name"})

    def _put_resource(self, warehouse: Warehouse, kind: str) -> None:
        life = {"created": at("10-01 10:15"), "user_id": self.id("user"), "created_by": self.id("user"), "size": 7}
        texts = self._words(*_RESOURCE) | {"volume_type": self.id("type"), "image": self.id("image")}
        own = {"id": self.id(kind), "project_id": self.project, "attached": False, "vcpus": 2, "memory": 4096}
        warehouse.put(kind, _present(warehouse, kind, texts, **life, **own, cell_name="cell1", visibility="private"))
        held = {"valid_from": at("10-01 10:15"), "state": "active", "valid_from_origin": "row"}
        warehouse.put(f"{kind}_period", _present(warehouse, f"{kind}_period", texts, **life, **own, **held))
        used = {"project_id": self.project, "kind": kind, "state": "active", **self._words("type", "availability_zone")}
        for day, seconds in ((1, 49_500), (2, 86_400)):
            amounts = {"seconds": seconds, "vcpu_seconds": seconds * len(self.word)}
            warehouse.put("usage_day", {"day": date(2024, 10, day), **used, **amounts})

    def _words(self, *names: str) -> dict[str, Any]:
        return {name: f"{self.word} {name}" for name in names}


_PROJECT = ("display_name", "organisation", "description")
_ALLOCATION = ("project_name", "chief_investigator", "funding_node")
_RESOURCE = (
    *("name", "display_name", "address", "fixed_ip", "flavour_name", "flavour_uuid", "host", "hypervisor"),
    *("availability_zone", "vm_state", "status", "hostname", "key_name"),
)


def _present(warehouse: Warehouse, table: str, texts: dict[str, Any], **columns: Any) -> dict[str, Any]:
    """What of this the table has."""
    known = warehouse.columns(table)
    return {name: value for name, value in {**texts, **columns}.items() if name in known}


def questions(app: Flask, about: Neighbour, *, every_parameter: bool = True) -> Iterator[str]:
    """Each route below /v2 with each of its parameters in turn, and some together, pointed at a project.

    Without `every_parameter` only with those parameters that say whose data is wanted.
    """
    for route in app.extensions["reporting_pollster.routes"].values():
        if route.method == "GET" and route.path.startswith("/v2"):
            for path in _paths(route, about):
                for parameters, question in _queries(route, path, about):
                    if every_parameter or parameters <= _POINTING:
                        yield question


def _paths(route: Route, about: Neighbour) -> Iterator[str]:
    if "<" not in route.path:
        yield route.path
    for name in (about.project, f"{about.word} display_name"):
        if "<" in route.path:
            yield route.path.replace("<project_id>", name)


def _queries(route: Route, path: str, about: Neighbour) -> Iterator[tuple[set[str], str]]:
    parameters = {each.name: each for each in route.parameters if each.where == "query"}
    base = {name: SPAN[name] for name in SPAN if name in parameters}
    yield set(), _with(path, base)
    for parameter in parameters.values():
        for value in _values(parameter, about, path):
            others = {} if parameter.name == "month" else base
            yield {parameter.name}, _with(path, {**others, parameter.name: value})
            if "project" in parameters and "limit" in parameters and parameter.name != "project":
                together = {**others, "project": about.project, parameter.name: value}
                yield {parameter.name, "project"}, _with(path, together)


def _values(parameter: Parameter, about: Neighbour, path: str) -> Iterator[str]:
    named = {
        "project": [about.project, f"{about.word} display_name", _UNKNOWN],
        "resource": [about.id(kind) for kind in KINDS if path.endswith(kind) or "/periods/" not in path],
        "name": [about.word, about.word[:2]],
        "table": ["instance"],
        "month": ["2024-09"],
        "from": ["2024-10-02"],
        "to": ["2024-10-02"],
        "as_of": ["2024-10-03"],
        "as_known_at": ["2024-10-03"],
        "marker": ["WyIiXQ==", "WyIiLCIiXQ==", "WyIiLCIyMDAwLTAxLTAxIiwwXQ=="],
    }
    schema = parameter.schema
    if parameter.name in named:
        yield from named[parameter.name]
    elif "enum" in schema:
        yield from schema["enum"]
    elif schema["type"] == "boolean":
        yield from ("true", "false")
    else:
        yield str(schema.get("minimum", 1))


def _with(path: str, query: dict[str, str]) -> str:
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}".replace(" ", "%20")


__all__ = ["KINDS", "Neighbour", "questions"]
