"""The reporting database: its engine, its tables, and the only ways in which rows get in."""
