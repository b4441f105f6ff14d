"""Run by Gnocchi's own Python: makes a Gnocchi in a directory and serves it.

Its processing of measures is a request here, not a process of its own: a test says when measures are aggregated and
need not wait for it. The API is served as it is, without uWSGI, which would hide an unhandled error by closing the
connection.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import waitress
from gnocchi import chef, incoming, indexer, opts, service, storage
from gnocchi.cli import manage
from gnocchi.cli.metricd import get_coordinator_and_start
from gnocchi.rest import app

SACKS = 4  # looked at one by one at each processing
PAGE = 20  # rows of a list at most, not a thousand: a test need not make thousands to see a second page
PROCESS = "/process"

CONFIGURATION = """\
[DEFAULT]
coordination_url = file://{directory}/coordination
[api]
auth_mode = {mode}
max_limit = {page}
[indexer]
url = {indexer}
[storage]
driver = file
file_basepath = {directory}/data
[incoming]
driver = file
file_basepath = {directory}/data
"""


def main(directory: str, port: str, mode: str, database: str) -> None:
    """Serve until killed."""
    file = f"{directory}/gnocchi.conf"
    with open(file, "w", encoding="utf-8") as configuration:
        configuration.write(
            CONFIGURATION.format(directory=directory, mode=mode, page=PAGE, indexer=database.replace("%", "%%"))
        )
    sys.argv = ["gnocchi-upgrade", "--config-file", file, f"--sacks-number={SACKS}"]
    manage.upgrade()
    opts.set_defaults()
    conf = service.prepare_service(["--config-file", file])
    api = app.load_app(conf)
    waitress.serve(_processing(api, conf), listen=f"127.0.0.1:{port}", threads=6)


def _processing(api: Callable[..., Any], conf: Any) -> Callable[..., Any]:
    sacks = incoming.get_driver(conf)
    coordinator = get_coordinator_and_start("tests", conf.coordination_url)
    cook = chef.Chef(coordinator, sacks, indexer.get_driver(conf), storage.get_driver(conf))

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PROCESS:
            answered: Iterable[bytes] = api(environ, start_response)
            return answered
        for sack in sacks.iter_sacks():
            cook.process_new_measures_for_sack(sack, blocking=True, sync=True)
        start_response("204 No Content", [])
        return []

    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
