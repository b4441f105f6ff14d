"""What the app answers, in the shapes that it has for errors: another one for nearly every endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Problems = Mapping[str, Sequence[str]]


class Answer(NamedTuple):
    """An answer: JSON unless the body is text."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}


class Refused(Exception):
    """What is answered instead of doing what was asked."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.answer = Answer(status, body, headers or {})


def not_found() -> Refused:
    """No object has that id."""
    return Refused(404, {"errors": {"record": ["Not found"]}})


def no_route() -> Refused:
    """Nothing is at that path, or not for that verb."""
    return Refused(404, {"status": 404, "error": "Not Found"})


def unwrapped(key: str) -> Refused:
    """The body lacks the key that everything has to be in."""
    return Refused(400, {"status": 400, "error": f"param is missing or the value is empty: {key}"})


def invalid(problems: Problems) -> Refused:
    """A rack, template, team or user is not valid."""
    return Refused(422, {field: list(texts) for field, texts in problems.items()})


def invalid_node(problems: Problems) -> Refused:
    """A device that is to be made is not valid."""
    return Refused(422, {field: [{"error": text} for text in texts] for field, texts in problems.items()})


def invalid_device(problems: Problems) -> Refused:
    """A device that is to be changed is not valid."""
    return Refused(422, {"errors": {field: list(texts) for field, texts in problems.items()}})


def unprocessable(text: str) -> Refused:
    """Something that is in use."""
    return Refused(422, {"errors": text})


def broken(title: str, text: str) -> Refused:
    """What the app did not expect; mistakes of the client among it."""
    return Refused(500, {"errors": [{"status": "500", "title": title, "description": text}]})
