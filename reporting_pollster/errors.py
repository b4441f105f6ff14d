"""One tree of errors, so that every failure reads the same: what happened, with what, and what to do next.

The command group turns any of these into one line and an exit status; services catch only what they can act on.
Facts are given by name and must never hold a password or a whole connection URL.
"""

from __future__ import annotations


class PollsterError(Exception):
    """Base of all errors that we raise ourselves.

    `exit_status` is what the command line returns; `hint` is the next step for the operator.
    """

    exit_status = 1

    def __init__(self, message: str, *, hint: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items() if value is not None)
        text = f"{self.message} ({facts})" if facts else self.message
        return f"{text}; {self.hint}" if self.hint else text


class Retriable(PollsterError):
    """A failure that passes by itself: the same work may be tried again as it is."""


class SettingsError(PollsterError):
    """A setting is missing or wrong."""

    exit_status = 2


class SourceUnavailable(Retriable):
    """A source database cannot be reached or stopped answering in the middle of a read."""


class SourceSchemaError(PollsterError):
    """A source lacks a table or column that we need: a missing GRANT, a half-run upgrade, or the wrong database."""


class SourceRefused(PollsterError):
    """The guard does not believe what a source says; nothing was written."""


class BrokerUnavailable(Retriable):
    """No message broker can be reached, or the connection broke off."""


class BrokerRefused(Retriable):
    """A message broker answers, but refuses us or what we ask for: somebody must act, here or there."""


class MetricsUnavailable(Retriable):
    """Gnocchi cannot be reached, or does not answer in time."""


class MetricsRefused(PollsterError):
    """Gnocchi answers, but not with what was asked for."""


class MetricsForbidden(PollsterError):
    """Gnocchi or keystone does not let us in: somebody must act, here or there."""


class StoreUnavailable(Retriable):
    """The reporting database cannot be reached or broke off."""


class StoreConflict(Retriable):
    """A deadlock, lock timeout or certification failure: the whole transaction may be repeated."""


class SchemaOutdated(PollsterError):
    """The reporting database's schema is not the one that this version needs."""


class SchemaRefused(PollsterError):
    """A database that is not ours to change, or a schema file that does not fit."""


class LeaseHeld(PollsterError):
    """Another process is the writer."""


class LeaseLost(PollsterError):
    """We were the writer, but no longer are: whatever we had in mind must not be committed."""


class UnknownName(PollsterError):
    """A table, report or other name that does not exist."""

    exit_status = 2


class BeyondReach(PollsterError):
    """Somebody asked for what is not theirs to see."""


class QueryTooLong(PollsterError):
    """A query took longer than whoever asks is granted."""


class WrongParameter(PollsterError):
    """Something was asked that makes no sense, or in a form that is not understood."""

    exit_status = 2
