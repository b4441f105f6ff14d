"""What measures are and what becomes of them: which are wanted, how they are kept at Gnocchi, hours of them."""
