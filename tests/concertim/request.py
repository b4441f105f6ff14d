"""A request as the app sees it, and its parameters: what is not on a list is dropped silently, as rails does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from tests.concertim.answer import Refused, unwrapped
from tests.concertim.installation import User


class Request(NamedTuple):
    """A request whose path is known; `caller` is nobody at the daemon."""

    ids: tuple[str, ...]
    query: Mapping[str, str]
    body: bytes
    caller: User | None

    @property
    def by_root(self) -> bool:
        """Whether the caller may do all."""
        return self.caller is not None and self.caller.root

    def document(self) -> dict[str, Any]:
        """Return the JSON object of the body."""
        try:
            document = json.loads(self.body or b"{}")
        except ValueError:
            raise Refused(400, "<html>400 Bad Request</html>") from None
        return document if isinstance(document, dict) else {}

    def wrapped(self, key: str, *allowed: str) -> dict[str, Any]:
        """Return what is allowed of what is in the wrapper."""
        inner = self.document().get(key)
        if not isinstance(inner, dict) or not inner:
            raise unwrapped(key)
        return {name: value for name, value in inner.items() if name in allowed}


def blank(value: Any) -> bool:
    """Whether a value counts as missing."""
    return value is None or (isinstance(value, str) and not value.strip())


def whole(value: Any) -> int | None:
    """Return a number, which may also come as text; None when it is none."""
    if isinstance(value, bool):
        return None
    try:
        return int(str(value))
    except ValueError:
        return None


def amount(value: Any) -> Decimal | None:
    """Return an amount, which may also come as text; None when it is none."""
    if isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def too_long(value: Any, limit: int = 255) -> bool:
    """Whether a text does not fit."""
    return isinstance(value, str) and len(value) > limit
