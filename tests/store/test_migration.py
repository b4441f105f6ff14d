"""The schema is created, upgraded and rebuilt whatever happens on the way, and never in a database of others."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, inspect

from reporting_pollster.demo.ddl import translate
from reporting_pollster.derived.view import views
from reporting_pollster.errors import LeaseHeld, SchemaOutdated, SchemaRefused
from reporting_pollster.store import migration, steps
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import create_store_engine, reading, writing
from reporting_pollster.store.established import ESTABLISHED
from reporting_pollster.store.lease import holding
from reporting_pollster.store.ownership import VERSION_TABLE
from tests.servers import MariaDB, PostgreSQL, SQLite
from tests.store.another import count, end, start
from tests.store.shape import differences, shape

ROOT = Path(__file__).parents[2]
AT = "2024-01-01 00:00:00"


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """An empty database on each server."""
    engine = create_store_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def small(sqlite: SQLite) -> Iterator[Engine]:
    """An empty database on SQLite, where the server makes no difference."""
    engine = create_store_engine(sqlite.url("small"))
    yield engine
    engine.dispose()


def run(engine: Engine, *sql: str) -> None:
    with writing(engine) as connection:
        for statement in sql:
            connection.exec_driver_sql(statement)


def rows(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def fill(engine: Engine) -> None:
    """A row of a source, and the note that the source was read."""
    metadata = whole_metadata()
    with writing(engine) as connection:
        connection.execute(
            metadata.tables["metadata"].insert().values(table_name="domain", last_update=sa.func.now(), row_count=1)
        )
        connection.execute(
            metadata.tables["sync_state"]
            .insert()
            .values(table_name="domain", region="r", source="region", loaded=True, cursors="{}")
        )


def expire_leases(engine: Engine) -> None:
    """What 15 seconds would do."""
    if inspect(engine).has_table("lease"):
        run(engine, f"UPDATE lease SET expires = '{AT}'")


# --- creating and asking ---


def test_a_new_database_gets_the_tables_as_they_are_described(engine: Engine) -> None:
    assert migration.current(engine) is None

    said: list[str] = []
    change = migration.upgrade(engine, said.append)

    assert (change.before, change.after) == (None, migration.head())
    assert migration.current(engine) == migration.head()
    assert said == [f"{migration.head()}: Every table of the first release."]
    assert differences(engine) == []
    assert set(inspect(engine).get_table_names()) == {*whole_metadata().tables, VERSION_TABLE}
    assert set(inspect(engine).get_view_names()) == {*views()}


def test_a_second_upgrade_does_nothing_and_waits_for_nobody(small: Engine) -> None:
    migration.upgrade(small)
    before = shape(small)

    with holding(small):
        change = migration.upgrade(small, patience=0)

    assert change.before == change.after == migration.head()
    assert shape(small) == before


def test_a_database_without_our_schema_says_what_to_run(small: Engine) -> None:
    with pytest.raises(SchemaOutdated, match=r"no schema yet .*; run reporting-db-sync$"):
        migration.require_current(small)

    migration.upgrade(small)

    migration.require_current(small)


def test_views_are_made_anew_with_every_upgrade(engine: Engine) -> None:
    migration.upgrade(engine)
    before = shape(engine)
    run(engine, "DROP VIEW usage_month", "DROP VIEW stale_source", "CREATE VIEW usage_month AS SELECT 1 AS one")
    run(engine, f"DELETE FROM {VERSION_TABLE}")

    migration.upgrade(engine)

    assert shape(engine) == before


def test_views_come_before_the_record_of_the_revision(mariadb: MariaDB) -> None:
    """Where definitions can't be rolled back, an upgrade that fails at a view is not taken for done."""
    mariadb.create_database("half")
    engine = create_store_engine(mariadb.url("half"))
    migration.upgrade(engine)
    run(engine, f"DELETE FROM {VERSION_TABLE}", "DROP VIEW usage_month", "CREATE TABLE usage_month (id INTEGER)")

    with pytest.raises(SchemaRefused, match="no table has the name of a view"):
        migration.upgrade(engine)
    assert migration.current(engine) is None
    run(engine, "DROP TABLE usage_month")
    migration.upgrade(engine)

    assert set(inspect(engine).get_view_names()) == {*views()}
    engine.dispose()
    mariadb.drop_database("half")


