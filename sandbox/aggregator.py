"""What the stand-ins of services in front of banks have in common: the books of a bank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sandbox import stand
from sandbox.berlingroup.system import Bank


class Aggregator(stand.System, Protocol):
    """A service in front of a bank."""

    bank: Bank

    def configure(self, values: dict[str, Any]) -> None:
        """Set fields of the service or of its bank."""


A = TypeVar("A", bound=Aggregator)


def _books(bank: Bank, method: str, path: str, body: Any) -> dict[str, Any] | None:
    """Commands about the bank's books; None: it was none."""
    match method, path:
        case "POST", "/account":
            bank.open_account(**body)
        case "POST", "/book":
            return {"reference": bank.book(**body)}
        case "POST", "/announce":
            return {"id": bank.announce(**body)}
        case "POST", "/settle":
            bank.settle(**body)
        case _:
            return None
    return {}


def run(
    name: str, description: str, prefix: str, make: Callable[[], A], command: Callable[[A, str, str, Any], Any]
) -> int:
    """Serve until the end of the process; ``command`` takes what is particular to the service."""

    def told(service: A, method: str, path: str, body: Any) -> Any:
        if (method, path) == ("PUT", "/settings"):
            return service.configure(body)
        books = _books(service.bank, method, path, body)
        return books if books is not None else command(service, method, path, body) or {}

    options = stand.parser(name, description).parse_args()
    return stand.run(name, options, make, told, kinds=("mutual",), prefix=prefix)
