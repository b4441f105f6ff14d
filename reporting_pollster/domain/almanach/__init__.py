"""Resources as Almanach tells of them: entries, each with constant properties. Pure functions."""
