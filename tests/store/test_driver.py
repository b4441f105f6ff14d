"""What is said when the driver of the reporting database is not there."""

from __future__ import annotations

import sys

import pytest

from reporting_pollster.errors import SettingsError
from reporting_pollster.store.engine import create_store_engine


@pytest.mark.parametrize(
    ("url", "module"),
    [("postgresql://u:s3cret@db1/reporting", "psycopg"), ("mysql+mysqldb://u:s3cret@db1/reporting", "MySQLdb")],
)
def test_a_driver_that_is_not_installed_is_no_unexpected_error(
    monkeypatch: pytest.MonkeyPatch, url: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(SettingsError, match=rf"needs a driver that cannot be used: .*{module}") as refused:
        create_store_engine(url)

    assert "s3cret" not in str(refused.value)
