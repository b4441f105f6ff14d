"""Images in use."""

from __future__ import annotations

from tests.reports.warehouse import Warehouse, at


def test_images_count_their_living_instances_also_when_glance_has_forgotten_them(warehouse: Warehouse) -> None:
    put = warehouse.put
    put(
        "image",
        {"id": "a", "name": "debian", "size": 3_000_000_000, "created": at("10-01 12:00"), "visibility": "public"},
    )
    put("image", {"id": "b", "name": "old", "active": False, "size": 5, "created": at("09-01 00:00")})
    put("image", {"id": "c", "name": "unused but there"})
    put("image", {"id": "d", "name": "unused and gone", "active": False})
    for number, image in enumerate(["a", "a", "b", "never read", "", None]):
        put("instance", {"id": f"i{number}", "image": image, "cell_name": "cell1"})
    put("instance", {"id": "gone", "image": "a", "cell_name": "cell1", "active": False})
    warehouse.read_until(at("10-11 11:59"))

    rows = warehouse.ask("images")

    assert [(row["image_id"], row["active"], row["instances"], row["age_days"]) for row in rows] == [
        ("a", True, 2, 9),
        ("b", False, 1, 40),
        ("never read", False, 1, None),
        ("c", True, 0, None),
    ]
    assert (rows[0]["size_bytes"], rows[0]["created"]) == (3_000_000_000, at("10-01 12:00"))
