"""What goes wrong with Concertim, by what it means for the work: try again, go on with the next object, or stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reporting_pollster.errors import PollsterError, Retriable

_LENGTH = 200


class ConcertimUnavailable(Retriable):
    """Concertim cannot be reached, or is too busy; it was tried several times."""


class AnswerLost(Retriable):
    """Something was to be made, and no answer came: it may be there or not."""


class ConcertimDenied(PollsterError):
    """Concertim does not let us in, or not as whom we need to be."""


class ConcertimUnfamiliar(PollsterError):
    """What answers is not Concertim's API: a sign-in page, another server."""


class Refusal(PollsterError):
    """Concertim refused one object. `reasons` is what it said of each field; `base` is of the whole."""

    def __init__(self, request: str, status: int, reasons: Mapping[str, tuple[str, ...]]) -> None:
        said = "; ".join(f"{field}: {', '.join(texts)}" for field, texts in reasons.items())
        super().__init__(f"Concertim refused {request}: {said or 'it gave no reason'}", status=status)
        self.status, self.reasons = status, reasons

    def says(self, *words: str) -> bool:
        """Whether one of the words is among what it said."""
        return any(word in text for texts in self.reasons.values() for text in texts for word in words)


def reasons(body: Any) -> dict[str, tuple[str, ...]]:
    """What an answer says of each field, whichever of its many shapes it has."""
    if not isinstance(body, dict):
        return {}
    found = body.get("errors", body.get("error", body))
    if isinstance(found, str):
        return {"base": (found[:_LENGTH],)}
    if isinstance(found, list):
        return {"base": tuple(_text(one) for one in found)}
    if not isinstance(found, dict):
        return {}
    return {str(field): _texts(said) for field, said in found.items()}


def _texts(said: Any) -> tuple[str, ...]:
    return tuple(_text(one) for one in said) if isinstance(said, list) else (_text(said),)


def _text(one: Any) -> str:
    if isinstance(one, dict):  # {"error": …} of a node, {"title": …, "description": …} of what the app did not expect
        one = " ".join(str(one[key]) for key in ("error", "title", "description", "detail", "source") if one.get(key))
    return str(one)[:_LENGTH]
