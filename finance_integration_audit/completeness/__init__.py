"""Is everything there? Numbers missing in a series, and what a stage lacks of the one before; no Odoo in it."""
