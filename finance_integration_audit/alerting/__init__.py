"""When people are told, and how fast a promise is used up: plain values, no Odoo."""
