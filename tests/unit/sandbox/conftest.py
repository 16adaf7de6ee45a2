"""Shared fixtures of the sandbox tests."""

from __future__ import annotations

import json

import pytest
from sandbox_samples import make_demand


@pytest.fixture
def demand_text() -> str:
    """The demand as the JSON document people write."""
    return json.dumps(make_demand())
