"""Banks' interfaces as clients (pure Python, no ``odoo``): what is called, what is refused, what came back.

Whoever calls hands in a client of the suite (``finance_connector_base/transports/http.py``), which knows where it may
go, how it proves who it is, and what a broken line means.
"""
