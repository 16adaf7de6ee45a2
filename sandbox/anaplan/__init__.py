"""Anaplan as far as packages are loaded into it."""