def test_a_view_of_others_with_a_name_of_ours_is_not_dropped(engine: Engine) -> None:
    run(engine, "CREATE VIEW usage_month AS SELECT 7 AS mine")

    with pytest.raises(SchemaRefused, match="belongs to another program"):
        migration.upgrade(engine)

    assert rows(engine, "SELECT mine FROM usage_month") == [(7,)]


def test_a_revision_of_another_version_is_named_and_left_alone(small: Engine) -> None:
    migration.upgrade(small)
    run(small, f"UPDATE {VERSION_TABLE} SET version_num = 'feedfeedfeed'")

    with pytest.raises(SchemaOutdated, match=r"does not know .*feedfeedfeed"):
        migration.require_current(small)
    with pytest.raises(SchemaOutdated, match="install the version that made it"):
        migration.upgrade(small)

    assert migration.current(small) == "feedfeedfeed"
    assert migration.recreate(small).after == migration.head()


def test_alembic_by_itself_migrates_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "run reporting-db-sync" in done.stderr


def test_there_is_one_newest_revision() -> None:
    assert migration.revisions()[0] == migration.head()


# --- rebuilding ---


def test_rebuilding_empties_our_tables_and_no_other(engine: Engine) -> None:
    migration.upgrade(engine)
    fill(engine)
    run(engine, "CREATE TABLE somebody_elses (id INTEGER)", "INSERT INTO somebody_elses VALUES (7)")
    before = shape(engine)

    change = migration.recreate(engine)

    assert (change.before, change.after) == (migration.head(), migration.head())
    assert shape(engine) == before
    assert rows(engine, "SELECT * FROM sync_state") == rows(engine, "SELECT * FROM metadata") == []
    assert rows(engine, "SELECT * FROM somebody_elses") == [(7,)]


def test_a_writer_of_the_old_tables_is_not_taken_for_one_of_the_new(small: Engine) -> None:
    migration.upgrade(small)
    with holding(small) as old:
        pass

    migration.recreate(small)
    with holding(small) as new:
        pass

    assert new.token > old.token


def test_a_view_that_needs_a_table_is_said_to_be_in_the_way(postgresql: PostgreSQL) -> None:
    postgresql.create_database("viewed")
    engine = create_store_engine(postgresql.url("viewed"))
    migration.upgrade(engine)
    fill(engine)
    run(engine, "CREATE VIEW freshness AS SELECT last_update FROM metadata")

    with pytest.raises(SchemaRefused, match="no view of yours needs what goes"):
        migration.recreate(engine)

    assert migration.current(engine) == migration.head()
    assert rows(engine, "SELECT count(*) FROM freshness") == [(1,)]
    engine.dispose()
    postgresql.drop_database("viewed")


# --- whose database it is ---


def make_established(engine: Engine) -> None:
    """The established pollster's tables: its columns, and keys without a region."""
    quote = engine.dialect.identifier_preparer.quote
    for table, columns in ESTABLISHED.items():
        run(engine, f"CREATE TABLE {quote(table)} ({', '.join(f'{quote(name)} VARCHAR(64)' for name in columns)})")


def test_the_established_pollsters_rows_are_left_as_they_are(engine: Engine) -> None:
    make_established(engine)
    run(engine, "INSERT INTO instance (id, name) VALUES ('i1', 'old one')")
    before = shape(engine)

    with pytest.raises(SchemaRefused, match=r"rows of the established pollster.*database of its own"):
        migration.upgrade(engine)
    with pytest.raises(SchemaRefused, match="rows of the established pollster"):
        migration.recreate(engine)

    assert shape(engine) == before
    assert rows(engine, "SELECT id, name FROM instance") == [("i1", "old one")]


