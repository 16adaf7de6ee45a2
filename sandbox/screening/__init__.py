"""A service that screens payments and verifies payees."""

from __future__ import annotations
