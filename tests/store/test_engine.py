"""Transactions begin where we say, time is UTC, and what a server refuses has one of our names."""

import os
import pwd
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from reporting_pollster.errors import SettingsError, StoreConflict, StoreUnavailable
from reporting_pollster.store.engine import (
    create_store_engine,
    dialect_kind,
    is_galera_or_tidb,
    reading,
    utc_now,
    with_retries,
    writing,
)
from reporting_pollster.store.failure import translated
from tests.servers import MariaDB, PostgreSQL

STORES = ("sqlite", "mariadb-pymysql", "mariadb-mysqldb", "postgresql")
DRIVERS = ("pymysql", "mysqldb")

mariadb_only = pytest.mark.parametrize("engine", STORES[1:3], indirect=True)
postgresql_only = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
sqlite_only = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture(params=STORES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each store, and MariaDB by each of its drivers, with a table of two counters."""
    server, _, driver = request.param.partition("-")
    store = request.getfixturevalue(server)
    store.create_database("engine")
    engine = create_store_engine(store.url("engine", driver=driver) if driver else store.url("engine"))
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER, short VARCHAR(3), moment TIMESTAMP NULL)"
        )
        connection.exec_driver_sql("INSERT INTO counter (id, n) VALUES (1, 0), (2, 0)")
    yield engine
    engine.dispose()
    store.drop_database("engine")


def count(connection: Connection, row: int, to: str = "n + 1") -> None:
    connection.exec_driver_sql(f"UPDATE counter SET n = {to} WHERE id = {row}")


def counts(connection: Connection) -> list[int]:
    return [n for (n,) in connection.exec_driver_sql("SELECT n FROM counter ORDER BY id")]


def counted(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return counts(connection)


class TestWriting:
    def test_commits_at_the_end(self, engine: Engine) -> None:
        with writing(engine) as connection:
            count(connection, 1)
            count(connection, 2)

        assert counted(engine) == [1, 1]

    def test_leaves_nothing_when_the_work_fails(self, engine: Engine) -> None:
        def fail() -> None:
            with writing(engine) as connection:
                count(connection, 1)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        assert counted(engine) == [0, 0]

    def test_leaves_what_only_the_caller_understands(self, engine: Engine) -> None:
        with pytest.raises(IntegrityError) as caught, writing(engine) as connection:
            connection.exec_driver_sql("INSERT INTO counter (id, n, short) VALUES (1, 1, 'abc')")

        assert isinstance(caught.value, DBAPIError)

    @sqlite_only
    def test_lets_no_second_writer_begin(self, engine: Engine) -> None:
        impatient = create_store_engine(f"{engine.url}?timeout=0")

        with (
            writing(engine),  # nothing is written yet: a plan is read first
            pytest.raises(StoreConflict, match="locked"),
            writing(impatient),
        ):
            pass

        impatient.dispose()


class TestReading:
    def test_cannot_write(self, engine: Engine) -> None:
        with pytest.raises(DBAPIError, match=r"(?i)read-?\s?only"), reading(engine) as connection:
            count(connection, 1)

        with writing(engine) as connection:  # on the very same connection
            count(connection, 1)
        assert counted(engine) == [1, 0]

    def test_sees_one_state_of_the_database(self, engine: Engine) -> None:
        with reading(engine) as connection:
            first = counts(connection)
            with writing(engine) as other:
                count(other, 1)
            second = counts(connection)

        assert first == second == [0, 0]
        assert counted(engine) == [1, 0]

    def test_leaves_nothing_open(self, engine: Engine) -> None:
        for _ in range(50):  # more than the pool has
            assert counted(engine) == [0, 0]


class TestRetries:
    def test_return_what_the_work_returns(self, engine: Engine) -> None:
        assert with_retries(engine, lambda connection: counts(connection)) == [0, 0]

    def test_repeat_the_whole_work_after_a_conflict(self, engine: Engine) -> None:
        attempts = []

        def work(connection: Connection) -> None:
            attempts.append(counts(connection))
            count(connection, 1)
            if len(attempts) < 3:
                raise StoreConflict("in the way")

        with_retries(engine, work)

        assert attempts == [[0, 0]] * 3
        assert counted(engine) == [1, 0]

    def test_give_up_in_the_end(self, engine: Engine) -> None:
        attempts = []

        def work(_: Connection) -> None:
            attempts.append(1)
            raise StoreConflict("in the way")

        with pytest.raises(StoreConflict):
            with_retries(engine, work, attempts=2)

        assert len(attempts) == 2

    def test_do_not_repeat_another_failure(self, engine: Engine) -> None:
        attempts = []

        def work(connection: Connection) -> None:
            attempts.append(1)
            connection.exec_driver_sql("INSERT INTO counter (id) VALUES (1)")

        with pytest.raises(IntegrityError):
            with_retries(engine, work)

        assert len(attempts) == 1

    def test_two_writers_that_cross_both_arrive(self, engine: Engine) -> None:
        met = threading.Barrier(2)
        meetings: dict[int, int] = {1: 0, 2: 0}

        def cross(first: int, second: int) -> None:
            def work(connection: Connection) -> None:
                meetings[first] += 1
                if dialect_kind(connection) != "sqlite":  # where the second one is not even let in
                    count(connection, first)
                    if meetings[first] == 1:
                        met.wait(10)
                    count(connection, second)
                else:
                    current = counts(connection)
                    time.sleep(0.05)
                    for row in (1, 2):
                        count(connection, row, to=str(current[row - 1] + 1))

            with_retries(engine, work)

        threads = [threading.Thread(target=cross, args=pair) for pair in ((1, 2), (2, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert counted(engine) == [2, 2]
        assert sum(meetings.values()) == (2 if dialect_kind(engine) == "sqlite" else 3)


class TestConflicts:
    @mariadb_only
    @pytest.mark.parametrize("code", [1020, 1047, 1205, 1213, 3572, 8002, 8022, 8028, 9007])
    def test_have_one_name_on_mysql(self, engine: Engine, code: int) -> None:
        with pytest.raises(StoreConflict, match="as it says"), writing(engine) as connection:
            connection.exec_driver_sql(f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {code}, MESSAGE_TEXT = 'as it says'")

    @mariadb_only
    def test_a_lock_that_is_not_given_is_one(self, engine: Engine) -> None:
        def wait_in_vain() -> None:
            with writing(engine) as connection:
                connection.exec_driver_sql("SET innodb_lock_wait_timeout = 0")
                count(connection, 1)

        with writing(engine) as connection:
            count(connection, 1)
            with pytest.raises(StoreConflict):
                wait_in_vain()

    @postgresql_only
    @pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
    def test_have_one_name_on_postgresql(self, engine: Engine, state: str) -> None:
        with pytest.raises(StoreConflict, match="as it says"), writing(engine) as connection:
            connection.exec_driver_sql(f"DO $$ BEGIN RAISE 'as it says' USING ERRCODE = '{state}'; END $$")

    @sqlite_only
    def test_a_reader_that_comes_to_write_too_late_is_one(self, engine: Engine) -> None:
        with engine.connect() as connection, connection.begin():  # neither of our two ways
            counts(connection)
            with writing(engine) as other:
                count(other, 1)
            with pytest.raises(DBAPIError) as caught:
                count(connection, 1)

        assert isinstance(translated(caught.value, engine), StoreConflict)


class TestUnavailable:
    @pytest.mark.parametrize("scheme", ["mysql+pymysql", "mysql+mysqldb", "postgresql"])
    def test_says_where_but_not_the_password(self, scheme: str) -> None:
        engine = create_store_engine(f"{scheme}://reader:s3cr3t@127.0.0.1:1/reporting", connect_timeout=2)

        with pytest.raises(StoreUnavailable) as caught, reading(engine):
            pass

        assert "127.0.0.1" in str(caught.value)
        assert "s3cr3t" not in str(caught.value)

    @pytest.mark.parametrize("engine", STORES[1:], indirect=True)
    def test_is_what_a_wrong_password_is(self, engine: Engine) -> None:
        wrong = create_store_engine(engine.url.set(password="s3cr3t").render_as_string(hide_password=False))

        with pytest.raises(StoreUnavailable) as caught, reading(wrong):
            pass

        assert "s3cr3t" not in str(caught.value)

    @pytest.mark.parametrize("engine", STORES[1:], indirect=True)
    def test_is_what_a_missing_database_is(self, engine: Engine) -> None:
        absent = create_store_engine(engine.url.set(database="absent").render_as_string(hide_password=False))

        with pytest.raises(StoreUnavailable, match="absent"), reading(absent):
            pass

    @pytest.mark.parametrize("engine", STORES[1:], indirect=True)
    def test_passes_once_the_server_is_back(self, engine: Engine, request: pytest.FixtureRequest) -> None:
        mine, kill, server = {
            "mysql": ("SELECT connection_id()", "KILL %s", "mariadb"),
            "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%s)", "postgresql"),
        }[dialect_kind(engine)]

        def lose_it() -> None:
            with writing(engine) as connection:
                count(connection, 1)
                identity = connection.exec_driver_sql(mine).scalar_one()
                request.getfixturevalue(server).execute(kill, (identity,))
                count(connection, 2)

        with pytest.raises(StoreUnavailable):
            lose_it()

        assert counted(engine) == [0, 0]

    @pytest.mark.parametrize("engine", STORES[1:], indirect=True)
    def test_is_what_a_statement_without_an_end_becomes(self, engine: Engine) -> None:
        hasty = create_store_engine(engine.url.render_as_string(hide_password=False), read_timeout=1)
        sleep = {"mysql": "SELECT sleep(5)", "postgresql": "SELECT pg_sleep(5)"}[dialect_kind(engine)]
        began = time.monotonic()

        with pytest.raises(StoreUnavailable), reading(hasty) as connection:
            connection.exec_driver_sql(sleep)

        assert time.monotonic() - began < 4
        hasty.dispose()

    def test_is_what_a_file_that_cannot_be_opened_is(self, tmp_path: Path) -> None:
        engine = create_store_engine(f"sqlite:///{tmp_path}")

        with pytest.raises(StoreUnavailable, match=tmp_path.name), reading(engine):
            pass


class TestClock:
    def test_is_the_server_s_in_whole_seconds(self, engine: Engine) -> None:
        with reading(engine) as connection:
            now = utc_now(connection)

        assert now.tzinfo is None
        assert now.microsecond == 0
        assert abs(datetime.now(UTC).replace(tzinfo=None) - now) < timedelta(seconds=3)

    def test_stands_neither_still_nor_back_within_a_transaction(self, engine: Engine) -> None:
        with writing(engine) as connection:
            before = utc_now(connection)
            time.sleep(1.1)
            after = utc_now(connection)

        assert after > before

    @mariadb_only
    def test_is_utc_for_mysql_s_own_functions_too(self, engine: Engine, mariadb: MariaDB) -> None:
        engine.dispose()
        mariadb.execute("SET GLOBAL time_zone = '+09:00'")
        try:
            with reading(engine) as connection:
                local, utc = connection.exec_driver_sql("SELECT localtimestamp, utc_timestamp").one()
        finally:
            mariadb.execute("SET GLOBAL time_zone = '+00:00'")

        assert local == utc

    @postgresql_only
    def test_is_utc_for_postgresql_s_own_functions_too(self, engine: Engine) -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql("ALTER DATABASE engine SET timezone = 'Asia/Tokyo'")
        engine.dispose()

        with reading(engine) as connection:
            local, utc = connection.exec_driver_sql("SELECT localtimestamp, now() AT TIME ZONE 'UTC'").one()

        assert local == utc


class TestKind:
    @pytest.mark.parametrize(
        ("engine", "kind"),
        list(zip(STORES, ["sqlite", "mysql", "mysql", "postgresql"], strict=True)),
        indirect=["engine"],
    )
    def test_is_known_for_engine_and_connection(self, engine: Engine, kind: str) -> None:
        with reading(engine) as connection:
            assert dialect_kind(engine) == dialect_kind(connection) == kind

    def test_of_a_single_server_limits_no_transaction(self, engine: Engine) -> None:
        with reading(engine) as connection:
            assert not is_galera_or_tidb(connection)


class TestSQLite:
    def test_is_as_careful_as_it_can_be_without_cost(self, tmp_path: Path) -> None:
        engine = create_store_engine(f"sqlite:///{tmp_path}/reporting.sqlite")

        with reading(engine) as connection:
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "cache_size", "temp_store")
            }

        assert pragmas == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 30_000,
            "cache_size": -16_384,
            "temp_store": 1,
        }

    def test_makes_its_directory_for_itself_alone(self, tmp_path: Path) -> None:
        engine = create_store_engine("sqlite:///deep/reporting.sqlite", state_directory=tmp_path)

        with writing(engine) as connection:
            connection.exec_driver_sql("CREATE TABLE t (id INTEGER)")

        assert (tmp_path / "deep" / "reporting.sqlite").is_file()
        assert (tmp_path / "deep").stat().st_mode & 0o027 == 0

    def test_says_when_its_directory_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        with pytest.raises(SettingsError, match="file"):
            create_store_engine(f"sqlite:///{tmp_path}/file/reporting.sqlite")

    def test_ddl_is_rolled_back_as_well(self, tmp_path: Path) -> None:
        engine = create_store_engine(f"sqlite:///{tmp_path}/reporting.sqlite")

        def fail() -> None:
            with writing(engine) as connection:
                connection.exec_driver_sql("CREATE TABLE t (id INTEGER)")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        with reading(engine) as connection:
            assert connection.exec_driver_sql("SELECT name FROM sqlite_master").all() == []


class TestMySQL:
    @mariadb_only
    @pytest.mark.parametrize(
        "value", ["short = 'four'", "n = 'text'", "n = n / 0", "moment = '0000-00-00'", "n = 1 << 40"]
    )
    def test_is_strict(self, engine: Engine, value: str) -> None:
        with pytest.raises(DBAPIError), writing(engine) as connection:
            connection.exec_driver_sql(f"UPDATE counter SET {value}")

    @mariadb_only
    def test_keeps_a_zero_where_it_counts_by_itself(self, engine: Engine) -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql("ALTER TABLE counter MODIFY id INTEGER AUTO_INCREMENT")
            connection.exec_driver_sql("INSERT INTO counter (id, n) VALUES (0, 7)")

        assert counted(engine) == [7, 0, 0]

    @mariadb_only
    def test_reads_what_is_committed_and_keeps_emoji(self, engine: Engine) -> None:
        with writing(engine) as connection:
            connection.exec_driver_sql("UPDATE counter SET short = '🐘' WHERE id = 1")
            level, charset = connection.exec_driver_sql("SELECT @@tx_isolation, @@character_set_client").one()

        assert (level, charset) == ("READ-COMMITTED", "utf8mb4")
        with reading(engine) as connection:
            assert connection.exec_driver_sql("SELECT short FROM counter WHERE id = 1").scalar_one() == "🐘"

    @pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
    def test_without_a_driver_takes_the_fast_one_that_is_installed(
        self, monkeypatch: pytest.MonkeyPatch, scheme: str
    ) -> None:
        fast = create_store_engine(f"{scheme}://u:p@h/reporting")
        monkeypatch.setitem(sys.modules, "MySQLdb", None)  # as if it were not installed
        slow = create_store_engine(f"{scheme}://u:p@h/reporting")

        assert (fast.driver, slow.driver) == ("mysqldb", "pymysql")
        assert dialect_kind(fast) == dialect_kind(slow) == "mysql"

    def test_an_address_that_we_cannot_use_is_a_setting_error(self) -> None:
        with pytest.raises(SettingsError) as caught:
            create_store_engine("oracle://u:s3cr3t@h/reporting")

        assert "s3cr3t" not in str(caught.value)


@pytest.fixture(scope="module")
def certificates() -> Iterator[Path]:
    """An authority, a certificate for 127.0.0.1 signed by it, and an authority that signed nothing.

    Not in a directory of pytest's, which only we may enter: servers run as somebody else.
    """
    with tempfile.TemporaryDirectory(prefix="reporting-tls-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        new = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        for authority in ("ca", "other"):
            _openssl(
                directory, f"{new} -x509 -days 2 -subj /CN={authority} -keyout {authority}.key -out {authority}.pem"
            )
        _openssl(directory, f"{new} -subj /CN=server -keyout server.key -out server.csr")
        (directory / "names").write_text("subjectAltName=IP:127.0.0.1\n")
        _openssl(directory, "x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -extfile names -out server.pem")
        if os.geteuid() == 0:
            os.chown(directory / "server.key", 0, pwd.getpwnam("nobody").pw_gid)
            (directory / "server.key").chmod(0o640)
        yield directory


def _openssl(directory: Path, words: str) -> None:
    subprocess.run(["openssl", *words.split()], cwd=directory, check=True, capture_output=True)


@pytest.fixture(scope="module", params=["mariadb-pymysql", "mariadb-mysqldb", "postgresql"])
def tls_url(request: pytest.FixtureRequest, certificates: Path) -> Iterator[str]:
    """A server that speaks TLS, by each driver."""
    files = {"ca": "ca.pem", "cert": "server.pem", "key": "server.key"}
    if request.param == "postgresql":
        options = [f"ssl_{name}_file={certificates / file}" for name, file in files.items()]
        postgresql = PostgreSQL("ssl=on", *options)
        yield postgresql.url("postgres")
        postgresql.stop()
    else:
        mariadb = MariaDB(*(f"--ssl-{name}={certificates / file}" for name, file in files.items()))
        yield mariadb.url("mysql", driver=request.param.partition("-")[2])
        mariadb.stop()


def cipher(url: str, tls: Mapping[str, str] | None) -> str:
    engine = create_store_engine(url, tls=tls)
    query = {
        "mysql": "SHOW STATUS LIKE 'Ssl_cipher'",
        "postgresql": "SELECT pid, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    }[dialect_kind(engine)]
    with reading(engine) as connection:
        return str(connection.exec_driver_sql(query).one()[1])


class TestTLS:
    def test_trusts_a_server_that_our_authority_vouches_for(self, tls_url: str, certificates: Path) -> None:
        assert cipher(tls_url, {"ca": str(certificates / "ca.pem")})

    def test_refuses_one_that_nobody_vouches_for(self, tls_url: str, certificates: Path) -> None:
        with pytest.raises(StoreUnavailable, match=r"(?i)certificate|ssl|tls"):
            cipher(tls_url, {"ca": str(certificates / "other.pem")})

    def test_refuses_one_of_another_name(self, tls_url: str, certificates: Path) -> None:
        # mysqlclient takes localhost for a socket, and libpq takes 127.1 for what it means
        other = "localhost" if tls_url.startswith("postgresql") else "127.1"

        with pytest.raises(StoreUnavailable, match=r"(?i)certificate|ssl|tls"):
            cipher(tls_url.replace("127.0.0.1", other), {"ca": str(certificates / "ca.pem")})

    def test_can_be_told_not_to_ask(self, tls_url: str, certificates: Path) -> None:
        assert cipher(tls_url, {"verify": "no", "ca": str(certificates / "other.pem")})

    def test_files_that_are_not_there_are_a_setting_error(self) -> None:
        with pytest.raises(SettingsError, match="tls_ca"):
            create_store_engine("mysql+pymysql://u:p@h/reporting", tls={"ca": "/nowhere/ca.pem"})

    @pytest.mark.parametrize("engine", STORES[1:3], indirect=True)
    def test_is_never_given_up_in_silence(self, engine: Engine) -> None:
        plain = engine.url.render_as_string(hide_password=False)
        with engine.connect() as connection:
            if connection.exec_driver_sql("SELECT @@have_ssl").scalar_one() == "YES":
                pytest.skip("this server made itself a certificate")

        with pytest.raises(StoreUnavailable):
            cipher(plain, {"verify": "no"})
