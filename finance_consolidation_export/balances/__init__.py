"""What a package of group reporting is made of, as figures and texts: no database, no Odoo."""
