"""Our API in a real server, as a process of its own."""

from __future__ import annotations

import sys

import psutil
import requests

from tests.api.asking import KEY
from tests.servers.daemon import Daemon, free_port

_MIB = 2**20


class Server:
    """Our API as gunicorn serves it, with one process that answers."""

    def __init__(self, store_url: str, *settings: str) -> None:
        self.address = f"http://127.0.0.1:{free_port()}"
        self._daemon = Daemon("api", ours=True)
        own = (f"OS_REPORTING__CONNECTION={store_url}", f"OS_API__PRIVATE_KEY={KEY}", "PYTHONWARNINGS=ignore")
        bind = ("--bind", self.address.removeprefix("http://"), "--workers", "1", "--timeout", "120")
        command = (sys.executable, "-m", "gunicorn", *bind, "reporting_pollster.api:create_app()")
        self._daemon.start("/usr/bin/env", *own, *settings, *command, ready=self._is_ready)

    def memory_mib(self) -> float:
        """Resident memory of the process that answers."""
        mine = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
        port = int(self.address.rpartition(":")[2])
        pids = {each.pid for each in mine if each.laddr.port == port and each.pid is not None}
        return max(psutil.Process(pid).memory_info().rss for pid in pids) / _MIB

    def stream(self, path: str) -> requests.Response:
        return requests.get(self.address + path, headers={"X-Auth-Token": KEY}, stream=True, timeout=60)

    def stop(self) -> None:
        self._daemon.stop()

    def _is_ready(self) -> None:
        requests.get(f"{self.address}/openapi.json", timeout=5).raise_for_status()
