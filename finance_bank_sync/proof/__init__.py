"""Proof of statements and identity of entries (pure Python, no ``odoo``)."""
