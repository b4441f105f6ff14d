"""Reads the queues of OpenStack's notifications, and loses nothing.

With kombu, on which oslo.messaging stands, and not with oslo.messaging's own listener: that one throws away what it
cannot decode, and each repeat among the last few, before anybody was told.
"""

from __future__ import annotations

from reporting_pollster.sources.notifications.broker import Broker, brokers_of
from reporting_pollster.sources.notifications.reader import Delivery, Reader
from reporting_pollster.sources.notifications.wanted import Wanted, wanted_of

__all__ = ["Broker", "Delivery", "Reader", "Wanted", "brokers_of", "wanted_of"]
