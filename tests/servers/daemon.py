"""A server process that never outlives the test run.

A test run may end without cleaning up: killed by its user, by the kernel, by a crashed extension. So the server is not
our child but that of a small shell, the keeper, which waits for the end of its standard input. Only we hold the other
end: when we are gone, in whatever way, the keeper stops the server and removes its directory.
"""

import contextlib
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

import psutil

KEEPER = """
stop=$1 directory=$2; shift 2
"$@" &
read -r word
while kill -s "$stop" $! 2>/dev/null; do sleep 0.05; done  # again, since a server that is starting may ignore it
cd /
[ "$word" = keep ] || rm -rf "$directory"
"""
PATIENCE = 60  # seconds; a cold start takes one or two on an idle machine
GRACE = 1  # second, in which the keeper may not have started the server yet


class Identity(TypedDict, total=False):
    """Whom a process runs as, in the words of `subprocess`."""

    user: int
    group: int
    extra_groups: Sequence[int]


class Daemon:
    """A server with a directory of its own, run by an ordinary account even when we are root.

    Unless it is `ours`: a program of our virtual environment, which another account may not be able to read.
    """

    def __init__(self, name: str, *, ours: bool = False) -> None:
        self.name = name
        self.directory = Path(tempfile.mkdtemp(prefix=f"reporting-{name}-"))
        self._identity: Identity = {} if ours else _ordinary_account()
        self._keeper: subprocess.Popen[bytes] | None = None
        if self._identity:
            os.chown(self.directory, self._identity["user"], self._identity["group"])

    def run(self, *command: str | Path) -> None:
        """Run a command that prepares the server, and fail with its output when it fails."""
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.directory,
            **self._identity,
        )
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed ({done.returncode}):\n{done.stdout}{done.stderr}")

    def start(self, *command: str | Path, ready: Callable[[], object], stop: str = "KILL") -> None:
        """Start the server under its keeper, and return when `ready` stops raising."""
        with (self.directory / "log").open("wb") as log:
            self._keeper = subprocess.Popen(
                ["/bin/sh", "-c", KEEPER, "keeper", stop, self.directory, *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                start_new_session=True,  # an interrupt at the terminal is for pytest, not for the server
                **self._identity,
            )
        self._wait(ready)

    def stop(self) -> None:
        """Stop the server and forget its data."""
        if self._keeper:
            self._keeper.communicate()
            self._keeper = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def halt(self) -> None:
        """Stop the server but keep its data, to start it again."""
        if self._keeper:
            self._keeper.communicate(b"keep\n")
            self._keeper = None

    def log(self) -> str:
        """Return the last lines the server printed."""
        lines = (self.directory / "log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-30:])

    def _wait(self, ready: Callable[[], object]) -> None:
        started = time.monotonic()
        while True:
            try:
                ready()
            except Exception as error:  # each driver has its own way to say "not yet"
                waited = time.monotonic() - started
                if waited > PATIENCE or (waited > GRACE and not self._alive()):
                    log = self.log()
                    self.stop()
                    raise RuntimeError(f"{self.name} does not start:\n{log}") from error
                time.sleep(0.05)
            else:
                return

    def _alive(self) -> bool:
        assert self._keeper is not None
        with contextlib.suppress(psutil.Error):
            return any(child.status() != psutil.STATUS_ZOMBIE for child in psutil.Process(self._keeper.pid).children())
        return False


def free_port() -> int:
    """Return a free port, below those the kernel gives to outgoing connections: none takes it before the server."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as candidate, contextlib.suppress(OSError):
            candidate.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port between 20000 and 32000")


def program(name: str, directories: Sequence[str] = ("/usr/sbin", "/usr/local/sbin")) -> Path:
    """Find a server program, also where an ordinary user's PATH does not look."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *directories]))
    if not found:
        raise RuntimeError(f"{name} is not installed; `make test` installs what the tests need")
    return Path(found)


def _ordinary_account() -> Identity:
    """Return whom to run a server as when we are root: PostgreSQL refuses that, and no server of a test needs it."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