def test_the_established_pollsters_tables_make_way_while_they_are_empty(engine: Engine) -> None:
    make_established(engine)

    migration.upgrade(engine)

    assert differences(engine) == []


@pytest.mark.parametrize("change", [migration.upgrade, migration.recreate])
def test_keystones_database_is_refused_even_when_it_is_empty(small: Engine, change: Callable[[Engine], object]) -> None:
    run(small, *translate((ROOT / "tests/schemas/2026.2/keystone.sql").read_text()))
    before = shape(small)

    with pytest.raises(SchemaRefused, match=r"belongs to another program.*project .*user"):
        change(small)

    assert shape(small) == before


def test_tables_with_other_names_may_be_there(small: Engine) -> None:
    run(small, "CREATE TABLE alembic_version (version_num VARCHAR(32))", "INSERT INTO alembic_version VALUES ('x')")

    migration.upgrade(small)

    assert differences(small)  # alembic would have it dropped, we leave it
    assert rows(small, "SELECT * FROM alembic_version") == [("x",)]


# --- others at the same time ---


def test_who_writes_is_waited_for_and_then_named(small: Engine) -> None:
    migration.upgrade(small)
    run(small, f"DELETE FROM {VERSION_TABLE}")

    with holding(small), pytest.raises(LeaseHeld, match="another process is writing"):
        migration.upgrade(small, patience=1)

    assert migration.upgrade(small).after == migration.head()


def test_two_upgrades_at_once_take_turns(engine: Engine, store_url: str) -> None:
    children = [start(store_url, migration.upgrade) for _ in range(2)]

    assert [end(child) for child in children] == [0, 0]
    assert differences(engine) == []
    assert rows(engine, f"SELECT version_num FROM {VERSION_TABLE}") == [(migration.head(),)]


# --- a kill at any statement ---


def points(engine: Engine, total: int) -> list[int]:
    """After which statements to kill: where definitions are transactions, nearly all are the same to us."""
    chosen = (1, 8, 10, 11, 47, 260, total - 9, total) if engine.dialect.name == "mysql" else (4, 130, total)
    return [point for point in chosen if point <= total]


def drop_everything(engine: Engine) -> None:
    quote = engine.dialect.identifier_preparer.quote
    run(engine, *(f"DROP VIEW {quote(name)}" for name in inspect(engine).get_view_names()))
    run(engine, *(f"DROP TABLE {quote(name)}" for name in inspect(engine).get_table_names()))


def test_a_killed_upgrade_is_completed_by_the_next(engine: Engine, store_url: str) -> None:
    total = count(engine, migration.upgrade)
    undisturbed = shape(engine)

    for point in points(engine, total):
        drop_everything(engine)
        assert end(start(store_url, migration.upgrade, allowed=point)) == -signal.SIGKILL
        expire_leases(engine)

        migration.upgrade(engine)

        assert shape(engine) == undisturbed, f"killed after {point} of {total} statements"


def test_after_a_killed_rebuild_nothing_looks_read_that_is_gone(engine: Engine, store_url: str) -> None:
    migration.upgrade(engine)
    undisturbed = shape(engine)
    total = count(engine, migration.recreate)

    for point in points(engine, total):
        fill(engine)
        assert end(start(store_url, migration.recreate, allowed=point)) == -signal.SIGKILL
        expire_leases(engine)
        migration.upgrade(engine)

        assert shape(engine) == undisturbed, f"killed after {point} of {total} statements"
        assert len(rows(engine, "SELECT * FROM sync_state")) <= len(rows(engine, "SELECT * FROM metadata"))
        run(engine, "DELETE FROM sync_state", "DELETE FROM metadata")


# --- what revisions are made of ---


