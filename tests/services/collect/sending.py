"""OpenStack's side of the wire: real notifiers of oslo.messaging, and bodies that none of them would send."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Sequence
from typing import Any

import amqp
from oslo_config import cfg

from tests.domain.notification.samples import LEGACY, wrapped
from tests.servers import RabbitMQ

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet's, of itself
    import oslo_messaging
    from oslo_messaging import transport as oslo_transport

TOPICS = ("notifications", "reporting")


class Cloud:
    """Services that notify over one virtual host."""

    def __init__(self, broker: RabbitMQ, virtual_host: str) -> None:
        self.broker, self.virtual_host = broker, virtual_host
        self._transports: list[Any] = []

    def notifier(
        self,
        exchange: str = "nova",
        *,
        topics: Sequence[str] = TOPICS,
        driver: str = "messagingv2",
        publisher: str = "compute.cmp1",
        **options: str,
    ) -> Any:
        """A notifier as a service has one; `options` are those of [oslo_messaging_rabbit]."""
        conf = cfg.ConfigOpts()
        conf([])
        conf.register_opts(oslo_transport._transport_opts)
        conf.set_override("control_exchange", exchange)
        query = "&".join(f"{name}={value}" for name, value in options.items())
        transport = oslo_messaging.get_notification_transport(conf, url=f"{self.broker.url(self.virtual_host)}?{query}")
        self._transports.append(transport)
        return oslo_messaging.Notifier(transport, publisher, driver=driver, topics=list(topics))

    def publish(self, *bodies: bytes, queue: str = "reporting.info", **properties: Any) -> None:
        """Put bodies straight into a queue, which is made if it is not there."""
        with self.broker.connect(self.virtual_host) as connection:
            channel = connection.channel()
            channel.queue_declare(queue, durable=False, auto_delete=False)
            channel.confirm_select()
            for body in bodies:
                message = amqp.Message(body, content_type="application/json", **properties)
                channel.basic_publish_confirm(message, routing_key=queue)

    def left(self, queue: str = "reporting.info") -> int:
        """How many messages the queue has once nobody reads it: those that were handed out and not acknowledged too."""
        with self.broker.connect(self.virtual_host) as connection:
            until = time.monotonic() + 10
            while (found := connection.channel().queue_declare(queue, passive=True)).consumer_count:
                assert time.monotonic() < until, "somebody still reads"
                time.sleep(0.01)
            return int(found.message_count)

    def close(self) -> None:
        for transport in self._transports:
            transport.cleanup()


def instance(number: int, **changes: Any) -> dict[str, Any]:
    """The payload of an instance of its own."""
    return LEGACY["payload"] | {"instance_id": uuid(number), "display_name": f"web{number}"} | changes


def uuid(number: int) -> str:
    return f"0d1f0c1e-7a44-4c0a-9d5b-{number:012x}"


def body(number: int, event_type: str = "compute.instance.create.end", **envelope: Any) -> bytes:
    """A message of its own, as oslo.messaging would send it."""
    return wrapped(inner(number, event_type, **envelope))


def inner(number: int, event_type: str = "compute.instance.create.end", **envelope: Any) -> dict[str, Any]:
    return {
        "message_id": f"00000000-0000-4000-8000-{number:012x}",
        "publisher_id": "compute.cmp1",
        "event_type": event_type,
        "priority": "INFO",
        "payload": instance(number),
        "timestamp": "2026-03-01 10:00:41.120000",
        **envelope,
    }


def text(document: Any) -> bytes:
    return json.dumps(document).encode()
