"""S3-compatible storage in memory: signatures are checked, objects are written once where that is asked."""

from sandbox.s3.server import Storage

__all__ = ["Storage"]
