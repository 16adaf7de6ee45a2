"""How approved expenses become entries: shares, taxes, grains. No Odoo in here."""
