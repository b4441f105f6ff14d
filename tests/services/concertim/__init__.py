"""The whole way: rows of a reporting database, and what the stand-in for Concertim has in the end."""
