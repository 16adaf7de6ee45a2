"""Comparing what two feeds of one domain say (B-51)."""
