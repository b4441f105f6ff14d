"""What is generated from the tables is up to date, the same everywhere, and makes the database that we migrate to."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Text
from sqlalchemy.dialects import mysql

from reporting_pollster.derived.view import views
from reporting_pollster.entities import catalogue
from reporting_pollster.store import generate, migration
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.ddl import made_for
from reporting_pollster.store.dialects import DIALECTS
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.established import ESTABLISHED
from reporting_pollster.store.views import views_digest
from tests.servers import Server
from tests.store.shape import shape

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "reporting_pollster/api/page"
TABLES = whole_metadata().tables
FILES = {"sqlite": "sqlite.sql", "mysql": "mariadb.sql", "postgresql": "postgresql.sql"}


# --- the files ---


def test_the_generated_files_are_up_to_date() -> None:
    stale = [str(path) for path, text in generate.generated().items() if (ROOT / path).read_text() != text]

    assert not stale, "run `make schema`"


def test_what_is_generated_does_not_depend_on_the_process() -> None:
    digest = (
        "import hashlib\nfrom reporting_pollster.store.generate import generated\n"
        "print(hashlib.sha256(''.join(generated().values()).encode()).hexdigest())\n"
    )

    said = {
        subprocess.check_output([sys.executable, "-c", digest], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    }

    assert len(said) == 1


def test_the_newest_revision_makes_the_views_as_they_are() -> None:
    text = next(path for path in (ROOT / generate.VERSIONS).glob("*.py") if migration.head() in path.read_text())

    assert f'\nviews = "{views_digest()}"\n' in text.read_text(), "run `make schema`, or generate a --revision"


@pytest.mark.parametrize(("kind", "name"), FILES.items())
def test_a_file_says_what_it_is_for_and_which_revision_it_makes(kind: str, name: str) -> None:
    text = (ROOT / "schema" / name).read_text()

    assert made_for(text) == kind
    assert f"revision {migration.head()}\n" in text.splitlines(keepends=True)[0]
    assert text.endswith(f"VALUES ('{migration.head()}');\n")


def test_the_file_makes_the_database_that_migrations_make(store_server: Server, store_url: str) -> None:
    migrated = create_store_engine(store_url)
    migration.upgrade(migrated)
    store_server.drop_database("loaded")
    store_server.create_database("loaded")

    store_server.load("loaded", (ROOT / "schema" / FILES[migrated.dialect.name]).read_text())

    loaded = create_store_engine(store_server.url("loaded"))
    assert shape(loaded) == shape(migrated)
    migration.require_current(loaded)
    loaded.dispose()
    migrated.dispose()
    store_server.drop_database("loaded")


def test_the_dictionary_names_every_table_view_and_column() -> None:
    text = (ROOT / "schema/data-dictionary.md").read_text()

    sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    assert set(sections) == {*TABLES, *views(), "reporting_schema_revision"}
    for name, table in TABLES.items():
        assert re.findall(r"^\| `(\w+)`", sections[name], re.MULTILINE) == table.columns.keys()
    for name, view in views().items():
        assert re.findall(r"^\| `(\w+)`", sections[name], re.MULTILINE) == [*view.columns]
    assert "| `cpus` ● |" in sections["hypervisor"]
    assert "●" not in sections["cell"]


# --- the tables ---


@pytest.mark.parametrize("name", TABLES)
def test_every_table_and_column_says_what_it_means(name: str) -> None:
    table = TABLES[name]

    texts = {name: table.comment, **{column.name: column.comment for column in table.columns}}

    assert [key for key, text in texts.items() if not text or not text.strip() or "\n" in text] == []
    assert len(table.comment or "") <= 2048  # what MySQL takes
    assert all(len(column.comment or "") <= 1024 for column in table.columns)


@pytest.mark.parametrize("name", [name for name in ESTABLISHED if name in TABLES])
def test_an_established_table_has_the_established_columns(name: str) -> None:
    assert set(ESTABLISHED[name]) <= set(TABLES[name].columns.keys())


@pytest.mark.parametrize("name", TABLES)
def test_names_fit_the_shortest_limit(name: str) -> None:
    table = TABLES[name]

    names = [name, *table.columns.keys(), *(str(index.name) for index in table.indexes), str(table.primary_key.name)]

    assert [each for each in names if len(each.encode()) > 63] == []


@pytest.mark.parametrize("name", TABLES)
def test_rows_and_indexes_fit_the_limits_of_mysql(name: str) -> None:
    table = TABLES[name]

    keys = {"primary": list(table.primary_key.columns)}
    keys |= {str(index.name): list(index.columns) for index in table.indexes}

    assert sum(map(width, table.columns)) <= 65_535
    assert [name for name, columns in keys.items() if sum(map(width, columns)) > 3072] == []
    assert [name for name, columns in keys.items() if any(map(is_text, columns))] == []


def width(column: "Column[Any]") -> int:
    """The bytes that InnoDB counts for a column, four for each character."""
    if is_text(column):
        return 12  # stored elsewhere
    length = getattr(column.type, "length", None)
    return 4 * length + 2 if length else 8


def is_text(column: "Column[Any]") -> bool:
    return isinstance(column.type.dialect_impl(DIALECTS["mysql"]), Text | mysql.MEDIUMTEXT)


def test_every_entity_has_a_table_that_is_migrated() -> None:
    assert set(catalogue()) <= set(TABLES)


# --- an installation ---


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with a wheel of this tree, and without the tree."""
    directory = tmp_path_factory.mktemp("installed")
    tree = directory / "tree"
    names = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_symlink() or (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            subprocess.check_call(["cp", "-P", ROOT / name, tree / name])
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.check_call([*build, "-w", str(directory), str(tree)])
    (wheel,) = directory.glob("*.whl")
    venv.create(directory / "venv", with_pip=False)
    python = directory / "venv/bin/python"
    libraries = subprocess.check_output([python, "-c", "import site; print(site.getsitepackages()[0])"], text=True)
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (Path(libraries.strip()) / "libraries_of_the_test_run.pth").write_text(f"{ours}\n")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index"]
    subprocess.check_call([*install, str(wheel)])
    return directory / "venv"


def test_an_installed_wheel_brings_the_web_page(installed: Path) -> None:
    (package,) = installed.glob("lib/python3*/site-packages/reporting_pollster/api")
    names = {path.relative_to(ROOT / "reporting_pollster/api") for path in PAGE.rglob("*") if path.is_file()}

    assert len(names) > 20
    assert not [name for name in names if not (package / name).is_file()]


def test_an_installed_wheel_brings_its_migrations(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "bin/reporting-db-sync"), "--db-engine=sqlite", f"--db-name={tmp_path}/reporting.sqlite"]
    where = [
        str(installed / "bin/python"),
        "-c",
        "from reporting_pollster.store import migration as m; print(m.DIRECTORY)",
    ]

    said = subprocess.check_output(command, cwd=tmp_path, text=True)
    directory = Path(subprocess.check_output(where, cwd=tmp_path, text=True).strip())

    assert said == f"Created at revision {migration.head()}.\n"
    assert directory.is_relative_to(installed)
    assert not directory.is_symlink()
    assert (directory / "env.py").is_file()
