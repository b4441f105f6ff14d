"""One browser and one served API for all tests of the page; each test finds the browser as if it were new."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.page.browser import Browser
from tests.page.place import EVIL, KEY, Served, Warehouse, build_warehouse, hand_over, largest, rename
from tests.servers import SQLite
from tests.servers.keystone import Keystone


@pytest.fixture(scope="module")
def starting() -> Iterator[Future[Keystone]]:
    """Return a keystone that starts while something else is made ready."""
    with ThreadPoolExecutor(1) as pool:
        server = pool.submit(Keystone)
        yield server
        server.result().stop()


@pytest.fixture(scope="module")
def built(in_memory: SQLite, starting: Future[Keystone]) -> Iterator[Warehouse]:
    """Return a reporting database with a sample cloud."""
    with TemporaryDirectory(prefix="page-", dir=in_memory.path("page").parent) as directory:
        yield build_warehouse(Path(directory))


@pytest.fixture(scope="module")
def keystone(built: Warehouse, starting: Future[Keystone]) -> Keystone:
    """Return a keystone."""
    return starting.result()


@pytest.fixture(scope="module")
def members_project(keystone: Keystone) -> str:
    """Return the id of a project that keystone knows; it has what a project of the sample cloud had."""
    return keystone.project()


@pytest.fixture(scope="module")
def warehouse(built: Warehouse, members_project: str) -> Warehouse:
    """Return the reporting database, where one project has a name that is markup and one is known to keystone."""
    rename(built.url, largest(built.url, 1), EVIL)
    hand_over(built.url, largest(built.url, 2), members_project)
    return built


@pytest.fixture(scope="module")
def site(warehouse: Warehouse, keystone: Keystone) -> Iterator[Served]:
    """Return the API, served."""
    served = Served(warehouse.settings, keystone)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return the browser of this module."""
    downloads = tmp_path_factory.mktemp("chromium") / "downloads"
    downloads.mkdir()
    browser = Browser(downloads)
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium: Browser, site: Served) -> Iterator[Browser]:
    """Return the browser as if it had never been used; it must not ask anybody else, whatever the test does."""
    chromium.forget()
    chromium.complaints()
    chromium.requested()
    yield chromium
    foreign = [url for url in chromium.requested() if not url.startswith("http://127.0.0.1:")]
    assert not foreign


@pytest.fixture
def calm(browser: Browser) -> Iterator[Browser]:
    """Return the same for tests in which nothing goes wrong: its console stays empty."""
    yield browser
    assert not browser.complaints()


@pytest.fixture
def signed_in(calm: Browser, site: Served) -> Browser:
    """Return the browser of somebody who signed in with the private key and sees the use of the last month."""
    calm.open(f"{site.url}/?range=last-month")
    sign_in(calm)
    calm.settled("usage")
    return calm


def sign_in(browser: Browser, key: str = KEY) -> None:
    """Sign in with the private key, wherever the page is."""
    browser.choose("method", "private_key")
    browser.type("input[name=token]", key)
    browser.click("button[type=submit]")
