from __future__ import annotations

DATABASE = "demo"


def run(arguments: list[str]) -> int:
    """Coming."""
    raise NotImplementedError
