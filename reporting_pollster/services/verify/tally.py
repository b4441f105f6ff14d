"""Counts and checksums of one source of one table: of what it says, and of what we hold of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice

from reporting_pollster.domain.canonical import DIGEST_BYTES
from reporting_pollster.services.verify.expected import Piece
from reporting_pollster.services.verify.request import Difference
from reporting_pollster.store.ours import Key

Pair = tuple[bytes | None, bytes | None]  # the source's checksum of a row, and ours


class Tally:
    """Takes the pieces one after the other, and the differences as they are found."""

    def __init__(self, chunk_rows: int, limit: int) -> None:
        self.rows = self.ours = self.withheld = self.chunks = self.chunks_differing = 0
        self.missing = self.different = self.extra = self.pending = 0
        self.differences: list[Difference] = []
        self._chunk_rows, self._limit = chunk_rows, limit
        self._theirs_sum, self._ours_sum = _sum(), _sum()
        self._surplus = False

    @property
    def checksums(self) -> tuple[str, str]:
        return self._theirs_sum.hexdigest(), self._ours_sum.hexdigest()

    def differ(self, difference: Difference) -> None:
        """Count a difference, and remember it while there is room."""
        if difference.pending:
            self.pending += 1
        elif difference.problem == "missing":
            self.missing += 1
        elif difference.problem == "different":
            self.different += 1
        else:
            self.extra += 1
        if len(self.differences) < self._limit:
            self.differences.append(difference)

    def add_surplus(self, row: bytes) -> None:
        """A row of ours that the source has not; it counts for the chunk in whose range it was met."""
        self.ours += 1
        self._ours_sum.update(row)
        self._surplus = True

    def add(self, piece: Piece, settled: Mapping[Key, Pair]) -> None:
        """A piece; `settled` are the rows that looked different at first, as they really are."""
        self.withheld += piece.withheld
        for keys in _chunks(list(piece.digests), self._chunk_rows):
            pairs = [settled.get(key, (piece.digests[key], piece.digests[key])) for key in keys]
            self._add_chunk([theirs for theirs, _ in pairs if theirs], [ours for _, ours in pairs if ours])
        if self._surplus:
            self._add_chunk([], [])

    def _add_chunk(self, theirs: Sequence[bytes], ours: Sequence[bytes]) -> None:
        self.rows += len(theirs)
        self.ours += len(ours)
        self.chunks += 1
        joined, our_joined = b"".join(theirs), b"".join(ours)
        differs = _sum(joined).digest() != _sum(our_joined).digest() or self._surplus
        self.chunks_differing += differs
        self._surplus = False
        self._theirs_sum.update(joined)
        self._ours_sum.update(our_joined)


def _sum(data: bytes = b"") -> blake2b:
    return blake2b(data, digest_size=DIGEST_BYTES)


def _chunks(keys: list[Key], size: int) -> Iterator[list[Key]]:
    remaining = iter(keys)
    while chunk := list(islice(remaining, size)):
        yield chunk
