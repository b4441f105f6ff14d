"""What a client sends: bodies and dates, checked before anything is done with them.

A body is JSON whatever the client says that it is, but for forms, whose body the established server never saw.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from dateutil import parser
from flask import request

from reporting_pollster.domain.clean_columns import is_storable
from reporting_pollster.errors import WrongParameter

QUERY_DATE = "%Y-%m-%d %H:%M:%S.%f"
UPDATE_DATE = "%Y-%m-%dT%H:%M:%S.%fZ"
INVALID = "Invalid parameter or payload"
NO_DATE = "The date has an invalid format: it should be yyyy-mm-ddThh:mm:ss.msZ"
ID, NAME, PROJECT = 36, 255, 64
_LONGEST_DATE = 64
_LARGEST = 2**31 - 1
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_FIRST = datetime(1000, 1, 1)  # before which not every database has days


class Invalid(WrongParameter):
    """Several things are wrong with a body, each for a reason."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(INVALID)
        self.reasons = dict(reasons)


def body(*mandatory: str) -> dict[str, Any]:
    """The body, which has these keys."""
    sent = {} if request.mimetype in _FORMS else _json(request.get_data())
    for key in mandatory:
        if key not in sent:
            raise missing(key)
    return sent


def missing(key: str) -> WrongParameter:
    """The error that names what is mandatory."""
    return WrongParameter(f"The parameter '{key}' is mandatory")


def date_of(sent: Any) -> datetime:
    """A date in any form that is common, UTC unless it says otherwise."""
    if not isinstance(sent, str):
        raise WrongParameter(INVALID)
    try:
        if len(sent) > _LONGEST_DATE:
            raise ValueError("too long for a date")
        told = parser.parse(sent, default=datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
        return _usable(told.astimezone(UTC).replace(tzinfo=None))
    except (ValueError, OverflowError) as error:
        raise WrongParameter(NO_DATE) from error


def query_date(name: str) -> datetime | None:
    """A date of the query; None without one."""
    sent = request.args.get(name)
    if sent is None:
        return None
    try:
        return _usable(datetime.strptime(sent, QUERY_DATE))  # noqa: DTZ007 (UTC, as everything)
    except ValueError as error:
        raise WrongParameter(INVALID) from error


def update_date(sent: Any) -> datetime:
    """A date in the one form that updates take. Raises ValueError or TypeError."""
    return _usable(datetime.strptime(sent, UPDATE_DATE))  # noqa: DTZ007 (UTC, as everything)


def text_of(sent: Any, longest: int = NAME) -> str | None:
    """A text; a number is as good as its digits."""
    if sent is None:
        return None
    if isinstance(sent, int | float) and not isinstance(sent, bool):
        sent = str(sent)
    if not isinstance(sent, str) or not is_storable(sent):
        raise WrongParameter(INVALID)
    if len(sent) > longest:
        raise WrongParameter(f"{INVALID}: a text is longer than {longest} characters")
    return sent


def id_of(sent: Any, longest: int = ID) -> str:
    """A text that names something."""
    found = text_of(sent, longest)
    if not found:
        raise WrongParameter(INVALID)
    return found


def size_of(sent: Any) -> int:
    """A whole number of GB, which may come as text."""
    if isinstance(sent, bool) or (isinstance(sent, float) and not sent.is_integer()):
        raise WrongParameter(INVALID)
    try:
        size = int(sent)
    except (TypeError, ValueError, OverflowError) as error:
        raise WrongParameter(INVALID) from error
    if not 0 <= size <= _LARGEST:
        raise WrongParameter(INVALID)
    return size


def ids_of(sent: Any) -> Sequence[str]:
    """A list of ids; nothing at all, and an empty text, are an empty one."""
    if sent is None or sent == "":
        return ()
    if not isinstance(sent, list):
        raise WrongParameter(INVALID)
    return tuple(dict.fromkeys(id_of(each) for each in sent))


def document_of(sent: Any) -> Mapping[str, Any]:
    """An object of any content that can be kept."""
    if not isinstance(sent, dict) or not is_storable(json.dumps(sent, ensure_ascii=False)):
        raise WrongParameter(INVALID)
    return sent


def _json(data: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise WrongParameter(INVALID) from error
    if not isinstance(sent, dict):
        raise WrongParameter(INVALID)
    return sent


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _usable(at: datetime) -> datetime:
    if at < _FIRST or at > datetime.max - timedelta(days=1):  # noqa: DTZ901 (only compared)
        raise ValueError("beyond what is kept")
    return at
