"""Payment orders: canonical values, bank profiles, files, answers of banks, and where a payment stands.

Pure Python (no ``odoo``); see docs/payment-formats.md.
"""
