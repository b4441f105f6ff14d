"""Which organisation a project belongs to, by what the identity federation says of its people.

Identity providers neither agree on the attribute's name (organisation, homeOrganization, and one that spells it
orginisation) nor on its form (text, bytes, a list). Of the matching names the alphabetically last wins, because
`organisation` is a name where `homeOrganization` is a domain. Without any, the domain of the e-mail address serves.

The people asked are the project's managers, then its members, in the order of their user ids: the first who says
anything decides, so that the answer does not depend on the order of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Who is asked, in this order. Keystone compares role names without regard to case, and so do we.
ASKED = ("tenantmanager", "member")

_NAME_PARTS = ("organi", "orgini")
_NOT_A_NAME = "type"


def organisations(holders: Iterable[tuple[str, str, str]], attributes: Mapping[str, object]) -> dict[str, str]:
    """The organisation by project id, from (project id, user id, role name) of direct grants to users.

    `attributes` holds the federation's attributes by user id; projects without an answer are absent.
    """
    asked = sorted(
        (project_id, ASKED.index(role.casefold()), user_id)
        for project_id, user_id, role in holders
        if role.casefold() in ASKED and user_id in attributes
    )
    found: dict[str, str] = {}
    for project_id, _, user_id in asked:
        if project_id not in found:
            name = organisation(attributes[user_id])
            if name is not None:
                found[project_id] = name
    return found


def organisation(attributes: object) -> str | None:
    """The organisation of one user by the attribute dictionary, or None when it tells nothing or is none."""
    named = _by_name(attributes) if isinstance(attributes, Mapping) else {}
    names = sorted((name for name in named if _is_organisation(name)), key=lambda name: (name.casefold(), name))
    return (_first(named[names[-1]]) if names else None) or _mail_domain(named)


def _by_name(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """The attributes whose name is text; where Python 2 left bytes beside text of the same name, the text counts."""
    old = sorted(name for name in attributes if isinstance(name, bytes))
    new = [name for name in attributes if isinstance(name, str)]
    return {_text(name): attributes[name] for name in old} | {name: attributes[name] for name in new}


def _is_organisation(name: str) -> bool:
    folded = name.casefold()
    return any(part in folded for part in _NAME_PARTS) and _NOT_A_NAME not in folded


def _mail_domain(named: Mapping[str, Any]) -> str | None:
    mails = sorted(name for name in named if name.casefold() == "mail")
    address = _first(named[mails[-1]]) if mails else None
    at, domain = (address or "").split(";")[0].rpartition("@")[1:]
    return domain.strip() or None if at else None


def _first(value: object) -> str | None:
    """The text of an attribute; of several values the first that is not blank."""
    several = value if isinstance(value, list | tuple) else [value]
    texts = (_text(one).strip() for one in several if isinstance(one, str | bytes))
    return next(filter(None, texts), None)


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