def test_steps_may_be_repeated_and_keep_every_row(engine: Engine) -> None:
    def migrate() -> None:
        steps.create_table_if_absent(
            "thing", sa.Column("id", sa.Integer(), primary_key=True, comment="It"), comment="A"
        )
        steps.add_column_if_absent("thing", sa.Column("size", sa.Integer(), nullable=True, comment="Size, GB"))
        steps.create_index_if_absent("ix_thing_size", "thing", ["size", "id"])

    for number in (1, 2):
        with writing(engine) as connection, Operations.context(MigrationContext.configure(connection)):
            migrate()
        run(engine, f"INSERT INTO thing (id, size) VALUES ({number}, 10)")

    assert rows(engine, "SELECT id, size FROM thing ORDER BY id") == [(1, 10), (2, 10)]
    assert [each["name"] for each in inspect(engine).get_indexes("thing")] == ["ix_thing_size"]


@pytest.fixture(scope="module")
def next_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source tree like ours, one release later: a table, a column and an index more, and a generated revision."""
    tree = tmp_path_factory.mktemp("release")
    for name in ("reporting_pollster", "alembic", "schema"):
        shutil.copytree(ROOT / name, tree / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    replace(tree / "reporting_pollster/__init__.py", r'__version__ = ".*"', '__version__ = "1.1.0.dev0"')
    replace(
        tree / "reporting_pollster/store/tables.py",
        r"\nclass Lease\(",
        '\nclass Watch(Reporting):\n    """What is watched"""\n\n    __tablename__ = "watch"\n'
        '    __table_args__ = (Index("ix_watch_since", "since"),)\n\n'
        '    name: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Name")\n'
        '    since: Mapped[datetime] = mapped_column(comment="Since, UTC")\n\n\nclass Lease(',
    )
    replace(
        tree / "reporting_pollster/entities/domain.py",
        r'(    __tablename__ = "domain"\n)',
        r'\1    colour: Mapped[str | None] = mapped_column(comment="Colour, \'RGB\'", index=True)' + "\n",
    )
    replace(
        tree / "reporting_pollster/entities/domain.py",
        r"\nENTITY = Entity\(",
        '\nENTITY = Entity(derived=("colour",), ',
    )
    generate = [sys.executable, "-m", "reporting_pollster.store.generate"]
    for arguments in (["--revision", "Watch domains."], []):
        done = subprocess.run([*generate, *arguments], cwd=tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return tree


def replace(file: Path, pattern: str, by: str) -> None:
    text, count = re.subn(pattern, by, file.read_text(), count=1)
    assert count == 1, f"{pattern} is not in {file}"
    file.write_text(text)


def test_a_later_release_upgrades_in_place_without_losing_a_row(engine: Engine, next_release: Path) -> None:
    migration.upgrade(engine)
    fill(engine)
    url = engine.url.render_as_string(hide_password=False)
    script = (
        "import sys\nfrom reporting_pollster.store import migration\n"
        "from reporting_pollster.store.engine import create_store_engine\n"
        "change = migration.upgrade(create_store_engine(sys.argv[1]))\nprint(change.before, change.after)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, url], cwd=next_release, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    before, after = done.stdout.split()
    assert before == migration.head() != after
    assert f'revision = "{after}"' in (next_release / "alembic/versions/0002_watch_domains.py").read_text()
    assert len(rows(engine, "SELECT * FROM metadata")) == 1
    columns = {each["name"]: each for each in inspect(engine).get_columns("domain")}
    assert columns["colour"]["nullable"]
    assert "ix_domain_colour" in {each["name"] for each in inspect(engine).get_indexes("domain")}
    assert "ix_watch_since" in {each["name"] for each in inspect(engine).get_indexes("watch")}
    with pytest.raises(SchemaOutdated, match="install the version that made it"):
        migration.require_current(engine)


def test_a_reader_that_keeps_a_table_open_is_not_waited_for_all_day(
    mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "_LOCK_SECONDS", 1)
    mariadb.create_database("kept")
    engine = create_store_engine(mariadb.url("kept"))
    migration.upgrade(engine)

    with mariadb.connect("kept", autocommit=False) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT * FROM sync_run")
        with pytest.raises(Exception, match="in the way"):
            migration.recreate(engine)
    migration.recreate(engine)

    assert differences(engine) == []
    engine.dispose()
    mariadb.drop_database("kept")
