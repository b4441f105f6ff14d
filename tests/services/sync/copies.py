"""Copies of a cloud's databases: the cloud stays as it is, whatever a test does to one of them."""

from __future__ import annotations

from itertools import count

from tests.openstack import Cloud
from tests.servers import MariaDB

_numbers = count(1)


class Copies:
    """Makes copies, and accounts that see less; drops them in the end."""

    def __init__(self, server: MariaDB, cloud: Cloud) -> None:
        self._server, self._cloud = server, cloud
        self._made: list[str] = []
        self._accounts: list[str] = []

    def nothing(self) -> str:
        """The URL of a database without tables."""
        return self._server.url(self._create())

    def empty(self, name: str) -> str:
        """The URL of a database with the tables of one of the cloud's, and no rows."""
        return self._server.url(self._copy(name, rows=False))

    def copy(self, name: str, *changes: str) -> str:
        """The URL of a copy with rows, which these statements have changed."""
        database = self._copy(name, rows=True)
        for change in changes:
            self._server.execute(change, database=database)
        return self._server.url(database)

    def readable(self, name: str, *hidden: str) -> str:
        """The URL of one of the cloud's own databases for an account that may not read some tables or columns."""
        database = self._cloud.database(name)
        account = f"reader{next(_numbers)}"
        self._server.create_user(account)
        self._accounts.append(account)
        columns: dict[str, list[str]] = {}
        with self._server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s", (database,)
            )
            for table, column in cursor.fetchall():
                if table not in hidden and f"{table}.{column}" not in hidden:
                    columns.setdefault(table, []).append(f"`{column}`")
            for table, names in columns.items():
                cursor.execute(f"GRANT SELECT ({', '.join(names)}) ON `{database}`.`{table}` TO `{account}`@'%%'", ())
        return self._server.url(database, user=account)

    def close(self) -> None:
        for name in self._made:
            self._server.drop_database(name)
        for name in self._accounts:
            self._server.drop_user(name)

    def _create(self) -> str:
        name = f"copy{next(_numbers)}"
        self._server.create_database(name, charset="utf8mb3")
        self._made.append(name)
        return name

    def _copy(self, name: str, *, rows: bool) -> str:
        copy, original = self._create(), self._cloud.database(name)
        with self._server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (original,))
            for (table,) in cursor.fetchall():
                cursor.execute(f"CREATE TABLE `{copy}`.`{table}` LIKE `{original}`.`{table}`")
                if rows:
                    cursor.execute(f"INSERT INTO `{copy}`.`{table}` SELECT * FROM `{original}`.`{table}`")
        return copy
