"""Run by keystone's own Python: makes a keystone in a directory and serves it.

Importing keystone takes longer than all the rest, and each of its commands is a program of its own. So it is imported
once, and each command runs in a copy of this process.
"""

import os
import sys
import traceback

import waitress
from keystone.cmd import cli
from keystone.server.flask import core

CONFIGURATION = """\
[DEFAULT]
log_file = {directory}/keystone.log
[database]
connection = sqlite:///{directory}/keystone.sqlite
[fernet_tokens]
key_repository = {directory}/fernet
[credential]
key_repository = {directory}/credential
[identity]
password_hash_rounds = 4
"""


def main(directory: str, port: str) -> None:
    """Serve until killed; the administrator's password is in the environment."""
    file = f"{directory}/keystone.conf"
    with open(file, "w", encoding="utf-8") as configuration:
        configuration.write(CONFIGURATION.format(directory=directory))
    os.mkdir(f"{directory}/fernet", mode=0o700)
    url = f"http://127.0.0.1:{port}/v3"
    _manage(file, "db_sync")
    _manage(file, "fernet_setup", f"--keystone-user={os.geteuid()}", f"--keystone-group={os.getegid()}")
    urls = [f"--bootstrap-{interface}-url={url}" for interface in ("public", "internal", "admin")]
    _manage(file, "bootstrap", "--bootstrap-region-id=RegionOne", *urls)
    app = core.initialize_application(name="public", config_files=[file])
    waitress.serve(app, listen=f"127.0.0.1:{port}", threads=4)


def _manage(file: str, *words: str) -> None:
    child = os.fork()
    if child == 0:
        try:
            cli.main(["keystone-manage", "--config-file", file, *words])
        except BaseException:  # noqa: BLE001 (whatever it is, this copy ends here)
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"keystone-manage {words[0]} failed")


if __name__ == "__main__":
    program, *words = sys.argv
    sys.argv = [program]  # keystone reads it, too
    main(*words)
