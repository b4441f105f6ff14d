"""Run the benchmarks: `python -m benchmarks [first_load] [cycle] [usage] [--rows N]`, or `make benchmark` for all."""

from __future__ import annotations

import argparse
import time
from importlib import import_module

from benchmarks import cloud
from tests.servers import MariaDB

ALL = ("first_load", "cycle", "usage")
_OF_A_CELL = ("first_load", "cycle")


def main() -> None:
    """Start a server with room for everything, fill it, and run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(ALL)}; all without a name")
    parser.add_argument("--rows", type=int, default=1_000_000, help="instances in the cell (default: 1,000,000)")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(ALL)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    server = MariaDB(buffer_pool="6G", log_file="2G")
    try:
        names = arguments.names or ALL
        if set(names) & set(_OF_A_CELL):
            began = time.monotonic()
            cloud.make(server, arguments.rows)
            print(f"A cell of {arguments.rows:,} instances was made in {time.monotonic() - began:.0f} s.")
        for name in names:
            import_module(f"benchmarks.{name}").run(server, arguments.rows)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
