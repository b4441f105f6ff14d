"""The clouds that other tests read from: real schemas, nothing left over from one test to the next."""

from collections.abc import Callable
from datetime import datetime

import pymysql
import pytest

from tests.openstack import NEWEST, Cloud, Clouds
from tests.servers import MariaDB

NOW = datetime(2026, 11, 1, 12)


def volume(cloud: Cloud, identifier: str) -> None:
    cloud.insert("cinder", "volumes", id=identifier, created_at=NOW, deleted=0)


def test_every_release_has_the_databases_of_the_core_services(each_cloud: Cloud) -> None:
    core = {"keystone", "nova_api", "nova_cell0", "nova_cell1", "cinder", "glance"}

    assert core | {"rcshib", "dashboard"} <= set(each_cloud.names)
    assert ("neutron" in each_cloud.names) == (each_cloud.release != "2019.2")
    assert ("heat" in each_cloud.names) == (each_cloud.release == NEWEST)


def test_every_release_loads_with_its_own_columns(each_cloud: Cloud) -> None:
    instances = each_cloud.columns("nova_cell1", "instances")

    assert {"uuid", "deleted", "deleted_at", "updated_at", "hidden"} <= instances
    assert ("compute_id" in instances) == (each_cloud.release >= "2024.1")
    assert each_cloud.columns("nova_cell1", "no_such_table") == frozenset()


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_cloud_is_empty_whatever_another_test_left_in_it(cloud: Cloud, time: str) -> None:
    assert cloud.rows("cinder", "SELECT id FROM volumes") == []
    assert cloud.columns("glance", "images") >= {"id", "name", "size"}

    number = cloud.insert("nova_cell1", "instances", uuid="i-1", deleted=0)
    volume(cloud, time)
    cloud.execute("glance", "ALTER TABLE images DROP COLUMN size")

    assert number == 1


def test_a_transaction_left_open_does_not_block_the_next_test(clouds: Clouds) -> None:
    cloud = clouds.cloud()
    left_open = cloud.connect("cinder", autocommit=False)
    left_open.cursor().execute("SELECT * FROM volumes")
    volume(cloud, "v")

    cloud.empty()

    assert cloud.rows("cinder", "SELECT id FROM volumes") == []
    with pytest.raises(pymysql.err.OperationalError):
        left_open.ping(reconnect=False)


def test_a_write_on_any_connection_is_noticed(clouds: Clouds) -> None:
    cloud = clouds.cloud()
    with cloud.connect("keystone", autocommit=False) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO `group` (id, domain_id, name) VALUES ('g', 'd', 'late')")
        connection.commit()
    assert len(cloud.rows("keystone", "SELECT id FROM `group`")) == 1

    cloud.empty()

    assert cloud.rows("keystone", "SELECT id FROM `group`") == []


def test_two_regions_are_two_clouds(openstack: Callable[..., Cloud]) -> None:
    north, south = openstack(region="north"), openstack(region="south")

    volume(north, "v")

    assert north.url("cinder") != south.url("cinder")
    assert len(north.rows("cinder", "SELECT id FROM volumes")) == 1
    assert south.rows("cinder", "SELECT id FROM volumes") == []


def test_a_cloud_may_have_more_cells(openstack: Callable[..., Cloud]) -> None:
    cloud = openstack(cells=3)

    assert [name for name in cloud.names if "cell" in name] == ["nova_cell0", "nova_cell1", "nova_cell2"]


def test_rows_are_inserted_in_bulk_and_read_by_name(cloud: Cloud) -> None:
    rows = [{"uuid": f"i-{number}", "deleted": 0, "display_name": "größer"} for number in range(5000)]

    cloud.insert_many("nova_cell1", "instances", rows)

    assert cloud.rows("nova_cell1", "SELECT COUNT(*) AS n, MAX(display_name) AS name FROM instances") == [
        {"n": 5000, "name": "größer"}
    ]


def test_columns_that_insist_on_a_value_get_one(each_cloud: Cloud) -> None:
    each_cloud.insert("keystone", "assignment", actor_id="u")
    each_cloud.insert_many(
        "dashboard", "rcallocation_allocationrequest", [{"id": 3, "status": "A"}, {"id": 5, "status": "X"}]
    )

    assert each_cloud.rows("keystone", "SELECT actor_id, type, inherited FROM assignment") == [
        {"actor_id": "u", "type": "UserProject", "inherited": 0}
    ]
    assert each_cloud.rows("dashboard", "SELECT id, status FROM rcallocation_allocationrequest") == [
        {"id": 3, "status": "A"},
        {"id": 5, "status": "X"},
    ]


def test_an_account_may_only_read_the_cloud(mariadb: MariaDB, cloud: Cloud) -> None:
    mariadb.create_user("only_reads", *cloud.read_only)

    with cloud.connect("cinder", user="only_reads") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM volumes")
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            cursor.execute("DELETE FROM volumes")

    mariadb.drop_user("only_reads")


def test_rows_that_strict_mode_refuses_can_be_made(cloud: Cloud) -> None:
    with cloud.connect("glance", sql_mode="") as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO images (id, created_at, status) VALUES ('z', '0000-00-00 00:00:00', 'active')")

    assert cloud.rows("glance", "SELECT CAST(created_at AS CHAR) AS t FROM images") == [{"t": "0000-00-00 00:00:00"}]
