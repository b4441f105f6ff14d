"""The same small cloud as for the derivation."""

from tests.services.derive.conftest import clock, life, pollster, sync

__all__ = ["clock", "life", "pollster", "sync"]
