"""The payment side of the sandbox bank: it takes orders, carries them out, counts what it did, answers, and misbehaves.

See ``python -m sandbox.payments --help`` and sandbox/README.md.
"""
