"""The established client, unmodified, against our server on a real socket: a day with every call that it has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from almanachclient.exceptions import HTTPError
from almanachclient.v1.client import Client

from tests.api.asking import KEY
from tests.servers.daemon import Daemon, free_port

BIN = Path(sys.prefix) / "bin"
PROJECT, INSTANCE, VOLUME, TYPE = "aa11bb22", "instance-1", "volume-1", "type-1"
ROUND, ODD = datetime(2024, 3, 1, 10), datetime(2024, 3, 1, 10, 0, 0, 123456)


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server of ours, over MariaDB."""
    stores, mariadb = request.getfixturevalue("stores"), request.getfixturevalue("mariadb")
    with stores.lent(mariadb) as store:
        file = tmp_path_factory.mktemp("almanach") / "api.conf"
        file.write_text(f"[reporting]\nconnection = {store}\n[api]\nprivate_key = {KEY}\n")
        daemon, port = Daemon("almanach", ours=True), free_port()
        url = f"http://127.0.0.1:{port}"
        command = ("/usr/bin/env", f"REPORTING_POLLSTER_CONFIG={file}", BIN / "gunicorn", "--threads", "4", "--bind")
        command += (f"127.0.0.1:{port}", "reporting_pollster.api:create_app()")
        daemon.start(*command, ready=lambda: requests.get(url, timeout=5), stop="TERM")
        yield url
        daemon.stop()


@pytest.fixture
def client(url: str) -> Client:
    return Client(url, token=KEY)


def hour(number: int) -> datetime:
    return datetime(2024, 3, 1, number)


def test_a_whole_day(client: Client) -> None:
    """All nineteen calls, in the order of a day."""
    assert set(client.get_info()["info"]) == {"version"}

    assert client.create_volume_type(TYPE, "ssd") is True
    assert client.get_volume_types() == [{"volume_type_id": TYPE, "volume_type_name": "ssd"}]
    assert client.get_volume_type(TYPE) == {"volume_type_id": TYPE, "volume_type_name": "ssd"}

    image = {"distro": "debian", "version": "12", "type": "linux"}
    assert client.create_instance(PROJECT, INSTANCE, "web1", "small", ODD, image) is True
    assert client.resize_instance(INSTANCE, "large", hour(12)) is True
    updated = client.update_instance_entity(INSTANCE, name="web2", flavor="huge", start_date=hour(13))
    assert (updated["name"], updated["flavor"], updated["start"]) == ("web2", "huge", "2024-03-01 13:00:00+00:00")

    assert client.create_volume(PROJECT, VOLUME, TYPE, "data1", 5, start=ROUND) is True
    assert client.attach_volume(VOLUME, [INSTANCE], hour(11)) is True
    assert client.resize_volume(VOLUME, "7", hour(12)) is True
    assert client.detach_volume(VOLUME, None, hour(13)) is True

    assert [(each["start"][11:26], each["flavor"]) for each in client.get_instances(PROJECT, hour(0), hour(23))] == [
        ("10:00:00.123456", "small"),
        ("13:00:00+00:00", "huge"),
    ]
    volumes = client.get_volumes(PROJECT, hour(0), hour(23))
    assert [(each["volume_type"], each["size"], each["attached_to"]) for each in volumes] == [
        ("ssd", 5, []),
        ("ssd", 5, [INSTANCE]),
        ("ssd", 7, [INSTANCE]),
        ("ssd", 7, []),
    ]
    assert len(client.get_tenant_entities(PROJECT, hour(0))) == 6
    assert len(client.get_tenant_entities(PROJECT, hour(0), hour(12))) == 4

    assert client.delete_instance(INSTANCE, hour(20)) is True
    assert client.delete_volume(VOLUME, hour(20)) is True
    assert client.delete_volume_type(TYPE) is True
    assert [each["end"] for each in client.get_entity(INSTANCE)] == [
        "2024-03-01 12:00:00+00:00",
        "2024-03-01 20:00:00+00:00",
    ]
    assert client.get_entity(VOLUME)[-1]["end"] == "2024-03-01 20:00:00+00:00"
    assert client.get_info()["database"] == {"all_entities": 6, "active_entities": 0}


def test_dates_that_are_left_out_are_now(client: Client) -> None:
    client.create_volume(PROJECT, "volume-2", None, "data2", 1)
    client.resize_volume("volume-2", 2)
    client.attach_volume("volume-2", [INSTANCE])
    client.delete_volume("volume-2")

    entries = client.get_entity("volume-2")

    assert entries[0]["size"] == 1
    assert all(entry["start"] <= entry["end"] for entry in entries)
    assert entries[0]["start"][:4] == str(datetime.now(UTC).year)


def test_an_error_has_its_words(client: Client, url: str) -> None:
    with pytest.raises(HTTPError, match=r"InstanceId: none Not Found \(404\)"):
        client.delete_instance("none")
    with pytest.raises(HTTPError, match=r"Entity none not found \(404\)"):
        client.get_entity("none")
    with pytest.raises(HTTPError, match=r"^Unauthorized|HTTP Error \(401\)"):
        Client(url, token="wrong").get_volume_types()


@pytest.mark.parametrize("path", ["/v1/info", "/info", "/v1/volume_types", "/v1/entity/none", "/v1/project/p/volumes"])
def test_no_answer_comes_in_pieces_or_from_elsewhere(url: str, path: str) -> None:
    query = {"start": "2024-01-01 00:00:00.0"}

    answer = requests.get(url + path, params=query, headers={"X-Auth-Token": KEY}, allow_redirects=False, timeout=10)

    assert answer.status_code in (200, 404)
    assert int(answer.headers["Content-Length"]) == len(answer.content) > 0
    assert "Transfer-Encoding" not in answer.headers


def test_writes_at_once_leave_one_open_entry(url: str) -> None:
    """Eight clients create the same instance and change it at the same time."""
    from concurrent.futures import ThreadPoolExecutor

    def write(number: int) -> None:
        client = Client(url, token=KEY)
        client.create_instance(PROJECT, "instance-3", "web3", "small", ROUND)
        client.resize_instance("instance-3", f"flavor{number}", hour(11 + number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    entries = Client(url, token=KEY).get_entity("instance-3")
    assert [entry["flavor"] for entry in entries] == ["small", *(f"flavor{number}" for number in range(8))]
    assert [entry["end"] is None for entry in entries] == [False] * 8 + [True]
