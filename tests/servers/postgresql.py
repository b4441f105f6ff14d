"""A private PostgreSQL, where the reporting database may live."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from tests.servers.daemon import Daemon, free_port, program
from tests.servers.server import Row

ADMINISTRATOR = "administrator"


class PostgreSQL:
    """A PostgreSQL server on 127.0.0.1, in UTC and UTF-8, which forgets everything when it stops."""

    def __init__(self, *options: str, shared_buffers: str = "64MB") -> None:
        self._daemon = Daemon("postgresql")
        self._password = secrets.token_hex(8)
        self.port = free_port()
        self._install()
        self._start(f"shared_buffers={shared_buffers}", *options)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database, password included."""
        url = URL.create("postgresql+psycopg", ADMINISTRATOR, self._password, "127.0.0.1", self.port, database)
        return url.render_as_string(hide_password=False)

    def connect(self, database: str = "") -> "psycopg.Connection[Row]":
        """Open a connection in autocommit mode; the caller closes it."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=ADMINISTRATOR,
            password=self._password,
            dbname=database or "postgres",
            autocommit=True,
        )

    def create_database(self, name: str) -> None:
        """Create an empty database."""
        self.execute(f'CREATE DATABASE "{name}"')

    def drop_database(self, name: str) -> None:
        """Drop a database, whether or not it is there and whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, sql: str, parameters: Sequence[Any] = (), *, database: str = "") -> list[Row]:
        """Run one statement, commit it, and return its rows."""
        with self.connect(database) as connection:
            cursor = connection.execute(sql.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def load(self, name: str, ddl: str) -> None:
        """Run a text of many statements, which is split by the server, not by us."""
        with self.connect(name) as connection:
            connection.execute(ddl.encode())

    def stop(self) -> None:
        """Stop the server; its databases are gone."""
        self._daemon.stop()

    def _install(self) -> None:
        password = self._daemon.directory / "password"
        password.write_text(self._password)
        self._daemon.run(
            _program("initdb"),
            f"--pgdata={self._daemon.directory / 'data'}",
            f"--username={ADMINISTRATOR}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )

    def _start(self, *options: str) -> None:
        settings = (
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "timezone=UTC",
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
            *options,
        )
        self._daemon.start(
            _program("postgres"),
            "-D",
            self._daemon.directory / "data",
            *(word for setting in settings for word in ("-c", setting)),
            ready=self._answers,
            stop="QUIT",  # at once, but giving back its shared memory, which KILL would leave behind
        )

    def _answers(self) -> None:
        self.connect().close()


def _program(name: str) -> Path:
    """Find a program where Debian keeps it, the newest version first."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return program(name, [str(path) for path in versions])
