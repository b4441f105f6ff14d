"""Whatever a client sends, it is an answer that the contract knows, and never an error of ours."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.almanach.day import INSTANCE, VOLUME, Day, iso
from tests.api.almanach.test_contract import ROUTES

KEYS = (
    "id", "created_at", "name", "flavor", "os_distro", "os_version", "os_type", "date", "rebuild_date", "distro",
    "version", "volume_id", "start", "end", "volume_type", "size", "volume_name", "attached_to", "attachments", "os",
    "metadata", "start_date", "end_date", "type_id", "type_name",
)  # fmt: skip
WORDS = st.sampled_from(
    [INSTANCE, VOLUME, iso("02 10:00"), "0000-00-00", "12:00", "a\0b", "\ud800", "", "5", "x" * 300]
)
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | WORDS
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=2))
WHOLE = {key: iso("01 10:00") for key in ("created_at", "date", "rebuild_date", "start")} | dict.fromkeys(
    KEYS[2:7], "a"
)
WHOLE |= {"id": INSTANCE, "volume_id": VOLUME, "size": 1, "volume_type": None, "attached_to": [], "attachments": []}
WHOLE |= {"distro": "a", "version": "b", "volume_name": "n", "type_id": "t", "type_name": "n"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([route for route in ROUTES if route[0] != "HEAD"]),
    st.dictionaries(st.sampled_from(KEYS), values, max_size=4),
    st.sets(st.sampled_from(KEYS), max_size=1),
    st.dictionaries(st.sampled_from(["start", "end", "limit", "marker"]), st.text(max_size=25) | WORDS, max_size=3),
)
def test_nothing_that_is_sent_breaks_anything(
    day: Day, route: tuple[str, str], odd: dict[str, Any], missing: set[str], query: dict[str, str]
) -> None:
    method, path = route
    sent = {key: value for key, value in {**WHOLE, **odd}.items() if key not in missing}
    if path.startswith("/entity/instance"):
        sent = odd
    query = {key: value for key, value in query.items() if value.isprintable()}

    answer = day(method, f"/v1{path}", data=json.dumps(sent), query_string=query)

    assert answer.status_code in (200, 201, 202, 400, 404), answer.text
    if answer.status_code >= 400:
        assert set(answer.json) == {"error"}
    for entity in (INSTANCE, VOLUME):
        ends = [each["end"] for each in day("GET", f"/v1/entity/{entity}").json if isinstance(each, dict)]
        assert ends.count(None) <= 1
