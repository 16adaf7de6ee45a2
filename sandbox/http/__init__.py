"""A stand-in for REST systems: OAuth 2.0, pages, idempotency keys, TLS good and bad, and misbehaviour on command.

See ``python -m sandbox.http --help`` and sandbox/README.md.
"""
