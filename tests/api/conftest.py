"""An API over a reporting database; the database is SQLite's unless a test asks for another."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.asking import Asking
from tests.reports.warehouse import Warehouse
from tests.servers import SQLite
from tests.servers.keystone import Keystone
from tests.stores import Stores, engine_of


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SQLite:
    """Return SQLite in a directory that stays, so that its tables are made once."""
    return SQLite(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="session")
def keystone() -> Iterator[Keystone]:
    """Return the keystone of this run."""
    server = Keystone()
    yield server
    server.stop()


@pytest.fixture
def keystone_file(keystone: Keystone, tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a file of settings that names the keystone, or another address of it."""

    def write(url: str = "") -> Path:
        file = tmp_path / "keystone.conf"
        lines = [f"{name} = {value}" for name, value in keystone.settings(url).items()]
        file.write_text("\n".join(["[keystone_authtoken]", *lines, ""]))
        return file

    return write


@pytest.fixture
def store(sqlite: SQLite, stores: Stores) -> Iterator[str]:
    """Return the URL of an empty reporting database."""
    with stores.lent(sqlite) as url:
        yield url


@pytest.fixture
def warehouse(store: str) -> Warehouse:
    """Return what puts rows into it."""
    return Warehouse(engine_of(store))


@pytest.fixture
def asking() -> Iterator[Callable[..., Asking]]:
    """Return what makes an API: `asking(store, required_role="reporter")`."""
    made: list[Asking] = []

    def make(store_url: str, **options: Any) -> Asking:
        made.append(Asking(store_url, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def ask(store: str, asking: Callable[..., Asking]) -> Asking:
    """Return an API over the store, asked with the private key."""
    return asking(store)
