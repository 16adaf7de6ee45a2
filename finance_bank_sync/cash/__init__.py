"""What balances mean: kinds, moments, plain states (K-04, K-33). Pure: no Odoo."""
