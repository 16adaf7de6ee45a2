"""A risk system that releases or rejects documents before they are posted."""

from __future__ import annotations
