"""Tests of the API below /v2."""
