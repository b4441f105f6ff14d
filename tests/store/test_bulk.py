"""Rows arrive exactly as they were given, by every way into every store, or not at all."""

import os
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Engine,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    delete,
    func,
    select,
)
from sqlalchemy.dialects import mysql

from reporting_pollster.errors import StoreUnavailable
from reporting_pollster.store import bulk
from reporting_pollster.store.bulk import BulkError, append
from reporting_pollster.store.engine import create_store_engine, dialect_kind, reading, writing
from tests.servers import MariaDB

METADATA = MetaData()
LONG_TEXT = Text().with_variant(mysql.LONGTEXT(), "mysql")
NOTE = Table(
    "note",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("first", LONG_TEXT),
    Column("order", LONG_TEXT),  # a word of SQL
    Column("short", String(5)),
    Column("region", String(64)),
    Column("known_from", DateTime),
    Column("kept", String(5), nullable=False, server_default="x"),
)
FIGURE = Table(
    "figure",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("big", BigInteger),
    Column("real", Double),
    Column("money", Numeric(20, 6, asdecimal=True)),
    Column("flag", Boolean),
)
ENOUGH = bulk.SMALL_ROWS  # for LOAD DATA, where there is a choice

STORES = ("sqlite", "mariadb-pymysql", "mariadb-mysqldb", "postgresql")
MARIADB = STORES[1:3]


