"""Concertim over HTTP, against the stand-in."""
