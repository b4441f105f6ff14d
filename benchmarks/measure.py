"""Measuring without fooling oneself: wall time, processor time of this process, its peak memory, the server's reads."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.servers import MariaDB

MIB = 2**20


@dataclass
class Measured:
    """One measured stretch of work; filled when it ends. `peak_mib` is the highest resident memory met, in MiB."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0
    reads: dict[str, int] = field(default_factory=dict)


@contextmanager
def measured() -> Iterator[Measured]:
    """Measure what happens within."""
    result, stop = Measured(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(result, stop), daemon=True)
    watcher.start()
    began, cpu = time.monotonic(), _cpu()
    try:
        yield result
    finally:
        result.seconds, result.cpu_seconds = time.monotonic() - began, _cpu() - cpu
        stop.set()
        watcher.join()


@contextmanager
def handler_reads(server: MariaDB, result: Measured) -> Iterator[None]:
    """Count rows that the server's storage engine gave to anyone within; nothing else may use the server."""
    before = _handlers(server)
    yield
    after = _handlers(server)
    result.reads = {name: after[name] - before[name] for name in after if after[name] != before[name]}


def _handlers(server: MariaDB) -> dict[str, int]:
    rows = server.execute("SHOW GLOBAL STATUS LIKE 'Handler_read%%'".replace("%%", "%"))
    return {str(name): int(value) for name, value in rows}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _watch(result: Measured, stop: threading.Event) -> None:
    process = psutil.Process()
    while not stop.wait(0.05):
        result.peak_mib = max(result.peak_mib, process.memory_info().rss / MIB)


def size_mib(path: Path) -> float:
    return path.stat().st_size / MIB
