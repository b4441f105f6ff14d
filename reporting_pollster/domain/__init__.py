"""What holds without any database: pure functions over plain values, tested against independent oracles."""