@pytest.fixture(params=STORES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each store, and MariaDB by each of its drivers, with empty tables."""
    server, _, driver = request.param.partition("-")
    store = request.getfixturevalue(server)
    store.create_database("bulk")
    engine = create_store_engine(store.url("bulk", driver=driver) if driver else store.url("bulk"))
    METADATA.create_all(engine)
    yield engine
    engine.dispose()
    store.drop_database("bulk")


mariadb_only = pytest.mark.parametrize("engine", MARIADB, indirect=True)


def stored(engine: Engine, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        query = select(*(table.c[name] for name in columns)).order_by(table.c.number)
        return [tuple(row) for row in connection.execute(query)]


def replace(engine: Engine, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    with writing(engine) as connection:
        connection.execute(delete(table))
        append(connection, table, columns, rows)


def numbered(texts: Sequence[Any], at_least: int = 0) -> list[tuple[Any, ...]]:
    """A row for each text, in front of enough others for the way that is meant."""
    return [(number, text) for number, text in enumerate([*texts, *["-"] * (at_least - len(texts))])]


# What means something to one of the formats is more likely than chance would have it.
special = st.sampled_from(
    ["\\", "\\N", "\\.", "\x1e", "\x1f", "\t", "\n", "\r", "\r\n", "\x1a", "'", '"', "%s", "NULL", ""]
)
texts = st.one_of(st.none(), st.lists(special | st.text(st.characters(exclude_categories=["Cs"]))).map("".join))


class TestText:
    @pytest.mark.parametrize("at_least", [0, ENOUGH], ids=["few", "many"])
    @given(pairs=st.lists(st.tuples(texts, texts), min_size=1, max_size=8))
    @example(pairs=[("\\N", None), (None, "\\N"), ("", None), ("\\", ""), ("🐘\\", "\x1f"), ("\x1e", "\\\x1e")])
    @example(pairs=[("plain", None), (None, "plain")])
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_arrives_as_it_was(self, engine: Engine, pairs: list[tuple[str | None, str | None]], at_least: int) -> None:
        if dialect_kind(engine) == "postgresql":  # which has no NUL
            pairs = [tuple(text and text.replace("\0", "0") for text in pair) for pair in pairs]  # type: ignore[misc]
        rows = [(number, *pair) for number, pair in enumerate([*pairs, *[("-", None)] * (at_least - len(pairs))])]

        replace(engine, NOTE, ("number", "first", "order"), rows)

        assert stored(engine, NOTE, "number", "first", "order") == rows

    def test_special_characters_in_one_slice_leave_the_others_alone(self, engine: Engine) -> None:
        rows = numbered([f"a\x1fb\\{number}\x1e\n" if number == 1500 else f"text {number}" for number in range(3000)])

        replace(engine, NOTE, ("number", "first"), rows)

        assert stored(engine, NOTE, "number", "first") == rows

    def test_half_a_surrogate_pair_is_refused_without_quoting_it(self, engine: Engine) -> None:
        with pytest.raises(BulkError, match="surrogate") as caught:
            replace(engine, NOTE, ("number", "first"), numbered(["secret\ud800"], ENOUGH))

        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_nul_is_refused_where_the_store_has_none(self, engine: Engine) -> None:
        with pytest.raises(BulkError):
            replace(engine, NOTE, ("number", "first"), numbered(["a\0b"]))


class TestNumbers:
    @pytest.mark.parametrize("at_least", [0, ENOUGH], ids=["few", "many"])
    def test_arrive_as_they_were(self, engine: Engine, at_least: int) -> None:
        rows: list[tuple[Any, ...]] = [
            (1, 2**63 - 1, 0.1, Decimal("12345678901234.567891"), True),
            (2, -(2**63), -1.5e-300, Decimal("-0.000001"), False),
            (3, 0, 1e22, Decimal(7), True),
            (4, None, None, None, None),
        ]
        if dialect_kind(engine) == "sqlite":  # it keeps decimals as floats: 15 digits
            rows[0] = (*rows[0][:3], Decimal("123456789.567891"), True)
        rows += [(number, 1, 1.0, Decimal(1), True) for number in range(5, at_least + 1)]

        replace(engine, FIGURE, ("number", "big", "real", "money", "flag"), rows)

        assert stored(engine, FIGURE, "number", "big", "real", "money", "flag") == rows

    def test_nan_is_refused(self, engine: Engine) -> None:
        with pytest.raises(BulkError, match="NaN"):
            replace(engine, FIGURE, ("number", "real"), [(1, float("nan"))])

    @pytest.mark.parametrize("at_least", [0, ENOUGH], ids=["few", "many"])
    def test_one_that_is_too_large_is_refused(self, engine: Engine, at_least: int) -> None:
        with pytest.raises(BulkError):
            replace(engine, FIGURE, ("number", "big"), [*numbered([], at_least), (10**6, 2**63)])


class TestConstants:
    @pytest.mark.parametrize("rows", [3, ENOUGH, 2500])
    def test_are_the_same_in_every_row(self, engine: Engine, rows: int) -> None:
        now = "2026-01-02 03:04:05"
        constants = {"region": "north\x1f\\", "known_from": now, "order": None}

        with writing(engine) as connection:
            append(connection, NOTE, ("number", "first"), numbered(["x\\"], rows), constants)

        found = stored(engine, NOTE, "region", "known_from", "order")
        assert [(region, str(known), order) for region, known, order in found] == [("north\x1f\\", now, None)] * rows


class TestRefusal:
    """LOAD DATA LOCAL would clip, skip and go on; whatever the way, nothing may arrive changed."""

    @pytest.mark.parametrize("at_least", [0, ENOUGH], ids=["few", "many"])
    @pytest.mark.parametrize(
        ("columns", "row"),
        [
            (("number", "short"), (10**6, "longer than five")),
            (("number", "short"), (0, "twice")),
            (("number", "absent"), (10**6, "no such column")),
            (("number", "first"), (10**6, b"bytes")),
            (("number", "kept"), (10**6, None)),
        ],
        ids=["too long", "duplicate", "unknown column", "bytes", "null"],
    )
    def test_leaves_nothing_behind(
        self, engine: Engine, columns: tuple[str, ...], row: tuple[Any, ...], at_least: int
    ) -> None:
        if dialect_kind(engine) == "sqlite" and row[1] == "longer than five":
            pytest.skip("SQLite has no lengths")
        replace(engine, NOTE, ("number", "first"), [(-1, "was there")])
        rows = [*numbered(["ok"], at_least), row]

        with pytest.raises(BulkError) as caught, writing(engine) as connection:
            append(connection, NOTE, columns, rows)

        assert "note" in str(caught.value)
        assert stored(engine, NOTE, "number", "first") == [(-1, "was there")]

    @mariadb_only
    def test_is_noticed_even_when_the_server_keeps_no_warnings(self, engine: Engine) -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql("SET max_error_count = 0")
            with pytest.raises(BulkError):
                append(connection, NOTE, ("number", "short"), numbered(["longer than five"], ENOUGH))

    @mariadb_only
    def test_of_a_character_that_a_column_cannot_hold(self, engine: Engine) -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql("ALTER TABLE note MODIFY short VARCHAR(5) CHARACTER SET utf8mb3")

        with pytest.raises(BulkError, match="short"):
            replace(engine, NOTE, ("number", "short"), numbered(["🐘"], ENOUGH))

    @mariadb_only
    def test_does_not_disturb_the_next_statement(self, engine: Engine) -> None:
        with writing(engine) as connection:
            with pytest.raises(BulkError):
                append(connection, NOTE, ("absent",), [("x" * 10_000,)] * 5000)
            append(connection, NOTE, ("number", "first"), numbered(["x"], ENOUGH))

        assert len(stored(engine, NOTE, "number")) == ENOUGH

    def test_of_a_lost_connection_says_so(self, engine: Engine, request: pytest.FixtureRequest) -> None:
        if dialect_kind(engine) == "sqlite":
            pytest.skip("nothing to lose")
        mine, kill = {
            "mysql": ("SELECT connection_id()", "KILL %s"),
            "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%s)"),
        }[dialect_kind(engine)]
        server = request.getfixturevalue("mariadb" if dialect_kind(engine) == "mysql" else "postgresql")

        def lose_it() -> None:
            with writing(engine) as connection:
                server.execute(kill, (connection.exec_driver_sql(mine).scalar_one(),))
                append(connection, NOTE, ("number", "first"), numbered(["x" * 1000] * 5000))

        with pytest.raises(StoreUnavailable):
            lose_it()

        replace(engine, NOTE, ("number", "first"), numbered(["x"], ENOUGH))
        assert len(stored(engine, NOTE, "number")) == ENOUGH


@mariadb_only
class TestLocalInfile:
    def test_is_how_many_rows_travel(self, engine: Engine, mariadb: MariaDB) -> None:
        replace(engine, NOTE, ("number", "first"), numbered(["x"], ENOUGH))
        replace(engine, NOTE, ("number", "first"), numbered(["x"], ENOUGH - 1))

        assert attempts(engine) == 1

    def test_is_asked_for_once_where_it_is_forbidden(self, engine: Engine, mariadb: MariaDB) -> None:
        rows = numbered(["a\\\x1fb", None, ""], ENOUGH)
        mariadb.execute("SET GLOBAL local_infile = 0")
        try:
            replace(engine, NOTE, ("number", "first"), rows)
            replace(engine, NOTE, ("number", "first"), rows)
        finally:
            mariadb.execute("SET GLOBAL local_infile = 1")

        assert stored(engine, NOTE, "number", "first") == rows
        assert attempts(engine) == 1


def attempts(engine: Engine) -> int:
    """How often this engine's one connection said LOAD DATA."""
    with reading(engine) as connection:
        return int(connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Com_load'").one()[1])


def test_nothing_is_nothing(engine: Engine) -> None:
    replace(engine, NOTE, ("number", "first"), [])

    assert stored(engine, NOTE, "number") == []


def test_the_largest_batch_arrives_whole(engine: Engine) -> None:
    rows = [(number, f"server-{number}", None) for number in range(50_000)]

    replace(engine, NOTE, ("number", "first", "order"), rows)

    with reading(engine) as connection:
        total = connection.execute(select(func.count(), func.sum(NOTE.c.number), func.min(NOTE.c.first))).one()
    assert tuple(total) == (50_000, sum(range(50_000)), "server-0")


def test_no_file_stays_open(engine: Engine) -> None:
    replace(engine, NOTE, ("number", "first"), numbered(["x"], ENOUGH))
    before = os.listdir("/proc/self/fd")

    for turn in range(200):
        columns = ("number", "first" if turn % 10 else "absent")
        try:
            replace(engine, NOTE, columns, numbered(["x"], ENOUGH))
        except BulkError:
            assert columns[1] == "absent"

    assert os.listdir("/proc/self/fd") == before
