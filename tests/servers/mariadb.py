"""A private MariaDB: OpenStack's databases live in one, and ours may."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT
from pymysql.cursors import Cursor
from sqlalchemy import URL

from tests.servers.daemon import Daemon, free_port, program
from tests.servers.server import Row

ADMINISTRATOR = "administrator"

# Creating hundreds of tables means thousands of syncs, which take minutes on a busy disk.
NEVER_SYNC = ("--debug-no-sync", "--loose-innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0")


@dataclass(frozen=True)
class Statement:
    """One entry of the general log."""

    user: str
    connection: int
    kind: str  # the server's word: Connect, Query, Prepare, Execute, Init DB, Quit
    text: str


class MariaDB:
    """A MariaDB server on 127.0.0.1 and a socket, in UTC, which forgets everything when it stops.

    Safety against a power loss is switched off, for speed. Benchmarks give it more memory than tests need; any further
    option of the server goes through as it is.
    """

    def __init__(self, *options: str, buffer_pool: str = "128M", log_file: str = "32M") -> None:
        self._daemon = Daemon("mariadb")
        self._passwords = {ADMINISTRATOR: secrets.token_hex(8)}
        self.port = free_port()
        self.socket = self._daemon.directory / "socket"
        self._install()
        self._options = (f"--innodb-buffer-pool-size={buffer_pool}", f"--innodb-log-file-size={log_file}", *options)
        self._start(*self._options)

    def url(
        self, database: str, *, user: str = ADMINISTRATOR, driver: str = "pymysql", charset: str = "utf8mb4"
    ) -> str:
        """Return the SQLAlchemy URL of a database for an account made by `create_user`, or for the administrator."""
        url = URL.create(
            f"mysql+{driver}", user, self._passwords[user], "127.0.0.1", self.port, database, {"charset": charset}
        )
        return url.render_as_string(hide_password=False)

    def connect(self, database: str = "", *, user: str = ADMINISTRATOR, **options: Any) -> "Connection[Cursor]":
        """Open a connection in autocommit mode; the caller closes it."""
        # Through the socket; and to prepare for TLS takes the driver longer than all the rest.
        settings: dict[str, Any] = {"charset": "utf8mb4", "autocommit": True, "ssl_disabled": True, **options}
        settings["database"] = database or None
        return pymysql.connect(unix_socket=str(self.socket), user=user, password=self._passwords[user], **settings)

    def create_database(self, name: str, charset: str = "utf8mb4") -> None:
        """Create an empty database."""
        self.execute(f"CREATE DATABASE `{name}` CHARACTER SET {charset}")

    def drop_database(self, name: str) -> None:
        """Drop a database, whether or not it is there."""
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def create_user(self, name: str, *privileges: str) -> str:
        """Create an account with privileges such as "SELECT ON `cinder`.*", and return its password."""
        self._passwords[name] = secrets.token_hex(8)
        self.execute(f"CREATE OR REPLACE USER `{name}`@'%%' IDENTIFIED BY %s", (self._passwords[name],))
        for privilege in privileges:
            self.execute(f"GRANT {privilege} TO `{name}`@'%'")
        return self._passwords[name]

    def drop_user(self, name: str) -> None:
        """Forget an account, whether or not it is there."""
        self.execute(f"DROP USER IF EXISTS `{name}`@'%'")

    def execute(self, sql: str, parameters: Sequence[Any] = (), *, database: str = "") -> list[Row]:
        """Run one statement, commit it, and return its rows."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return list(cursor.fetchall())

    def load(self, name: str, ddl: str) -> None:
        """Run a text of many statements, which is split by the server, not by us."""
        with self.connect(name, client_flag=CLIENT.MULTI_STATEMENTS) as connection, connection.cursor() as cursor:
            cursor.execute(ddl)
            while cursor.nextset():
                pass

    @contextmanager
    def general_log(self) -> Iterator[list[Statement]]:
        """Record what every account but the administrator sends; the list is filled when the block ends."""
        statements: list[Statement] = []
        self.execute("TRUNCATE mysql.general_log")
        self.execute("SET GLOBAL general_log = 1")
        try:
            yield statements
        finally:
            self.execute("SET GLOBAL general_log = 0")
            statements += self._logged()

    def halt(self) -> None:
        """Kill the server; what it had not written is lost, unless an option has it write with each commit."""
        self._daemon.halt()

    def resume(self) -> None:
        """Start it again with its databases, on the same port."""
        (self._daemon.directory / "accounts.sql").write_text("")
        self._start(*self._options)

    def stop(self) -> None:
        """Stop the server; its databases are gone."""
        self._daemon.stop()

    def _answers(self) -> None:
        self.connect().close()

    def _logged(self) -> list[Statement]:
        rows = self.execute("SELECT user_host, thread_id, command_type, argument FROM mysql.general_log")
        entries = [Statement(_user(who), connection, kind, _text(said)) for who, connection, kind, said in rows]
        return [entry for entry in entries if entry.user != ADMINISTRATOR]

    def _install(self) -> None:
        self._daemon.run(
            program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={self._daemon.directory / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-log-file-size=8M",
            f"--tmpdir={self._daemon.directory}",
            *NEVER_SYNC,
        )
        (self._daemon.directory / "accounts.sql").write_text(
            # Accounts without a name would win over ours from localhost, and one without a password is an open door.
            "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');\n"
            "FLUSH PRIVILEGES;\n"
            f"CREATE USER {ADMINISTRATOR}@'%' IDENTIFIED BY '{self._passwords[ADMINISTRATOR]}';\n"
            f"GRANT ALL ON *.* TO {ADMINISTRATOR}@'%' WITH GRANT OPTION;\n"
        )

    def _start(self, *options: str) -> None:
        self._daemon.start(
            program("mariadbd"),
            "--no-defaults",
            f"--datadir={self._daemon.directory / 'data'}",
            f"--init-file={self._daemon.directory / 'accounts.sql'}",
            # A server that starts removes what it takes for its own leftovers, and another one crashes for want of it.
            f"--tmpdir={self._daemon.directory}",
            f"--socket={self.socket}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--default-time-zone=+00:00",
            "--character-set-server=utf8mb4",
            "--local-infile=1",
            "--log-output=TABLE",
            "--performance-schema=OFF",
            "--max-allowed-packet=64M",
            "--max-connections=200",
            "--table-definition-cache=10000",  # a table evicted from it forgets that it was written to
            "--innodb-doublewrite=OFF",
            *NEVER_SYNC,
            "--innodb-use-native-aio=OFF",  # often forbidden in containers
            *options,
            ready=self._answers,
        )


def _user(user_host: str) -> str:
    """Return the account of an entry like "reader[reader] @ localhost []", which begins with the bracket on Connect."""
    return user_host.partition("[")[2].partition("]")[0]


def _text(argument: bytes | str) -> str:
    return argument.decode(errors="replace") if isinstance(argument, bytes) else argument
