"""What leaves the reporting database as files: their formats, how they get to their place, and the FOCUS columns."""
