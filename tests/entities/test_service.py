from tests.entities.followed import Followed


def test_a_service_says_who_switched_it_off_and_why(followed: Followed) -> None:
    followed.insert(
        "nova_cell1",
        "services",
        id=7,
        uuid="s7",
        host="cn1",
        binary="nova-compute",
        topic="compute",
        disabled=1,
        disabled_reason="disk",
        forced_down=1,
        version=61,
        last_seen_up="2024-05-01 10:00:00",
        created_at="2024-01-01 10:00:00",
        deleted=0,
    )

    service = followed.one("service", id=7)

    assert service["host"] == "cn1"
    assert service["binary"] == "nova-compute"
    assert (service["disabled"], service["disabled_reason"], service["forced_down"]) == (1, "disk", 1)
    assert service["last_seen_up"] == "2024-05-01 10:00:00"
    assert (service["created"], service["deleted"], service["active"]) == ("2024-01-01 10:00:00", None, 1)


def test_a_soft_deleted_service_says_when_it_ended(followed: Followed) -> None:
    followed.insert("nova_cell1", "services", id=7, host="cn1", deleted=7, deleted_at="2024-06-01 10:00:00")

    service = followed.one("service", id=7)

    assert (service["active"], service["deleted"]) == (0, "2024-06-01 10:00:00")


def test_what_a_service_leaves_open_is_taken_as_nova_takes_it(followed: Followed) -> None:
    followed.insert("nova_cell1", "services", id=7, uuid=None, disabled=None, forced_down=None, deleted=None)

    service = followed.one("service", id=7)

    assert (service["uuid"], service["disabled"], service["forced_down"], service["active"]) == (None, 0, 0, 1)


def test_services_of_two_cells_may_have_the_same_number(followed: Followed) -> None:
    followed.insert("nova_cell0", "services", id=7, host="a", deleted=0)
    followed.insert("nova_cell1", "services", id=7, host="b", deleted=0)

    assert [(row["cell_name"], row["host"]) for row in followed.read("service")] == [("cell0", "a"), ("cell1", "b")]


def test_a_service_that_was_archived_keeps_the_date_of_its_deletion(followed: Followed) -> None:
    followed.insert("nova_cell1", "services", id=7, host="cn1", deleted=7, deleted_at="2024-06-01 10:00:00")
    followed.read("service")

    followed.execute("nova_cell1", "DELETE FROM services")

    service = followed.one("service", id=7)
    assert (service["active"], service["deleted"]) == (False, "2024-06-01 10:00:00")
