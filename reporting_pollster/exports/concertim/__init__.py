"""Concertim over HTTP: signing in, reading what it has, doing what a plan says.

All decisions are made in `domain.concertim`; here is what the wire needs: one token for all, few requests at a time,
tries that end, and the question what happened when an answer does not come.
"""
