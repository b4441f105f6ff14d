"""The clock of a source, set by the test: a history takes weeks, its test a second.

MariaDB takes the time of a session from its variable `timestamp`. So each new connection of the pollster's asks a small
table for the time, and closing the connections is all it takes to move on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.servers import MariaDB

ASK = "SET timestamp = (SELECT seconds FROM source_clock.clock)"
BEGINNING = datetime(2026, 3, 2, 9)


class SourceClock:
    """Tells the time to every connection that begins with ASK."""

    def __init__(self, server: MariaDB) -> None:
        self._server = server
        self.now = BEGINNING
        server.execute("CREATE DATABASE IF NOT EXISTS source_clock")
        server.execute("CREATE OR REPLACE TABLE source_clock.clock (seconds DOUBLE NOT NULL)")
        server.execute("INSERT INTO source_clock.clock VALUES (0)")
        self._connection = server.connect("source_clock")
        self.set(BEGINNING)

    def set(self, now: datetime) -> None:
        self.now = now
        with self._connection.cursor() as cursor:
            cursor.execute("UPDATE clock SET seconds = %s", (now.replace(tzinfo=UTC).timestamp(),))

    def forward(self, seconds: float) -> None:
        """Move on, or back when negative; whole seconds, as the sources tell them."""
        self.set(self.now + timedelta(seconds=int(seconds)))

    def close(self) -> None:
        self._connection.close()
