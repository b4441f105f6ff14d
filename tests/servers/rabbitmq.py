"""A private RabbitMQ, to which services notify and from which we collect.

Erlang's nodes find each other through a mapper of ports (epmd), which the first node of a machine leaves running for
ever. So this one has a mapper of its own, started first and in the foreground: both end with the run.
"""

import http.client
import json
import secrets
import socket
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import amqp

from tests.servers.daemon import Daemon, free_port, program

ADMINISTRATOR = "administrator"
_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in /usr/sbin wants to be root
_CONFIGURATION = """
listeners.tcp.1 = 127.0.0.1:{port}
listeners.ssl.1 = 127.0.0.1:{tls_port}
ssl_options.cacertfile = {certificate}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_none
management.tcp.ip = 127.0.0.1
management.tcp.port = {management_port}
default_user = {user}
default_pass = {password}
loopback_users = none
log.console = true
log.console.level = warning
log.file = false
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 256MB
"""


class RabbitMQ:
    """A RabbitMQ server on 127.0.0.1, with virtual hosts that come and go; it keeps its data over a restart."""

    def __init__(self, *lines: str) -> None:
        self._mapper = Daemon("epmd")
        self._daemon = Daemon("rabbitmq")
        self._password = secrets.token_hex(8)
        self.port, self.tls_port, self._management_port, self._mapper_port = (free_port() for _ in range(4))
        self.certificate = self._daemon.directory / "certificate.pem"
        self._certify()
        self._write("rabbitmq.conf", self._configuration(lines))
        self._write("enabled_plugins", "[rabbitmq_management].\n")
        self._mapper.start(
            program("epmd"), "-address", "127.0.0.1", "-port", str(self._mapper_port), ready=self._mapper_answers
        )
        self._run()

    def url(self, virtual_host: str = "", *, tls: bool = False) -> str:
        """The transport URL of oslo.messaging, password included."""
        port, query = (self.tls_port, "?ssl=1") if tls else (self.port, "")
        return f"rabbit://{ADMINISTRATOR}:{self._password}@127.0.0.1:{port}/{quote(virtual_host, safe='')}{query}"

    def create_virtual_host(self, name: str) -> None:
        """Create an empty virtual host in which we may do everything."""
        self.ask("PUT", f"vhosts/{quote(name, safe='')}")

    def drop_virtual_host(self, name: str) -> None:
        """Drop a virtual host with its queues; whoever is connected to it is disconnected."""
        self.ask("DELETE", f"vhosts/{quote(name, safe='')}")

    def connect(self, virtual_host: str) -> amqp.Connection:
        """Open a connection; the caller closes it."""
        connection = amqp.Connection(
            f"127.0.0.1:{self.port}", ADMINISTRATOR, self._password, virtual_host=virtual_host, connect_timeout=5
        )
        connection.connect()
        return connection

    def waiting(self, virtual_host: str, queue: str) -> int:
        """How many messages nobody has been given yet."""
        with self.connect(virtual_host) as connection:
            return int(connection.channel().queue_declare(queue, passive=True).message_count)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Call the management interface, and return what it answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._management_port, timeout=30)
        token = b64encode(f"{ADMINISTRATOR}:{self._password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        try:
            connection.request(method, f"/api/{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
        return json.loads(text) if text else None

    def halt(self) -> None:
        """Kill the server as a power cut would; its data stay."""
        self._daemon.halt()

    def resume(self) -> None:
        """Start it again with its data, on the same port."""
        self._run()

    def stop(self) -> None:
        """Stop the server; its data are gone."""
        self._daemon.stop()
        self._mapper.stop()

    def _configuration(self, lines: tuple[str, ...]) -> str:
        filled = _CONFIGURATION.format(
            port=self.port,
            tls_port=self.tls_port,
            certificate=self.certificate,
            key=self._daemon.directory / "key.pem",
            management_port=self._management_port,
            user=ADMINISTRATOR,
            password=self._password,
        )
        return "\n".join([filled, *lines, ""])

    def _certify(self) -> None:
        """A certificate for 127.0.0.1 that is its own authority."""
        kind = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
        names = ("-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1")
        files = ("-keyout", self._daemon.directory / "key.pem", "-out", self.certificate)
        self._daemon.run(program("openssl"), *kind, *names, *files)

    def _run(self) -> None:
        directory = self._daemon.directory
        environment = {
            "HOME": directory,  # where Erlang keeps its cookie
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": self._mapper_port,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RUNNING_UNDER_SYSTEMD": "true",  # then the script becomes the server, instead of waiting for it
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": directory / "rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": directory / "none",
            "RABBITMQ_ENABLED_PLUGINS_FILE": directory / "enabled_plugins",
            "RABBITMQ_MNESIA_BASE": directory / "data",
            "RABBITMQ_LOG_BASE": directory,
            "RABBITMQ_DIST_PORT": free_port(),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
        }
        self._daemon.start(
            program("env"),
            "-i",
            *(f"{name}={value}" for name, value in environment.items()),
            _SERVER,
            ready=self._answers,
        )

    def _write(self, name: str, text: str) -> None:
        (self._daemon.directory / name).write_text(text)

    def _answers(self) -> None:
        self.ask("GET", "overview")
        self.connect("/").close()

    def _mapper_answers(self) -> None:
        socket.create_connection(("127.0.0.1", self._mapper_port), timeout=5).close()
