"""A timestamp authority after RFC 3161: real DER over HTTP, signed by a certificate for timestamps."""

from sandbox.timestamp.authority import Authority

__all__ = ["Authority"]
