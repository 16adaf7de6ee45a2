"""What a metric is and how its samples add up: plain Python, without Odoo."""
