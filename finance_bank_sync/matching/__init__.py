"""Which open items a booking pays: a pure decision with its reasons.

The ORM side (``models/finance_bank_matcher.py``) collects candidates with a few queries and
asks :func:`.decide.decide`; nothing here knows a database.
"""
