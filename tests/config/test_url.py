"""Masking must hold for URLs that no parser understands: those are the ones that get printed."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reporting_pollster.config import mask_url
from reporting_pollster.config.url import REPORTING_DRIVERS, SOURCE_DRIVERS, check_url, mask_text
from reporting_pollster.errors import SettingsError

MALFORMED = [
    "mysql://nova:hunter2",  # no host
    "mysql://nova:hunter2/nova",
    "mysql://nova:hun@ter2@db1/nova",  # unquoted @
    "mysql://nova:4711@hunter2@db1/nova",
    "mysql://nova:hun/ter2@db1/nova",
    "mysql://nova:hun ter2@db1/nova",
    "mysql://nova:hun'ter2\"@db1/nova",
    "mysql://nova:hunter2@db1:port/nova",
    "mysql://nova:hunter2@db1:/",
    "mysql://nova:hunter2@[::1/nova",
    "mysql://nova@corp:hunter2@db1/nova",
    "mysql//nova:hunter2@db1/nova",
    "mysql:/nova:hunter2@db1/nova",
    "nova:hunter2@db1/nova",
    "hunter2",
    "oracle://nova:hunter2@db1/nova",
    "://nova:hunter2@db1",
    "mysql://db1/nova?password=hunter2",
    "mysql://nova:hunter2@db1",
]


@pytest.mark.parametrize("url", MALFORMED)
def test_a_masked_url_tells_nothing_of_its_password(url: str) -> None:
    masked = mask_url(url)

    assert not any(piece in masked for piece in ("hunter2", "hun", "ter2", "4711"))


# Odd as they are, a driver could connect with these.
USABLE = {
    "mysql://nova:hun/ter2@db1/nova",
    "mysql://nova:hun ter2@db1/nova",
    "mysql://nova:hun'ter2\"@db1/nova",
    "mysql://nova@corp:hunter2@db1/nova",
    "mysql://db1/nova?password=hunter2",
}
UNUSABLE = [*(url for url in MALFORMED if url not in USABLE), "sqlite+hunter2:///x", "mysql+hunter2://u:p@h/d", ""]


@pytest.mark.parametrize("url", UNUSABLE)
def test_the_error_about_a_url_tells_nothing_of_it(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_url(url, SOURCE_DRIVERS, where="[cinder] connection in x.conf")

    assert str(caught.value).startswith("[cinder] connection in x.conf ")
    assert not any(piece in str(caught.value) for piece in ("hunter2", "hun", "ter2", "4711", "nova"))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("url", sorted(USABLE))
def test_a_url_that_a_driver_understands_is_taken(url: str) -> None:
    check_url(url, SOURCE_DRIVERS, where="here")


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("mysql+pymysql://nova:secret@db1:3306/nova", "mysql+pymysql://nova:***@db1:3306/nova"),
        ("mysql://:secret@db1/nova", "mysql://:***@db1/nova"),
        ("mysql://nova@db1/nova", "mysql://nova@db1/nova"),
        ("mysql://db1:3306/nova", "mysql://db1:3306/nova"),
        ("postgresql://[::1]:5432/reporting", "postgresql://[::1]:5432/reporting"),
        ("sqlite:////var/lib/reporting.sqlite", "sqlite:////var/lib/reporting.sqlite"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_all_but_the_password_stays_readable(url: str, masked: str) -> None:
    assert mask_url(url) == masked


def test_only_passwords_vanish_from_a_text() -> None:
    text = (
        "copied mysql://a:one@h1/x to mysql://b:two@h2/y (http://h3:80/ told bob@example.org), password='th ree' done"
    )

    assert mask_text(text) == (
        "copied mysql://a:***@h1/x to mysql://b:***@h2/y (http://h3:80/ told bob@example.org), password=*** done"
    )


def test_what_mysql_says_about_a_refused_login_stays() -> None:
    text = "(1045, \"Access denied for user 'nova'@'h1' (using password: YES)\")"

    assert mask_text(text) == text


def test_our_own_hint_stays_but_a_password_like_it_does_not() -> None:
    assert "PASSWORD@HOST" in mask_text("write mysql+pymysql://USER:PASSWORD@HOST/DATABASE")
    assert mask_url("mysql://nova:password@host/nova") == "mysql://nova:***@host/nova"


@given(
    st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Zl", "Zp", "Cc"]), min_size=6, max_size=20)
)
@example("@0000 ")
def test_whatever_the_password_it_is_masked(password: str) -> None:
    masked = mask_url(f"mysql://u:s{password}@h/d")

    assert masked.startswith("mysql://u:***")
    assert password not in masked or password in "mysql://u:***@h/d"


def test_masking_a_long_line_takes_no_time() -> None:
    lines = ["a." * 200_000, "mysql://" * 20_000, "mysql://u:1" * 20_000, "mysql://u:x " * 20_000, "password=" * 20_000]
    started = time.monotonic()

    for line in lines:
        mask_text(line)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:p@h/d",
        "mysql+pymysql://u:p@h:3306/d?charset=utf8mb4",
        "mysql+mysqldb://u:p@h/d",
        "mariadb+pymysql://u:p@h/d",
        "sqlite:////tmp/x.sqlite",
    ],
)
def test_a_source_may_be_mysql_or_sqlite(url: str) -> None:
    check_url(url, SOURCE_DRIVERS, where="here")


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql+psycopg://u:p@h/d", "kind of database"),
        ("mysql+asyncmy://u:p@h/d", "driver"),
        ("mysql://u:p@h:33o6/d", "not a database URL"),
        ("mysql://u:p@ss@h/d", "unquoted @"),
        ("mysql://u:p@ss/word@h/d", "unquoted @"),
        ("mysql://u:p@ss?word@h/d", "unquoted @"),
        ("mysql://u:p@h/", "names no database"),
    ],
)
def test_a_source_that_is_something_else_is_refused(url: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        check_url(url, SOURCE_DRIVERS, where="here")


def test_the_reporting_database_may_be_postgresql_too() -> None:
    check_url("postgresql+psycopg://u:p@h/d", REPORTING_DRIVERS, where="here")
