"""Launcher of the Finance Integration Suite: from a bare checkout to a running, tested Odoo 19.

Only the standard library is used here, because the launcher runs before anything is installed.
"""
