"""Names that Concertim accepts, and that stay as they are.

Concertim wants few characters, and a name only once within a rack or a team. Whoever has a name keeps it, whatever
comes later: a name that depended on the others would change when they do, and be sent again and again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

DEVICE_LENGTH = 150
RACK_LENGTH = 150  # of 255 that fit
TEMPLATE_LENGTH = 200
RESERVED_TEMPLATES = frozenset({"rack", "network", "volume"})
_SHORT = 8


def device_name(text: str | None, otherwise: str) -> str:
    """A name in characters that every version of Concertim accepts for devices."""
    return _plain(text, r"[^A-Za-z0-9-]+", otherwise)[:DEVICE_LENGTH]


def rack_name(text: str | None, otherwise: str) -> str:
    """A name in characters that racks may have."""
    return _plain(text, r"[^A-Za-z0-9_-]+", otherwise)[:RACK_LENGTH]


def template_name(text: str | None, otherwise: str) -> str:
    """A name for a template, which may have any characters."""
    return ((text or "").strip() or otherwise)[:TEMPLATE_LENGTH]


def settled(base: str, ident: str, current: str | None, taken: Container[str], limit: int) -> str:
    """The name that an object gets or keeps: `base`, or with the beginning of its id when another has that name."""
    variants = (base, _suffixed(base, ident[:_SHORT], limit), _suffixed(base, ident, limit))
    if current in variants:
        return current
    return next((variant for variant in variants if variant not in taken), variants[-1])


def _plain(text: str | None, others: str, otherwise: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode()
    return re.sub(others, "-", ascii_only).strip("-") or otherwise


def _suffixed(base: str, suffix: str, limit: int) -> str:
    return f"{base[: limit - len(suffix) - 1]}-{suffix}"
