"""A stand-in for a bank's NextGenPSD2 interface (Berlin Group XS2A 1.3.x): consents, accounts, balances, transactions.

See ``python -m sandbox.berlingroup --help`` and sandbox/README.md.
"""
