"""What the statements of `grants` are worth: enough for everything that is read, and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pymysql
import pytest

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.entities import catalogue
from reporting_pollster.services.grants import GrantRequest, accounts, grants
from tests.openstack import RELEASES, Cloud
from tests.pollster import Pollster
from tests.servers import SQLite
from tests.services import reader

NOT_IN = {"2019.2": {"network", "floating_ip", "stack"}, "2022.2": {"stack"}, "2024.1": {"stack"}, "2025.1": {"stack"}}


@pytest.mark.parametrize("release", RELEASES)
def test_an_account_with_these_privileges_reads_what_an_administrator_reads(
    openstack: Callable[..., Cloud], sqlite: SQLite, release: str
) -> None:
    cloud = openstack(release)
    reader.fill(cloud)
    reader.create_reader(cloud)
    administrator, limited = Pollster(cloud, sqlite.url("all")), Pollster(cloud, sqlite.url("granted"))
    administrator.sources, limited.sources = reader.sources(cloud), reader.sources(cloud, user=reader.READER)

    administrator.sync()
    limited.sync()

    told = limited.contents()
    assert told == administrator.contents()
    assert {name for name, rows in told.items() if not rows} == NOT_IN.get(release, set())
    assert told["volume"][0]["temporary"] is (release != "2019.2")
    administrator.close()
    limited.close()


@pytest.mark.parametrize("release", RELEASES)
def test_a_statement_works_in_the_releases_that_it_names(openstack: Callable[..., Cloud], release: str) -> None:
    cloud = openstack(release)
    cloud.server.create_user(reader.READER)

    refused = [grant for grant in reader.grants_of(cloud) if not works(cloud, grant.statement)]

    assert refused == [grant for grant in reader.grants_of(cloud) if not grant.is_for(release)]
    assert all(grant.is_optional for grant in refused)


def works(cloud: Cloud, statement: str) -> bool:
    try:
        cloud.server.execute(statement)
    except pymysql.err.MySQLError as error:
        if error.args[0] not in (1054, 1146):  # no such column, no such table
            raise
        return False
    return True


def test_the_account_has_no_other_privilege(cloud: Cloud) -> None:
    granted = reader.create_reader(cloud)

    shown = [row[0] for row in cloud.server.execute(f"SHOW GRANTS FOR {reader.READER}")]

    assert shown[0].startswith("GRANT USAGE ON *.*")
    tables = {re.findall(r" ON `(\w+)`\.`(\w+)`", line)[0]: line for line in shown[1:]}
    assert tables.keys() == {(grant.place.database, grant.table) for grant in granted}
    for line in tables.values():
        assert re.fullmatch(r"GRANT SELECT \((`\w+`(, )?)+\) ON `\w+`\.`\w+` TO `reader`@`%`", line)


REFUSED = [
    ("nova_cell1", "SELECT * FROM instances"),
    ("nova_cell1", "SELECT user_data FROM instances"),
    ("nova_cell1", "SELECT key_data FROM shadow_instances"),
    ("nova_cell1", "SELECT connection_info FROM block_device_mapping"),
    ("nova_api", "SELECT database_connection FROM cell_mappings"),
    ("nova_api", "SELECT transport_url FROM cell_mappings"),
    ("nova_api", "SELECT public_key FROM key_pairs"),
    ("keystone", "SELECT password_hash FROM password"),
    ("keystone", "SELECT encrypted_blob FROM credential"),
    ("cinder", "SELECT provider_auth FROM volumes"),
    ("cinder", "SELECT connection_info FROM volume_attachment"),
    ("glance", "SELECT value FROM image_locations"),
    ("nova_cell1", "INSERT INTO instances (uuid, deleted) VALUES ('x', 0)"),
    ("nova_cell1", "UPDATE instances SET hostname = ''"),
    ("nova_cell1", "DELETE FROM instances"),
    ("nova_cell1", "LOCK TABLES instances READ"),
    ("nova_cell1", "CREATE TABLE mine (id int)"),
    ("nova_cell1", "SELECT uuid FROM instances INTO OUTFILE '/tmp/instances'"),
]


def test_the_account_is_refused_everything_else(cloud: Cloud) -> None:
    reader.create_reader(cloud)

    done = [statement for name, statement in REFUSED if not refuses(cloud, name, statement)]

    assert done == []
    assert not refuses(cloud, "nova_cell1", "SELECT uuid FROM instances")


def refuses(cloud: Cloud, name: str, statement: str) -> bool:
    with (
        cloud.server.connect(cloud.database(name), user=reader.READER) as connection,
        connection.cursor() as cursor,
    ):
        try:
            cursor.execute(statement)
        except pymysql.err.MySQLError as error:
            if error.args[0] not in (1044, 1045, 1142, 1143, 1227):  # to the database, table, column, or at all
                raise
            return True
    return False


def test_databases_and_accounts_are_those_of_the_configuration() -> None:
    keystone = DatabaseSettings("mysql://pollster:s3cret@db1/identity", group="keystone")
    cells = {
        "cell0": DatabaseSettings("mysql://pollster:s3cret@db2/nova_cell0", group="cell:cell0"),
        "south": DatabaseSettings("mysql://south:s3cret@db3/nova", group="cell:south"),
    }

    found = grants({"keystone": keystone}, cells, GrantRequest(host="10.0.0.%"))

    named = {(grant.place.source, grant.place.server, grant.place.database, grant.account) for grant in found}
    assert named == {
        ("keystone", "db1", "identity", "'pollster'@'10.0.0.%'"),
        ("nova_api", None, "nova_api", "'reporting'@'10.0.0.%'"),
        ("cinder", None, "cinder", "'reporting'@'10.0.0.%'"),
        ("glance", None, "glance", "'reporting'@'10.0.0.%'"),
        ("cell:cell0", "db2", "nova_cell0", "'pollster'@'10.0.0.%'"),
        ("cell:south", "db3", "nova", "'south'@'10.0.0.%'"),
    }
    assert all(f"`{grant.place.database}`.`{grant.table}`" in grant.statement for grant in found)
    assert "s3cret" not in str(found)


def test_names_are_quoted() -> None:
    odd = DatabaseSettings("mysql://u@db1/key`stone", group="keystone")

    statement = grants({"keystone": odd}, {}, GrantRequest(user="o'brien"))[0].statement

    assert "ON `key``stone`.`assignment` TO 'o''brien'@'%';" in statement


def test_a_database_in_a_file_has_no_accounts(tmp_path: Path) -> None:
    file = DatabaseSettings(f"sqlite:///{tmp_path}/keystone.sqlite", group="keystone")

    assert "keystone" not in {grant.place.source for grant in grants({"keystone": file}, {}, GrantRequest())}


def test_what_only_some_releases_have_may_be_left_out() -> None:
    without = grants({}, {}, GrantRequest(optional=False))

    assert not any(grant.table.startswith("shadow_") or "use_quota" in grant.columns for grant in without)
    assert any(grant.table == "instances" and "hidden" in grant.columns for grant in without)  # every release has it
    assert accounts(without) == ("CREATE USER IF NOT EXISTS 'reporting'@'%' IDENTIFIED BY 'CHANGE-ME';",)


def test_every_entity_is_provided_for() -> None:
    kinds = {grant.place.kind for grant in grants({}, {}, GrantRequest())}

    assert kinds == {database for entity in catalogue().values() for database in entity.source.databases}
