"""An independent account of what instances used: a small nova that writes its rows, and counts the seconds itself."""
