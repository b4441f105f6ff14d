"""A private Gnocchi: the real one, from a virtual environment of its own that `make test` fills."""

import itertools
import sys
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from tests.servers.daemon import Daemon, free_port
from tests.servers.server import Server

ADMINISTRATOR = "admin"  # who alone has the role admin when users are only named (auth_mode = basic)
_TIMEOUT = 60
_numbers = itertools.count(1)
_INSTANCE = {"display_name": {"type": "string", "required": False}}
_OF_INSTANCE = {"instance_id": {"type": "uuid", "required": False}}
_TYPES = {
    "instance": _INSTANCE,
    "instance_disk": _OF_INSTANCE,
    "instance_network_interface": _OF_INSTANCE,
    "volume": _INSTANCE,
}

Measures = Iterable[tuple[datetime, float]]


class Gnocchi:
    """A Gnocchi on 127.0.0.1 with ceilometer's types of resources; its index is in a database of the run."""

    def __init__(self, database: Server, *, mode: str = "basic") -> None:
        program = Path(sys.prefix) / "gnocchi" / "bin" / "python"
        if not program.exists():
            raise RuntimeError("gnocchi is not installed; `make test` installs what the tests need")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._server, self._database = database, f"gnocchi{next(_numbers)}"
        self._daemon = Daemon("gnocchi", ours=True)
        self._session = requests.Session()
        self._session.trust_env = False
        if mode == "basic":
            self._session.auth = (ADMINISTRATOR, "")
        else:
            who = {"X-User-Id": ADMINISTRATOR, "X-Project-Id": ADMINISTRATOR, "X-Roles": "admin"}
            self._session.headers.update(who)
        self._start(program, mode)
        for name, attributes in _TYPES.items():
            self.call("POST", "/v1/resource_type", {"name": name, "attributes": attributes})

    def call(self, method: str, path: str, body: object = None, **parameters: Any) -> Any:
        """Ask as the administrator; anything but success is an error."""
        answer = self._session.request(method, self.url + path, json=body, params=parameters, timeout=_TIMEOUT)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def policy(self, *granularities: int, methods: Sequence[str], points: int = 10_000, back_window: int = 0) -> str:
        """Return the name of a new archive policy."""
        name = f"policy{next(_numbers)}"
        definition = [{"granularity": each, "points": points} for each in granularities]
        body = {"name": name, "aggregation_methods": methods, "definition": definition, "back_window": back_window}
        self.call("POST", "/v1/archive_policy", body)
        return name

    def resource(self, kind: str, metrics: Mapping[str, str], project: str = "project1", **attributes: Any) -> str:
        """Return the id of a new resource with these metrics, each of the named archive policy."""
        name = str(uuid.uuid4())
        made = {metric: {"archive_policy_name": policy} for metric, policy in metrics.items()}
        body = {"id": name, "project_id": project, "metrics": made, **attributes}
        self.call("POST", f"/v1/resource/{kind}", body)
        return name

    def measure(self, resource: str, metric: str, measures: Measures) -> None:
        """Send measures, and have them aggregated."""
        self.measure_all({resource: {metric: measures}})

    def measure_all(self, measures: Mapping[str, Mapping[str, Measures]]) -> None:
        """The same of many resources at once."""
        body = {
            resource: {
                metric: [{"timestamp": at.isoformat(), "value": value} for at, value in each]
                for metric, each in metrics.items()
            }
            for resource, metrics in measures.items()
        }
        self.call("POST", "/v1/batch/resources/metrics/measures", body)
        self.process()

    def process(self) -> None:
        """Aggregate all measures that wait for it."""
        self.call("POST", "/process")

    def empty(self) -> None:
        """Forget all resources and their measures."""
        self.call("DELETE", "/v1/resource/generic", {">=": {"started_at": "1970-01-01T00:00:00"}})

    def stop(self) -> None:
        """Stop the server and forget its data."""
        self._session.close()
        self._daemon.stop()
        self._server.drop_database(self._database)

    def _start(self, program: Path, mode: str) -> None:
        self._server.create_database(self._database)
        url = self._server.url(self._database)
        script = Path(__file__).with_name("gnocchi_program.py")
        # -P, since beside the script lies a gnocchi.py.
        command = (program, "-P", script, self._daemon.directory, str(self.port), mode, url)
        self._daemon.start("/usr/bin/env", "PYTHONWARNINGS=ignore", *command, ready=lambda: self.call("GET", "/v1"))


__all__ = ["ADMINISTRATOR", "Gnocchi", "Measures"]
