"""What the established clients meet, case by case."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.api.almanach.day import INSTANCE, OTHER_SERVER, PROJECT, SERVER, VOLUME, Day, iso
from tests.api.asking import Asking

ROUTES = [
    ("POST", f"/project/{PROJECT}/instance"),
    ("DELETE", f"/instance/{INSTANCE}"),
    ("PUT", f"/instance/{INSTANCE}/resize"),
    ("PUT", f"/instance/{INSTANCE}/rebuild"),
    ("GET", f"/project/{PROJECT}/instances"),
    ("POST", f"/project/{PROJECT}/volume"),
    ("DELETE", f"/volume/{VOLUME}"),
    ("PUT", f"/volume/{VOLUME}/resize"),
    ("PUT", f"/volume/{VOLUME}/attach"),
    ("PUT", f"/volume/{VOLUME}/detach"),
    ("GET", f"/project/{PROJECT}/volumes"),
    ("GET", f"/project/{PROJECT}/entities"),
    ("PUT", f"/entity/instance/{INSTANCE}"),
    ("HEAD", f"/entity/{INSTANCE}"),
    ("GET", f"/entity/{INSTANCE}"),
    ("GET", "/volume_types"),
    ("GET", "/volume_type/t1"),
    ("POST", "/volume_type"),
    ("DELETE", "/volume_type/t1"),
]


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_info_needs_no_token_and_counts_entries(day: Day, prefix: str) -> None:
    day.instance()
    day.good("PUT", f"/v1/instance/{INSTANCE}/resize", 200, date=iso("02 10:00"), flavor="large")
    day.volume()

    answer = day("GET", f"{prefix}/info", token=None)

    assert answer.status_code == 200
    assert answer.json["database"] == {"all_entities": 3, "active_entities": 2}
    assert set(answer.json["info"]) == {"version"}


@pytest.mark.parametrize("prefix", ["", "/v1"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_other_route_needs_a_token(day: Day, prefix: str, method: str, path: str) -> None:
    day.instance()

    for token in (None, "wrong"):
        answer = day(method, prefix + path, token=token, json={"date": iso("03 10:00"), "flavor": "x"})

        assert answer.status_code == 401
        assert answer.mimetype == "text/plain"
        assert answer.text == ("" if method == "HEAD" else "Unauthorized")
    assert day.entries(INSTANCE, "flavor") == [("01 10:00", None, "small")]


def test_an_instance_is_listed_as_it_was_created(day: Day) -> None:
    day.instance()

    answer = day("GET", f"/v1/project/{PROJECT}/entities", query_string={"start": "2024-01-01 00:00:00.0"})

    [entry] = answer.json
    assert entry.pop("processed").endswith("+00:00")
    image = {"distro": "debian", "version": "12", "os_type": "linux"}
    assert entry == {
        "entity_id": INSTANCE,
        "entity_type": "instance",
        "project_id": PROJECT,
        "start": "2024-03-01 10:00:00+00:00",
        "end": None,
        "last_event": "2024-03-01 10:00:00+00:00",
        "name": "web1",
        "flavor": "small",
        "metadata": {},
        "image_meta": image,
        "os": image,
    }


def test_a_fraction_of_a_second_is_kept(day: Day) -> None:
    day.instance(created_at="2024-03-01T10:00:00.123456Z")

    [entry] = day("GET", f"/v1/entity/{INSTANCE}").json

    assert entry["start"] == "2024-03-01 10:00:00.123456+00:00"


@pytest.mark.parametrize("sent", ["2024-03-01 10:00:00", "Fri, 01 Mar 2024 12:00:00 +0200", "2024-03-01T10:00:00Z"])
def test_bodies_have_dates_in_many_forms(day: Day, sent: str) -> None:
    day.instance(created_at=sent)

    assert day.entries(INSTANCE) == [("01 10:00", None)]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "said"),
    [
        ("POST", f"/v1/project/{PROJECT}/instance", {"os_distro": ...}, 400, "'os_distro'"),
        ("POST", f"/v1/project/{PROJECT}/instance", {"created_at": "not_a_date"}, 400, "yyyy-mm-ddThh:mm:ss.msZ"),
        ("POST", f"/v1/project/{PROJECT}/instance", {"created_at": 5}, 400, "Invalid parameter or payload"),
        ("POST", f"/v1/project/{PROJECT}/instance", {"name": "a\0b"}, 400, "Invalid parameter or payload"),
        ("POST", f"/v1/project/{PROJECT}/instance", {"name": "\ud800"}, 400, "Invalid parameter or payload"),
        ("POST", f"/v1/project/{PROJECT}/instance", {"id": "x" * 37}, 400, "Invalid parameter or payload"),
        ("POST", f"/v1/project/{'p' * 65}/instance", {}, 400, "Invalid parameter or payload"),
        ("DELETE", f"/v1/instance/{INSTANCE}", {}, 400, "'date'"),
        ("DELETE", "/v1/instance/none", {"date": iso("02 10:00")}, 404, "InstanceId: none Not Found"),
        ("PUT", f"/v1/instance/{INSTANCE}/rebuild", {"rebuild_date": iso("02 10:00")}, 400, "'distro'"),
        ("PUT", "/v1/volume/none/resize", {"date": iso("02 10:00"), "size": 1}, 404, "Entity none not found"),
        ("PUT", "/v1/volume/none/resize", {"date": iso("02 10:00"), "size": "many"}, 400, "Invalid parameter"),
        ("PUT", "/v1/volume/none/attach", {"date": iso("02 10:00"), "attachments": "i1"}, 400, "Invalid parameter"),
        ("PUT", "/v1/entity/instance/none", {"name": "x"}, 404, "Entity none not found"),
        ("GET", "/v1/entity/none", None, 404, "Entity none not found"),
        ("GET", "/v1/entity/no%00ne", None, 404, "Not Found"),
        ("GET", "/v1/volume_type/none", None, 404, "none"),
        ("DELETE", "/v1/volume_type/none", None, 404, "none"),
    ],
)
def test_what_is_wrong_is_said(
    day: Day, method: str, path: str, sent: dict[str, object] | None, status: int, said: str
) -> None:
    whole = {"id": INSTANCE, "created_at": iso("01 10:00"), "name": "n", "flavor": "f"}
    whole |= {"os_distro": None, "os_version": None, "os_type": None}
    if method == "POST" and sent is not None:
        sent = {key: value for key, value in {**whole, **sent}.items() if value is not ...}

    answer = day(method, path, json=sent)

    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    assert said in answer.json["error"]


@pytest.mark.parametrize("data", [b"", b"no json", b"[]", b'{"date": NaN}', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(day: Day, data: bytes) -> None:
    answer = day("DELETE", f"/v1/instance/{INSTANCE}", data=data)

    assert (answer.status_code, answer.json) == (400, {"error": "Invalid parameter or payload"})


def test_a_body_is_json_whatever_it_says_but_no_form(day: Day) -> None:
    day.instance()
    data = json.dumps({"date": iso("02 10:00")})

    form = day("DELETE", f"/v1/instance/{INSTANCE}", data=data, content_type="application/x-www-form-urlencoded")
    text = day("DELETE", f"/v1/instance/{INSTANCE}", data=data, content_type="text/plain")

    assert (form.status_code, text.status_code) == (400, 202)


def test_a_deleted_instance_is_closed(day: Day) -> None:
    day.instance()

    answer = day.good("DELETE", f"/v1/instance/{INSTANCE}", 202, date=iso("02 10:00"))

    assert (answer.data, answer.headers["Content-Length"]) == (b"", "0")
    assert day.entries(INSTANCE, "last_event") == [("01 10:00", "02 10:00", "2024-03-02 10:00:00+00:00")]
    assert day("DELETE", f"/v1/instance/{INSTANCE}", json={"date": iso("03 10:00")}).status_code == 404


def test_another_flavor_or_image_begins_another_entry(day: Day) -> None:
    day.instance()

    for flavor in ("large", "large"):
        day.good("PUT", f"/v1/instance/{INSTANCE}/resize", 200, date=iso("02 10:00"), flavor=flavor)
    sent = {"rebuild_date": iso("03 10:00"), "distro": "ubuntu", "version": "24", "os_type": "linux"}
    day.good("PUT", f"/v1/instance/{INSTANCE}/rebuild", 200, **sent)

    assert [(*entry[:3], entry[3]["distro"]) for entry in day.entries(INSTANCE, "flavor", "os")] == [
        ("01 10:00", "02 10:00", "small", "debian"),
        ("02 10:00", "03 10:00", "large", "debian"),
        ("03 10:00", None, "large", "ubuntu"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("02 10:00", "03 10:00", 1),
        ("02 10:01", "03 10:00", 0),
        ("01 09:00", "01 10:00", 1),
        ("01 08:00", "01 09:59", 0),
    ],
)
def test_both_ends_of_a_span_belong_to_it(day: Day, start: str, end: str, count: int) -> None:
    day.instance()
    day.good("DELETE", f"/v1/instance/{INSTANCE}", 202, date=iso("02 10:00"))

    assert len(day.listed(start, end)) == len(day.listed(start, end, "instances")) == count
    assert day.listed(start, end, "volumes") == []


@pytest.mark.parametrize("query", [{}, {"start": "2024-03-01 10:00:00"}, {"start": "2024-03-01T10:00:00.0"}])
def test_a_list_needs_a_start_with_a_fraction(day: Day, query: dict[str, str]) -> None:
    answer = day("GET", f"/v1/project/{PROJECT}/instances", query_string=query)

    assert answer.status_code == 400
    assert ("'start'" if not query else "Invalid parameter or payload") in answer.json["error"]


def test_without_an_end_a_list_ends_now(day: Day) -> None:
    day.instance()
    day.instance(id=OTHER_SERVER, created_at=f"{datetime.now(UTC).year + 1}-01-02T00:00:00.0Z")

    answer = day("GET", f"/v1/project/{PROJECT}/instances", query_string={"start": "2024-01-01 00:00:00.0"})

    assert [entry["entity_id"] for entry in answer.json] == [INSTANCE]


def test_unknown_projects_have_nothing_and_unknown_resources_are_not_found(day: Day) -> None:
    assert day.listed("01 10:00", "02 10:00", project="unknown") == []
    head = day("HEAD", "/v1/entity/unknown")
    assert (head.status_code, head.data) == (404, b"")

    day.instance()

    head = day("HEAD", f"/v1/entity/{INSTANCE}")
    assert (head.status_code, head.data) == (200, b"")


def test_a_volume_has_the_name_of_its_type(day: Day) -> None:
    sent = {"volume_id": VOLUME, "start": iso("01 10:00"), "volume_type": "t1", "size": 1, "volume_name": "n"}
    unknown = day("POST", f"/v1/project/{PROJECT}/volume", json={**sent, "attached_to": []})
    assert (unknown.status_code, "t1" in unknown.json["error"]) == (404, True)

    day.good("POST", "/v1/volume_type", 201, type_id="t1", type_name="ssd")
    day.volume(volume_type="t1")

    assert day.entries(VOLUME, "volume_type", "size") == [("01 10:00", None, "ssd", 1)]


def test_texts_and_nothing_are_as_good_as_numbers_and_lists(day: Day) -> None:
    day.volume(size="5", attached_to="")
    assert day.entries(VOLUME, "size", "attached_to", "volume_type") == [("01 10:00", None, 5, [], None)]

    day.good("PUT", f"/v1/volume/{VOLUME}/resize", 200, date=iso("02 10:00"), size="7")
    answer = day("PUT", f"/v1/volume/{VOLUME}/attach", json={"date": iso("02 11:00"), "attachments": None})

    assert answer.status_code == 200
    assert day.entries(VOLUME, "size", "attached_to") == [
        ("01 10:00", "02 10:00", 5, []),
        ("02 10:00", None, 7, []),
    ]


def test_attaching_later_begins_an_entry_and_attaching_soon_does_not(day: Day) -> None:
    day.volume()
    day.attach("01 10:00:59", SERVER)
    assert day.entries(VOLUME, "attached_to") == [("01 10:00", None, [SERVER])]
    day.attach("01 11:00", how="detach")

    day.attach("01 11:40", SERVER)
    day.attach("01 12:00", SERVER, OTHER_SERVER)

    assert day.entries(VOLUME, "attached_to") == [
        ("01 10:00", "01 11:00", [SERVER]),
        ("01 11:00", "01 11:40", []),
        ("01 11:40", None, [SERVER, OTHER_SERVER]),
    ]


def test_detaching_the_last_one_begins_an_entry(day: Day) -> None:
    day.volume(attached_to=[SERVER, OTHER_SERVER])

    day.attach("01 11:00", SERVER, how="detach")
    assert day.entries(VOLUME, "attached_to") == [("01 10:00", None, [SERVER])]
    day.attach("01 12:00", how="detach")

    assert day.entries(VOLUME, "attached_to") == [("01 10:00", "01 12:00", [SERVER]), ("01 12:00", None, [])]


def test_the_tail_of_a_volume_that_is_deleted_at_once_goes(day: Day) -> None:
    day.volume(attached_to=[SERVER])
    day.attach("01 12:00", how="detach")

    day.good("DELETE", f"/v1/volume/{VOLUME}", 202, date=iso("01 12:00:30"))

    assert day.entries(VOLUME) == [("01 10:00", "01 12:00")]
    assert day("DELETE", f"/v1/volume/{VOLUME}", json={"date": iso("01 13:00")}).status_code == 404


def test_the_only_entry_of_a_volume_is_closed(day: Day) -> None:
    day.volume()

    day.good("DELETE", f"/v1/volume/{VOLUME}", 202, date=iso("01 10:00:30"))

    assert day.entries(VOLUME) == [("01 10:00", "01 10:00:30")]


def test_the_open_entry_is_put_right(day: Day) -> None:
    day.instance()
    sent = {"start_date": "2024-03-01T18:30:00.00Z", "flavor": "large", "name": ""}

    wrong = day("PUT", f"/v1/entity/instance/{INSTANCE}", json={"start": "2024-03-01T18:30:00.00Z", "name": 5})
    right = day("PUT", f"/v1/entity/instance/{INSTANCE}", json=sent)

    assert (wrong.status_code, wrong.json) == (
        400,
        {"error": {"start": "extra keys not allowed", "name": "expected str"}},
    )
    assert (right.status_code, right.json["start"], right.json["flavor"], right.json["name"]) == (
        200,
        "2024-03-01 18:30:00+00:00",
        "large",
        "web1",
    )
    assert day.entries(INSTANCE, "flavor") == [("01 18:30", None, "large")]


def test_what_is_put_right_of_the_image_and_the_metadata_is_kept(day: Day) -> None:
    day.instance()
    image = {"distro": "ubuntu", "version": "24", "os_type": "linux"}

    day.good("PUT", f"/entity/instance/{INSTANCE}", 200, os=image, metadata={"stage": ["test", 1]})

    assert day.entries(INSTANCE, "image_meta", "os", "metadata") == [
        ("01 10:00", None, image, image, {"stage": ["test", 1]})
    ]


@pytest.mark.parametrize(
    ("sent", "key", "reason"),
    [
        ({"os": {"distro": "a", "version": "b"}}, "os", "required key not provided"),
        ({"os": "debian"}, "os", "expected a dictionary"),
        ({"metadata": []}, "metadata", "expected dict"),
        ({"end_date": "2024-03-01"}, "end_date", "value does not match expected format %Y-%m-%dT%H:%M:%S.%fZ"),
    ],
)
def test_each_wrong_key_of_a_correction_has_its_reason(day: Day, sent: object, key: str, reason: str) -> None:
    answer = day("PUT", f"/v1/entity/instance/{INSTANCE}", json=sent)

    assert (answer.status_code, answer.json) == (400, {"error": {key: reason}})


def test_of_closed_entries_only_one_can_be_put_right(day: Day) -> None:
    day.instance()
    day.good("PUT", f"/v1/instance/{INSTANCE}/resize", 200, date=iso("02 10:00"), flavor="large")
    day.good("DELETE", f"/v1/instance/{INSTANCE}", 202, date=iso("03 10:00"))

    def put(since: str, until: str, **sent: object) -> tuple[int, object]:
        query = {"start": f"2024-03-{since}:00.0", "end": f"2024-03-{until}:00.0"}
        answer = day("PUT", f"/v1/entity/instance/{INSTANCE}", query_string=query, json=sent)
        return answer.status_code, answer.json.get("flavor")

    assert put("01 00:00", "02 12:00", flavor="tiny", unknown=1) == (200, "tiny")
    assert put("01 00:00", "04 00:00", flavor="tiny") == (400, None)
    assert put("03 12:00", "04 00:00", flavor="tiny") == (404, None)
    assert put("01 00:00", "02 12:00") == (400, None)
    assert put("01 00:00", "02 12:00", start="2024-03-01T00:00:00.0Z", flavor="x") == (400, None)
    assert put("01 00:00", "02 12:00", end_date=iso("02 18:00")) == (400, None)
    assert day.entries(INSTANCE, "flavor") == [("01 10:00", "02 10:00", "tiny"), ("02 10:00", "03 10:00", "large")]


def test_volume_types_come_and_go(day: Day) -> None:
    day.good("POST", "/v1/volume_type", 201, type_id="t1", type_name="ssd")
    day.good("POST", "/v1/volume_type", 201, type_id="t1", type_name="nvme")

    assert day("GET", "/v1/volume_types").json == [{"volume_type_id": "t1", "volume_type_name": "nvme"}]
    assert day("GET", "/v1/volume_type/t1").json == {"volume_type_id": "t1", "volume_type_name": "nvme"}
    assert day("DELETE", "/v1/volume_type/t1").status_code == 202
    assert day("GET", "/v1/volume_type/t1").status_code == 404
    assert day("DELETE", "/v1/volume_type/t1").status_code == 404


def test_a_body_that_is_too_long_is_refused(store: str, asking: Callable[..., Asking]) -> None:
    day = Day(asking(store, max_body=1024))

    answer = day("DELETE", f"/v1/instance/{INSTANCE}", json={"date": "x" * 2000})

    assert (answer.status_code, answer.json) == (413, {"error": "Content Too Large"})


@pytest.mark.parametrize("size", [True, -1, 1.5, None, 2**31, "1e3", "x" * 5000])
def test_an_impossible_size_is_refused(day: Day, size: object) -> None:
    answer = day("PUT", f"/v1/volume/{VOLUME}/resize", json={"date": iso("01 10:00"), "size": size})

    assert answer.status_code == 400


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1" * 65, "99999999999999999999"])
def test_an_impossible_date_is_refused(day: Day, date: str) -> None:
    answer = day("DELETE", f"/v1/instance/{INSTANCE}", json={"date": date})

    assert answer.status_code == 400
    assert "yyyy-mm-ddThh:mm:ss.msZ" in answer.json["error"]


def test_a_day_is_the_same_on_every_database(day_on_each: Day) -> None:
    day = day_on_each
    day.instance(created_at="2024-03-01T10:00:00.123456Z")
    day.good("PUT", f"/v1/instance/{INSTANCE}/resize", 200, date=iso("02 10:00"), flavor="large")
    day.good("POST", "/v1/volume_type", 201, type_id="t1", type_name="ssd")
    day.volume(volume_type="t1")
    day.attach("01 12:00", SERVER)

    resized = [("01 10:00:00.123456", "02 10:00"), ("02 10:00", None)]
    attached = [("01 10:00", "01 12:00", [], "ssd"), ("01 12:00", None, [SERVER], "ssd")]
    assert day.entries(INSTANCE) == resized
    assert day.entries(VOLUME, "attached_to", "volume_type") == attached
    assert day.listed("02 10:00", "02 11:00") == [resized[0], attached[1][:2], resized[1]]
    assert day("GET", "/info", token=None).json["database"] == {"all_entities": 4, "active_entities": 2}
    assert day("GET", "/v1/entity/no%00ne").status_code == 404
    assert (
        day("PUT", f"/v1/instance/{INSTANCE}/resize", json={"date": iso("02 10:00"), "flavor": "\0"}).status_code == 400
    )
