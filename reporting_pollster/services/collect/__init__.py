"""Collects OpenStack's notifications: read, understood, stored with what they tell, and only then acknowledged."""

from __future__ import annotations

from reporting_pollster.services.collect.after import Aftermath, Derive, ReadAgain
from reporting_pollster.services.collect.replay import replay
from reporting_pollster.services.collect.request import Follow, collect
from reporting_pollster.services.collect.run import Collector

__all__ = ["Aftermath", "Collector", "Derive", "Follow", "ReadAgain", "collect", "replay"]
