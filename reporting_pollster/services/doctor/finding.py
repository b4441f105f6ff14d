"""What was looked at, what was found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reporting_pollster.config.url import mask_text
from reporting_pollster.errors import PollsterError

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """One line of the report. A problem keeps rows from being right or complete; a warning may come to that."""

    level: Level
    subject: str
    check: str
    text: str
    next_step: str | None = None


def ok(subject: str, check: str, text: str) -> Finding:
    return Finding("ok", subject, check, mask_text(text))


def warning(subject: str, check: str, text: str, next_step: str) -> Finding:
    return Finding("warning", subject, check, mask_text(text), next_step)


def problem(subject: str, check: str, text: str, next_step: str | None) -> Finding:
    return Finding("problem", subject, check, mask_text(text), next_step and mask_text(next_step))


def failure(subject: str, check: str, error: PollsterError) -> Finding:
    """A problem that some part of the pollster ran into."""
    facts = ", ".join(f"{name}={value}" for name, value in error.facts.items() if value is not None)
    return problem(subject, check, f"{error.message} ({facts})" if facts else error.message, error.hint)


def listed(names: list[str], most: int = 8) -> str:
    """Some names in a sentence, not all of very many."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
