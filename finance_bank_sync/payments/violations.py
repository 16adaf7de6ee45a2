"""What a bank would refuse, told with the place and the way out of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule that is not kept.

    :param code: stable, e.g. ``iban_invalid``
    :param place: ``groups[0].payments[2].account.iban``
    :param message: what is wrong
    :param fix: what to do
    :param is_error: the file cannot be sent; else it should be looked at
    """

    code: str
    place: str
    message: str
    fix: str
    is_error: bool = True


class Findings:
    """Collects violations in the order of the batch."""

    def __init__(self) -> None:
        self.all: list[Violation] = []

    def add(self, code: str, place: str, message: str, fix: str, *, is_error: bool = True) -> None:
        """Note a violation."""
        self.all.append(Violation(code=code, place=place, message=message, fix=fix, is_error=is_error))
