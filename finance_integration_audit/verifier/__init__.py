"""The verifier that auditors run by themselves, without Odoo and without this package."""
