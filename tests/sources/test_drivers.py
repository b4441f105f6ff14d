"""Which driver is used, and what is said when it is not there."""

from __future__ import annotations

import sys

import pytest

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.errors import SettingsError
from reporting_pollster.sources.database import Database
from reporting_pollster.sources.drivers import driver_url


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    monkeypatch.delitem(sys.modules, "MySQLdb.cursors", raising=False)

    with pytest.raises(SettingsError, match=r"mysql\+mysqldb:// needs a driver .*; install it, or begin") as refused:
        Database("cinder", DatabaseSettings("mysql+mysqldb://u:s3cret@db1/cinder", group="cinder"))

    assert "s3cret" not in str(refused.value)


def test_without_the_fast_driver_the_other_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = DatabaseSettings("mysql://u@db1/cinder")
    fast = driver_url(settings).drivername
    monkeypatch.setitem(sys.modules, "MySQLdb", None)

    assert (fast, driver_url(settings).drivername) == ("mysql+mysqldb", "mysql+pymysql")
