"""An invented cloud in OpenStack's own schemas, for a first look and for tests.

Its databases are SQLite files made from the services' real table definitions, and everything in them follows from a
seed and an instant: the same two give the same cloud.
"""

from reporting_pollster.demo.advance import Advance, advance
from reporting_pollster.demo.build import build
from reporting_pollster.demo.settings import DemoCloud

__all__ = ["Advance", "DemoCloud", "advance", "build"]
