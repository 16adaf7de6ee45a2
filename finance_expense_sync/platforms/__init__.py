"""Clients and readers of expense platforms: no Odoo in here, a file for each platform."""
