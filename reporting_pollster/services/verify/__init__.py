"""Prove that the reporting database equals its sources, by another way than the one that filled it.

    a chunk of the source -> rows that we should hold -> checksum  \\
                                                                     equal, or a second look key by key
    our rows of the same range                        -> checksum  /

Syncing compares inside of the reporting database, set by set. Here each row is compared in this process, in one
canonical form and byte by byte, so that neither a collation nor a mistake in those statements can hide a difference.
Nothing is written and no lease is taken: a sync may go on meanwhile, so what differs is looked at again before it
counts.

What the source changed after our last read is no fault. Where a row has times it says so itself, and is `pending`.
Keystone's tables have none: verify them right after a sync.
"""

from reporting_pollster.services.verify.request import Difference, Listener, Request, Verdict
from reporting_pollster.services.verify.run import verify

__all__ = ["Difference", "Listener", "Request", "Verdict", "verify"]
