"""A system of record for master data: keeps records of its own, says what has changed, takes changes.

Written from docs/master-data-over-http.md, without a look at the modules.
"""
