"""Ways files travel, as plain clients: no Odoo, no knowledge of what is inside."""
