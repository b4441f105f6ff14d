"""Does the next piece of work while the one before it is used.

While rows are written to the store, the source's server can be busy with the next page already, and Python with what
follows from them: otherwise each would wait for the others. One piece ahead is enough, and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def read_ahead(pieces: Generator[T]) -> Generator[T]:
    """The same pieces, each made before the one before it is used; an error comes in its turn.

    What the pieces are made of must outlive this generator: use it within `closing`, so that an error of whoever uses
    the pieces doesn't leave the thread at work on a connection that is closed.
    """
    try:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as pool:
            waiting = pool.submit(next, pieces, None)
            while (piece := waiting.result()) is not None:
                waiting = pool.submit(next, pieces, None)
                yield piece
    finally:
        pieces.close()
