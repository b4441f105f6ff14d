"""Start the stand-in by hand, with a team for each project that is named."""

from __future__ import annotations

import argparse
from typing import get_args

from tests.concertim.installation import Profile
from tests.concertim.server import Concertim


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.concertim", description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--profile", choices=get_args(Profile), default="P4")
    parser.add_argument(
        "--team", action="append", default=[], metavar="NAME=PROJECT_ID", help="may be given repeatedly"
    )
    asked = parser.parse_args()
    concertim = Concertim(asked.profile, asked.port)
    for team in asked.team:
        name, _, project_id = team.partition("=")
        concertim.installation.owner(name, project_id or None)
    print(f"racks and devices: {concertim.url}/  login: {concertim.login}  password: {concertim.password}", flush=True)
    concertim.serve()


if __name__ == "__main__":
    main()
