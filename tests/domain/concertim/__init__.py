"""Views of a cloud and of Concertim, and the difference between them."""
