"""The real servers that tests run against: private, thrown away afterwards, never a server of the machine.

Databases have one small interface, `Server`; `MariaDB` adds what tests of a source need: accounts and the general log.
`RabbitMQ` is the broker that notifications come through.
"""

from tests.servers.mariadb import MariaDB, Statement
from tests.servers.postgresql import PostgreSQL
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.server import Row, Server
from tests.servers.sqlite import SQLite

__all__ = ["MariaDB", "PostgreSQL", "RabbitMQ", "Row", "SQLite", "Server", "Statement"]
