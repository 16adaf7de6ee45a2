"""Models of expense reports and cards."""
