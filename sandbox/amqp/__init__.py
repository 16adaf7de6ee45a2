"""A stand-in for a message broker: AMQP 0-9-1 over a socket, as far as a publisher needs it.

Written from the specification and its extension for publisher confirms. See ``python -m sandbox.amqp --help``.
"""
