"""A stand-in for whoever is told of events: verifies signatures with code of its own and keeps what has arrived.

See ``python -m sandbox.events --help`` and sandbox/README.md.
"""
