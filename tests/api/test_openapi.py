"""The OpenAPI document is valid, and says of every route what it is."""

from __future__ import annotations

import re

from openapi_spec_validator import OpenAPIV31SpecValidator

from reporting_pollster.api.openapi import path_of
from tests.api.asking import Asking

_FRAMEWORKS_OWN = {"HEAD", "OPTIONS"}


def test_the_document_is_valid_and_needs_no_token(ask: Asking) -> None:
    answer = ask("/openapi.json", token=None)

    assert answer.status_code == 200
    OpenAPIV31SpecValidator(answer.json).validate()


def test_the_document_has_every_route_and_no_other(ask: Asking) -> None:
    document = ask("/openapi.json").json
    hidden = {
        (method, re.sub(r"<(?:[^<>]*:)?([^<>:]+)>", r"{\1}", rule.rule))
        for rule in ask.app.url_map.iter_rules()
        for method in (rule.methods or set()) - _FRAMEWORKS_OWN
    }
    routes = ask.app.extensions["reporting_pollster.routes"].values()

    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}

    assert told == {(route.method, path_of(route)) for route in routes if route.documented and route.method != "HEAD"}
    assert hidden >= told
    assert hidden - told <= {(route.method, path_of(route)) for route in routes if not route.documented}


def test_what_a_reader_needs_is_said(ask: Asking) -> None:
    document = ask("/openapi.json").json

    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert len(operation["summary"]) > 10, path
            assert all(len(each["description"]) > 2 for each in operation["parameters"]), path
            names = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert names == set(re.findall(r"{(\w+)}", path))
    identifiers = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(identifiers) == len(set(identifiers))
