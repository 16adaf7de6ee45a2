"""Finding what may be the same."""
