"""Random histories of a cloud, and what must be true of the reporting database that follows it."""
