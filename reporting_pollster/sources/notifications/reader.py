"""One connection to a message broker, from which messages are taken and, once they are safe, acknowledged.

Traps: a question about something that isn't there closes the channel that asked, so that none is asked on the channel
that reads. An acknowledgement means a message by its number on its channel: after a reconnection the same numbers are
other messages. And who waits for something else must go on answering the broker, or is taken for dead.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import amqp
from kombu.compression import decompress

from reporting_pollster.errors import PollsterError
from reporting_pollster.sources.notifications.broker import Broker
from reporting_pollster.sources.notifications.wanted import Wanted

LOG = logging.getLogger(__name__)

_GATHER_SECONDS = 0.01  # after a first message: what is sent together is stored together
_LOOK_AGAIN_SECONDS = 10.0  # for a queue or exchange that is not there yet
_BEAT_SECONDS = 1.0


class Delivery(NamedTuple):
    """A message as it came; `tag` is its number on the channel of the connection with that number."""

    body: bytes
    tag: int
    connection: int


class Reader:
    """Reads what is wanted from one of the brokers, the next one after each failure."""

    def __init__(
        self,
        brokers: Sequence[Broker],
        wanted: Wanted,
        *,
        prefetch: int = 200,
        heartbeat: int = 60,
        look_again: float = _LOOK_AGAIN_SECONDS,
    ) -> None:
        self._brokers, self._wanted = tuple(brokers), wanted
        self._prefetch, self._heartbeat = prefetch, heartbeat
        self._next = 0
        self._number = 0
        self._broker = self._brokers[0]
        self._connection: Any = None  # kombu's
        self._channel: Any = None
        self._arrived: deque[Delivery] = deque()
        self._reading: set[str] = set()
        self._bound: set[tuple[str, str]] = set()
        self._missing: set[str] = set()
        self._look_again_at, self._look_again = 0.0, look_again

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    @property
    def place(self) -> str:
        """Which broker is read, for a message."""
        return self._broker.place

    def receive(self, most: int, seconds: float) -> list[Delivery]:
        """Up to so many messages: at once when there are any, else what comes in so many seconds.

        Connects when there is no connection. Raises BrokerUnavailable or BrokerRefused, and has none then.
        """
        if self._connection is None:
            self._connect()
        with self._failures():
            if time.monotonic() >= self._look_again_at:
                self._find()
            self._gather(most, time.monotonic() + seconds)
        return [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that it may forget these, which were all that came until the last of them.

        Those of an earlier connection are the broker's again, and come once more.
        """
        if not deliveries or self._connection is None or deliveries[-1].connection != self._number:
            return
        with self._failures():
            self._channel.basic_ack(deliveries[-1].tag, multiple=True)

    def rest(self, seconds: float, stop: threading.Event) -> None:
        """Wait for something else, alive to the broker; a connection that breaks meanwhile is made anew later."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not stop.wait(min(left, _BEAT_SECONDS)):
            if self._connection is not None:
                with suppress(PollsterError), self._failures():
                    self._connection.heartbeat_check()

    def close(self) -> None:
        """Close the connection; what was not acknowledged is the broker's again."""
        connection, self._connection, self._channel = self._connection, None, None
        self._arrived.clear()
        if connection is not None:
            connection.release()  # kombu passes over what fails here

    def _connect(self) -> None:
        """Connect to one broker, trying all from the one after the last; raises what the last one said."""
        failure: PollsterError | None = None
        for _ in self._brokers:
            self._broker = self._brokers[self._next % len(self._brokers)]
            self._next += 1
            try:
                self._connection = self._broker.connect(self._heartbeat)
                break
            except PollsterError as error:
                failure = error
        if self._connection is None:
            assert failure is not None
            raise failure
        self._number += 1
        self._reading, self._bound, self._look_again_at = set(), set(), 0.0
        with self._failures():
            self._channel = self._connection.channel()
            self._channel.auto_decode = False  # a body is bytes, whatever it says of itself
            self._channel.basic_qos(0, self._prefetch, False)

    def _find(self) -> None:
        """Begin to read each queue that is there, and bind the pool's to each exchange that is."""
        missing: set[str] = set()
        if self._wanted.pool:
            missing |= self._bind(self._wanted.pool)
        for name in self._wanted.queues:
            if name not in self._reading and self._exists("queue", name):
                self._channel.basic_consume(name, callback=self._arrive, on_cancel=self._cancelled)
                self._reading.add(name)
        missing |= {f"queue {name}" for name in self._wanted.queues if name not in self._reading}
        if missing != self._missing:
            self._report(missing)
        self._missing = missing
        self._look_again_at = time.monotonic() + (self._look_again if missing else float("inf"))

    def _bind(self, pool: str) -> set[str]:
        if pool not in self._reading:
            with self._asking() as channel:
                channel.queue_declare(pool, **self._wanted.properties)
        missing = set()
        for exchange in self._wanted.exchanges:
            if all((exchange, key) in self._bound for key in self._wanted.keys):
                continue
            if not self._exists("exchange", exchange):
                missing.add(f"exchange {exchange}")
                continue
            with self._asking() as channel:
                for key in self._wanted.keys:
                    channel.queue_bind(pool, exchange, key)
                    self._bound.add((exchange, key))
        return missing

    def _exists(self, kind: str, name: str) -> bool:
        try:
            with self._asking() as channel:
                if kind == "queue":
                    channel.queue_declare(name, passive=True)
                else:
                    channel.exchange_declare(name, "topic", passive=True)
        except amqp.NotFound:
            return False
        return True

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """A channel for one question, which may close it."""
        channel = self._connection.channel()
        try:
            yield channel
        finally:
            if channel.is_open:
                channel.close()

    def _report(self, missing: set[str]) -> None:
        if missing:
            LOG.warning(
                "not there yet, looking again every %d s missing=%s broker=%s; a service makes them when it first "
                "sends: check [oslo_messaging_notifications] driver and topics there",
                self._look_again,
                ", ".join(sorted(missing)),
                self.place,
            )
        elif self._missing:
            LOG.info("all is there now found=%s broker=%s", ", ".join(sorted(self._missing)), self.place)

    def _gather(self, most: int, until: float) -> None:
        while len(self._arrived) < most:
            wait = until - time.monotonic()
            if wait <= 0:
                return
            had_none = not self._arrived
            try:
                self._connection.drain_events(timeout=wait)
            except TimeoutError:
                self._connection.heartbeat_check()
                return
            if had_none and self._arrived:
                until = min(until, time.monotonic() + _GATHER_SECONDS)
                self._connection.heartbeat_check()

    def _arrive(self, message: Any) -> None:
        self._arrived.append(Delivery(_body(message), message.delivery_info["delivery_tag"], self._number))

    def _cancelled(self, _tag: str) -> None:
        raise amqp.RecoverableConnectionError("a queue that was being read is gone")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """What the driver raises is ours then, and the connection is given up."""
        try:
            yield
        except (OSError, amqp.AMQPError, EOFError) as error:
            ours = self._broker.failure(error)
            self.close()
            raise ours from error


def _body(message: Any) -> bytes:
    """The body, unpacked if the sender packed it (kombu_compression); as it came when that fails."""
    body = message.body
    body = body.encode(errors="surrogatepass") if isinstance(body, str) else bytes(body)
    packed_by = (message.properties.get("application_headers") or {}).get("compression")
    if not packed_by:
        return body
    try:
        return bytes(decompress(body, packed_by))  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 (each of many packers has errors of its own)
        return body
