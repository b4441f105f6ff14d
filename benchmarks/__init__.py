"""How fast, how much memory, how many rows examined: always against a baseline of the same run."""
