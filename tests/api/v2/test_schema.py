"""Schemathesis asks what nobody thought of: no answer may be a failure of ours, or another than the document says.

.venv/bin/pytest tests/api/v2/test_schema.py --examples 100      as many for each route
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.asking import KEY, Asking
from tests.api.v2.neighbours import KINDS, Neighbour
from tests.reports.warehouse import Warehouse, at
from tests.servers.keystone import Keystone

PRICES = Path(__file__).parents[3] / "contrib/price-list.toml"
_CHECKS = (
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@pytest.fixture
def ask(store: str, warehouse: Warehouse, asking: Callable[..., Asking], keystone_file: Callable[..., Path]) -> Asking:
    """Return an API with two projects in it, a price list, and a keystone to ask."""
    Neighbour("1e" * 16, "zebra", "zebra-domain").move_in(warehouse)
    warehouse.read_until(at("10-04 00:00"))
    warehouse.added_up_to(at("10-02 00:00").date(), *KINDS)
    return asking(store, strategy=("private_key", "keystone"), files=(keystone_file(),), prices=PRICES)


@pytest.mark.parametrize("who", ["private key", "member", "nobody"])
def test_no_question_gets_an_answer_that_the_document_does_not_know(
    who: str, ask: Asking, warehouse: Warehouse, keystone: Keystone, request: pytest.FixtureRequest
) -> None:
    token = {"private key": lambda: KEY, "member": lambda: _member(keystone, warehouse), "nobody": lambda: ""}[who]()
    headers = {"X-Auth-Token": token} if token else {}
    schema = schemathesis.openapi.from_wsgi("/openapi.json", ask.app)
    routes = [each.ok() for each in schema.include(path_regex="^/v2/").get_all_operations()]
    examples = int(request.config.getoption("--examples"))

    for route in routes:

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=st.one_of(route.as_strategy(), route.as_strategy(generation_mode=GenerationMode.NEGATIVE)))
        def ask_it(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=headers, checks=list(_CHECKS))

        ask_it()


def _member(keystone: Keystone, warehouse: Warehouse) -> str:
    project = keystone.project()
    Neighbour(project, "okapi", "okapi-domain").move_in(warehouse)
    return keystone.token_with("member", project=project)
