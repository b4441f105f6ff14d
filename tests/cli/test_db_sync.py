"""`reporting-db-sync`: its options as scripts have always given them, and what it refuses."""

import bz2
import gzip
import io
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine, inspect

from reporting_pollster.cli.db_sync import main
from reporting_pollster.store import migration
from reporting_pollster.store.engine import create_store_engine, reading, writing
from reporting_pollster.store.established import ESTABLISHED
from tests.cli.conftest import Ended
from tests.servers import MariaDB, SQLite

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "bin/reporting-db-sync"
HEAD = migration.head()
FILES = {"sqlite": "sqlite.sql", "mysql": "mariadb.sql", "postgresql": "postgresql.sql"}


class DbSync(Protocol):
    """Runs one command line."""

    def __call__(self, *words: object, stdin: str = "") -> Ended: ...


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


@pytest.fixture
def db_sync(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> DbSync:
    """Runs the program inside the test process, without a terminal."""

    def run(*words: object, stdin: str = "") -> Ended:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words], prog_name="reporting-db-sync")
        code = caught.value.code
        assert code is None or isinstance(code, int)
        return Ended(code or 0, *capsys.readouterr())

    return run


def options(engine: Engine, password: str | None = None) -> list[str]:
    """The options that lead to a database."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return ["--db-engine=sqlite", f"--db-name={url.database}"]
    given: dict[str, object] = {
        "engine": url.get_backend_name(),
        "name": url.database,
        "user": url.username,
        "host": url.host,
    }
    given |= {"port": url.port, "pass": password or url.password}
    return [f"--db-{name}={value}" for name, value in given.items()]


def run_sql(engine: Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def rows(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


# --- creating, upgrading, rebuilding ---


def test_it_creates_the_schema_and_then_has_nothing_to_do(engine: Engine, db_sync: DbSync) -> None:
    first = db_sync(*options(engine))
    second = db_sync(*options(engine))

    assert (first.status, first.out) == (0, f"Created at revision {HEAD}.\n")
    assert first.err == f"{HEAD}: Every table of the first release.\n"
    assert (second.status, second.out, second.err) == (0, f"Nothing to do, the schema is at revision {HEAD}.\n", "")
    migration.require_current(engine)


def test_without_a_name_it_takes_the_configured_database(db_sync: DbSync, tmp_path: Path) -> None:
    settings = tmp_path / "a.conf"
    settings.write_text(
        f"[DEFAULT]\nstate_directory = {tmp_path}/state\n[reporting]\nconnection = sqlite:///kept.sqlite\n"
    )

    result = db_sync("--config-file", settings, "--quiet")

    assert (result.status, result.out, result.err) == (0, "", "")
    assert inspect(create_store_engine(f"sqlite:///{tmp_path}/state/kept.sqlite")).has_table("instance")


def test_recreate_with_yes_rebuilds_our_tables_and_no_other(engine: Engine, db_sync: DbSync) -> None:
    db_sync(*options(engine))
    run_sql(
        engine,
        "CREATE TABLE somebody_elses (id INTEGER)",
        "INSERT INTO somebody_elses VALUES (7)",
        "INSERT INTO metadata (table_name, row_count) VALUES ('instance', 3)",
    )

    result = db_sync(*options(engine), "--recreate", "--yes")

    assert (result.status, result.out) == (0, f"Rebuilt at revision {HEAD}; the next sync reads every source again.\n")
    assert rows(engine, "SELECT * FROM metadata") == []
    assert rows(engine, "SELECT * FROM somebody_elses") == [(7,)]


def test_recreate_without_a_terminal_and_without_yes_is_refused(small: Engine, db_sync: DbSync) -> None:
    db_sync(*options(small))
    run_sql(small, "INSERT INTO metadata (table_name, row_count) VALUES ('instance', 3)")

    result = db_sync(*options(small), "--recreate", stdin="Y\n")

    assert result.status == 2
    assert "confirm it with --yes" in result.err
    assert len(rows(small, "SELECT * FROM metadata")) == 1


@pytest.mark.parametrize(("answer", "status", "left"), [("Y", 0, 0), ("n", 2, 1), ("", 2, 1)])
def test_recreate_asks_at_a_terminal(small: Engine, answer: str, status: int, left: int) -> None:
    migration.upgrade(small)
    run_sql(small, "INSERT INTO metadata (table_name, row_count) VALUES ('instance', 3)")
    ours, theirs = pty.openpty()

    with subprocess.Popen([sys.executable, PROGRAM, *options(small), "--recreate"], stdin=theirs, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # fmt: skip
        os.write(ours, f"{answer}\n".encode())
        out, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)

    assert process.returncode == status, err
    assert "Type Y to go on" in out + err
    assert len(rows(small, "SELECT * FROM metadata")) == left


# --- a schema file ---


def test_our_schema_file_may_be_loaded(engine: Engine, db_sync: DbSync) -> None:
    file = ROOT / "schema" / FILES[engine.dialect.name]

    result = db_sync(*options(engine), f"--schema={file}")

    assert (result.status, result.out, result.err) == (0, f"Created at revision {HEAD}.\n", "")
    migration.require_current(engine)


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_a_schema_file_may_be_compressed(
    small: Engine, db_sync: DbSync, tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / f"schema.sql{suffix}"
    file.write_bytes(pack((ROOT / "schema/sqlite.sql").read_bytes()))

    assert db_sync(*options(small), f"--schema={file}").status == 0
    migration.require_current(small)


def test_a_schema_file_that_broke_off_is_finished(mariadb: MariaDB, db_sync: DbSync) -> None:
    mariadb.create_database("broken")
    engine = create_store_engine(mariadb.url("broken"))
    text = (ROOT / "schema/mariadb.sql").read_text()
    mariadb.load("broken", text[: text.index("CREATE TABLE instance (")])

    result = db_sync(*options(engine))

    assert (result.status, result.out) == (0, f"Created at revision {HEAD}.\n")
    assert inspect(engine).has_table("volume_type")
    engine.dispose()
    mariadb.drop_database("broken")


def test_the_established_schema_file_ends_in_our_tables(mariadb: MariaDB, db_sync: DbSync, tmp_path: Path) -> None:
    file = tmp_path / "reporting_schema.sql"
    tables = (
        f"create table if not exists `{name}` ({', '.join(f'`{column}` varchar(64)' for column in columns)}"
        f') comment "{name}; it\'s old"; -- the end; of {name}\n'
        for name, columns in ESTABLISHED.items()
    )
    file.write_text("-- drop database if exists reporting;\n" + "".join(tables))
    mariadb.create_database("established")
    engine = create_store_engine(mariadb.url("established"))

    result = db_sync(*options(engine), f"--schema={file}")

    assert (result.status, result.out) == (0, f"Created at revision {HEAD}.\n")
    assert "region" in {column["name"] for column in inspect(engine).get_columns("instance")}
    engine.dispose()
    mariadb.drop_database("established")


def test_a_schema_file_wants_an_empty_database(small: Engine, db_sync: DbSync) -> None:
    file = ROOT / "schema/sqlite.sql"
    db_sync(*options(small))
    run_sql(small, "INSERT INTO metadata (table_name, row_count) VALUES ('instance', 3)")

    refused = db_sync(*options(small), f"--schema={file}")
    assert refused.status == 1
    assert "into an empty database only" in refused.err
    assert len(rows(small, "SELECT * FROM metadata")) == 1

    rebuilt = db_sync(*options(small), f"--schema={file}", "--recreate", "--yes")
    assert rebuilt.status == 0
    assert rows(small, "SELECT * FROM metadata") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CREATE TABLE a (id INT);\nUSE nova;\n", "chooses a database by itself"),
        ("create database x;", "chooses a database by itself"),
        ((ROOT / "schema/mariadb.sql").read_text(), "is for another kind of database"),
        ("CREATE TABLE a (id INT);\nCREATE TABEL b (id INT, note TEXT DEFAULT '50%');\n", "CREATE TABEL b"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_changes_nothing(
    small: Engine, db_sync: DbSync, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "schema.sql"
    file.write_text(text)

    result = db_sync(*options(small), f"--schema={file}")

    assert result.status == 1
    assert said in result.err
    assert result.err.count("\n") == 1
    assert set(inspect(small).get_table_names()) <= {"lease"}


@pytest.mark.parametrize("content", [None, b"\x1f\x8bcut", b"BZh9", b"\xff\xfe"])
@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2"])
def test_a_file_that_cannot_be_read_drops_nothing(
    small: Engine, db_sync: DbSync, tmp_path: Path, content: bytes | None, suffix: str
) -> None:
    db_sync(*options(small))
    run_sql(small, "INSERT INTO metadata (table_name, row_count) VALUES ('instance', 3)")
    file = tmp_path / f"schema.sql{suffix}"
    if content is not None:
        file.write_bytes(content)

    result = db_sync(*options(small), f"--schema={file}", "--recreate", "--yes")

    assert result.status in (1, 2)
    assert result.err.startswith("Error: ")
    assert len(rows(small, "SELECT * FROM metadata")) == 1


# --- reaching the database ---


def test_the_password_may_come_from_the_standard_input_or_the_environment(
    mariadb: MariaDB, db_sync: DbSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    mariadb.create_database("secret")
    engine = create_store_engine(mariadb.url("secret"))
    password = str(engine.url.password)
    without = [option for option in options(engine) if not option.startswith("--db-pass")]

    assert db_sync(*without).status == 1
    assert db_sync(*without, "--db-pass=-", stdin=f"{password}\n").out.startswith("Created")
    monkeypatch.setenv("REPORTING_DB_PASS", password)
    assert db_sync(*without).out.startswith("Nothing to do")
    engine.dispose()
    mariadb.drop_database("secret")


def test_a_password_of_any_characters_is_passed_on_and_never_shown(mariadb: MariaDB, db_sync: DbSync) -> None:
    mariadb.create_database("odd")
    mariadb.create_user("odd", "ALL ON `odd`.*")
    mariadb.execute("ALTER USER odd@'%%' IDENTIFIED BY %s", ("p@ss:w/rd #%?",))
    arguments = ["--db-name=odd", "--db-user=odd", f"--db-port={mariadb.port}"]  # on this machine

    good = db_sync(*arguments, "--db-pass=p@ss:w/rd #%?")
    bad = db_sync(*arguments, "--db-pass=s3cr3t@x")

    assert good.status == 0, good.err
    assert bad.status == 1
    assert "s3cr3t" not in bad.out + bad.err
    mariadb.drop_user("odd")
    mariadb.drop_database("odd")


def test_an_account_that_may_not_create_tables_is_told_so(mariadb: MariaDB, db_sync: DbSync) -> None:
    mariadb.create_database("readable")
    password = mariadb.create_user("reader", "SELECT ON `readable`.*")

    result = db_sync(
        "--db-name=readable", "--db-user=reader", f"--db-pass={password}", "--db-host=127.0.0.1",
        f"--db-port={mariadb.port}",
    )  # fmt: skip

    assert result.status == 1
    assert "check that the account may CREATE" in result.err
    mariadb.drop_user("reader")
    mariadb.drop_database("readable")


def test_it_waits_for_a_database_that_is_not_there_yet(mariadb: MariaDB, db_sync: DbSync) -> None:
    arguments = options(create_store_engine(mariadb.url("later")))
    creation = threading.Timer(1.5, mariadb.create_database, ("later",))

    impatient = db_sync(*arguments)
    creation.start()
    began = time.monotonic()
    patient = db_sync(*arguments, "--wait=60")

    assert impatient.status == 1
    assert "cannot be reached" in impatient.err
    assert patient.status == 0, patient.err
    assert 1 < time.monotonic() - began < 50
    mariadb.drop_database("later")


def test_somebody_elses_database_is_refused_in_one_line(small: Engine, db_sync: DbSync) -> None:
    run_sql(small, "CREATE TABLE project (id VARCHAR(64))", "CREATE TABLE assignment (type VARCHAR(64))")

    for more in ([], ["--recreate", "--yes"]):
        result = db_sync(*options(small), *more)

        assert result.status == 1
        assert "belongs to another program" in result.err
        assert result.err.count("\n") == 1
    assert set(inspect(small).get_table_names()) == {"project", "assignment"}


def test_options_of_a_server_without_a_database_are_a_mistake(db_sync: DbSync) -> None:
    result = db_sync("--db-host=db1")

    assert result.status == 2
    assert "need --db-name" in result.err


# --- as a program ---


def test_it_runs_from_the_source_tree_wherever_one_is(tmp_path: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "--db-engine=sqlite", "--db-name=a b%20c?.sqlite"], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, f"Created at revision {HEAD}.\n"), done.stderr
    assert (tmp_path / "a b%20c?.sqlite").exists()


def test_help_names_every_option_of_old(db_sync: DbSync) -> None:
    result = db_sync("--help")

    assert result.status == 0
    for option in ("--db-name", "--db-user", "--db-pass", "--db-host", "--db-port", "--schema", "--recreate", "--help"):
        assert f"{option} " in result.out
