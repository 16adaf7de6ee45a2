"""Lineage: from any node the same graph, its hops in order, its gaps named, its picture; no Odoo in it."""
