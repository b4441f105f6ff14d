"""Use cases: each does one thing that a person or a timer asks for."""
