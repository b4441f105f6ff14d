"""Where the message brokers are, out of a transport URL as OpenStack's services have it.

Each host is a connection of its own to us: kombu's own list of hosts would check all their certificates for one name.
"""

from __future__ import annotations

import logging
import ssl
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import amqp
from kombu.connection import Connection
from oslo_config import cfg

from reporting_pollster.config.settings import NotificationSettings
from reporting_pollster.errors import BrokerRefused, BrokerUnavailable, PollsterError, SettingsError

_CONNECT_SECONDS = 10
_PORT = 5672
# Left to itself, kombu tries for ever, ever more seldom, and tells nobody: whoever calls does that better.
_AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "reraise_as_library_errors": False}
_TRANSPORTS = ("rabbit", "amqp")
# Where distributions keep the authorities that the whole machine trusts.
_AUTHORITIES = (Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pki/tls/certs/ca-bundle.crt"))


@dataclass(frozen=True)
class Broker:
    """One host of the transport URL."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    virtual_host: str
    tls: Mapping[str, Any] | None = None

    @property
    def place(self) -> str:
        """Where it is, for a message."""
        return f"{self.host}:{self.port}"

    def connect(self, heartbeat: int) -> Any:
        """A new connection of kombu's; raises BrokerUnavailable or BrokerRefused."""
        connection: Any = Connection(  # type: ignore[no-untyped-call]
            hostname=self.host,
            port=self.port,
            userid=self.user,
            password=self.password,
            virtual_host=self.virtual_host,
            ssl=dict(self.tls) if self.tls else False,
            transport="pyamqp",
            heartbeat=heartbeat,
            connect_timeout=_CONNECT_SECONDS,
            transport_options={"client_properties": {"connection_name": "reporting-pollster collect"}},
        )
        try:
            connection.ensure_connection(**_AT_ONCE)
        except (OSError, amqp.AMQPError) as error:
            connection.release()
            raise self.failure(error) from error
        return connection

    def failure(self, error: BaseException) -> PollsterError:
        """Our error for one of the driver's."""
        where = {"host": self.place, "virtual_host": self.virtual_host, "reason": " ".join(str(error).split())}
        if isinstance(error, amqp.PreconditionFailed):
            return BrokerRefused(
                "a queue was made with other properties than ours",
                hint="set [notifications] amqp_durable_queues, rabbit_quorum_queue and amqp_auto_delete as it was "
                "made, or delete it once it is empty (rabbitmqctl delete_queue)",
                **where,
            )
        if isinstance(error, amqp.AccessRefused | amqp.NotAllowed):
            return BrokerRefused(
                "the message broker refuses us",
                hint="check user, password and virtual host in [notifications] transport_url, and that the account may "
                "read and configure its queues (rabbitmqctl set_permissions)",
                **where,
            )
        if isinstance(error, ssl.SSLError):
            return BrokerUnavailable(
                "no encrypted connection to the message broker",
                hint="check the port, and tls_ca and tls_verify in [notifications]",
                **where,
            )
        return BrokerUnavailable(
            "the message broker cannot be reached or broke off",
            hint="check [notifications] transport_url, and that the broker runs",
            **where,
        )


def brokers_of(settings: NotificationSettings) -> tuple[Broker, ...]:
    """The hosts of [notifications] transport_url, in their order."""
    if not settings.transport_url:
        raise SettingsError(
            "[notifications] transport_url is not set",
            hint="write there what the services have as transport_url: rabbit://USER:PASSWORD@HOST:5672/VHOST",
        )
    url = _parsed(settings.transport_url)
    virtual_host = url.virtual_host or "/"
    return tuple(
        Broker(
            host=host.hostname,
            port=host.port or _PORT,
            user=host.username or "guest",
            password=host.password or "guest",
            virtual_host=virtual_host,
            tls=_tls(settings, url.query, host.hostname),
        )
        for host in url.hosts
    )


def _parsed(transport_url: str) -> Any:
    logging.getLogger("oslo_service").setLevel(logging.WARNING)  # oslo.messaging brings it and eventlet, and both
    with warnings.catch_warnings():  # have something to say about themselves that is no news of ours
        warnings.simplefilter("ignore")
        from oslo_messaging import InvalidTransportURL, TransportURL
    wrong = SettingsError(
        "[notifications] transport_url is not the URL of a RabbitMQ",
        hint="write rabbit://USER:PASSWORD@HOST:PORT/VHOST, several USER:PASSWORD@HOST:PORT with commas between them, "
        "and any of @ : / ? # % and blanks in the password percent-encoded",
    )
    try:
        url = TransportURL.parse(cfg.ConfigOpts(), transport_url)
    except (InvalidTransportURL, ValueError):
        raise wrong from None  # the cause would quote the URL
    if url.transport not in _TRANSPORTS or not url.hosts or not all(host.hostname for host in url.hosts):
        raise wrong
    return url


def _tls(settings: NotificationSettings, query: Mapping[str, str], host: str) -> dict[str, Any] | None:
    """What the driver is told of TLS, in which the URL's own options are those of oslo.messaging; None without."""
    authorities = settings.tls_ca or query.get("ssl_ca_file")
    certificate, key = settings.tls_cert or query.get("ssl_cert_file"), settings.tls_key or query.get("ssl_key_file")
    wanted = query.get("ssl", "").lower() in ("1", "true", "yes", "on")
    if not (wanted or authorities or certificate or not settings.tls_verify):
        return None
    own = {"certfile": str(certificate), "keyfile": str(key)} if certificate else {}
    if not settings.tls_verify:
        return {**own, "cert_reqs": ssl.CERT_NONE}
    trusted = authorities or next((path for path in _AUTHORITIES if path.exists()), None)
    if trusted is None:
        raise SettingsError(
            "[notifications] tls_ca is not set, and this machine has no authorities of its own",
            hint="write the path of the certificates that the broker's is signed by",
        )
    return {**own, "ca_certs": str(trusted), "cert_reqs": ssl.CERT_REQUIRED, "server_hostname": host}
