"""Proof of statements and identity of their entries (pure Python, no ``odoo``).

:mod:`.balance` proves a statement by its own balances, :mod:`.control` checks its control sums
and currencies, :mod:`.continuity` its place after the last one, :mod:`.keys` says when two
statements or two entries are the same one.
"""
