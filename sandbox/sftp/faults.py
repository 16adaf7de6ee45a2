"""What can go wrong on the SFTP server."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields, replace
from typing import Any

#: Operations a fault can name.
OPERATIONS = ("list", "stat", "open", "read", "write", "rename", "remove")

_FIVE_GB = 5 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """All faults; several can be set at once. Nothing is set at the start."""

    #: nobody listens on the port
    refuse: bool = False
    #: every password and key is wrong
    auth_fails: bool = False
    #: the server shows another host key
    other_host_key: bool = False
    #: bytes a second of file content, 0 is full speed; pieces (32 KiB) come whole, for single bytes use the fault proxy
    rate: int = 0
    #: the connection is cut before it would send more than so many bytes of file content, -1 never
    cut_after: int = -1
    #: operations answered with "permission denied"
    deny: tuple[str, ...] = ()
    #: operations answered with a general failure
    fail: tuple[str, ...] = ()
    #: operations that are never answered, nor is anything after them on that connection
    hang: tuple[str, ...] = ()
    #: operations at which the connection is cut before anything happens
    cut_before: tuple[str, ...] = ()
    #: operations at which it is cut after they took effect, before the answer
    cut_after_effect: tuple[str, ...] = ()
    #: a path (``inbox/endless.xml``) with a file that is not on the disk and does not end
    endless: str = ""
    #: how much of it there is really
    endless_bytes: int = _FIVE_GB
    #: the size it claims to have
    endless_claims: int = _FIVE_GB
    #: names that every folder lists without having them; ``../x`` leads to ``x`` in the folder above
    phantoms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("deny", "fail", "hang", "cut_before", "cut_after_effect"):
            unknown = set(getattr(self, name)) - set(OPERATIONS)
            if unknown:
                raise ValueError(f"{name}: no operation {', '.join(sorted(unknown))}; there are {OPERATIONS}")


def changed(faults: Faults, values: dict[str, Any]) -> Faults:
    """The faults with some set to other values, as a JSON document gives them."""
    names = {item.name for item in fields(Faults)}
    if unknown := set(values) - names:
        raise ValueError(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(sorted(names))}")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return replace(faults, **values)


@dataclass(slots=True)
class Journal:
    """What clients did, in order: operation, path, and how it ended. It keeps the last ten thousand lines."""

    lines: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=10_000))

    def note(self, operation: str, outcome: str, **facts: Any) -> None:
        """Add a line."""
        self.lines.append({"operation": operation, "outcome": outcome, **facts})
