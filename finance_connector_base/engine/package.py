"""A configuration as a file: what is in it, where it comes from, where it may go, and that nobody has touched it.

The file is JSON. ``sha256`` is the fingerprint of everything else in it; people compare it at both ends, and the
record of the import keeps it. It holds names, never the numbers of records, and no secrets.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..safe import strict_json
from ..safe.errors import SafetyError
from .difference import fingerprint

FORMAT = "finance-configuration/1"
#: configuration goes from left to right
ENVIRONMENTS = ("sandbox", "test", "production")
MAX_BYTES = 8 * 1024 * 1024
MAX_OBJECTS = 20_000


class PackageError(ValueError):
    """A file that is not imported; the text is a code for the words of the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object of the configuration.

    :param kind: technical name of its model
    :param key: names by which it is found in any database
    :param values: field -> value; references are lists of names
    """

    kind: str
    key: tuple[str, ...]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a file says.

    :param source: environment it was made in; ``target`` the one it is for
    :param origin: who made it, when and in which database, for people
    :param systems: host -> name of the system behind it, the same in all environments
    """

    source: str
    target: str
    origin: str
    systems: dict[str, str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()

    def _facts(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "from": self.source,
            "to": self.target,
            "origin": self.origin,
            "systems": self.systems,
            "objects": [{"kind": e.kind, "key": list(e.key), "values": e.values} for e in self.entries],
        }

    @property
    def sha256(self) -> str:
        """Fingerprint of the content."""
        return fingerprint(self._facts())

    def write(self) -> bytes:
        """Give the file, the same bytes for the same content."""
        facts = {**self._facts(), "sha256": self.sha256}
        return json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def may_go(source: str, target: str) -> bool:
    """Say whether configuration goes this way: only forward."""
    return source in ENVIRONMENTS and target in ENVIRONMENTS and ENVIRONMENTS.index(source) < ENVIRONMENTS.index(target)


def read(data: bytes) -> Package:
    """Read a file, strictly.

    :raise PackageError: ``unreadable``, ``format`` (of another kind or version), ``touched`` (the fingerprint does
        not fit), ``direction``, ``twice`` (an object occurs twice)
    """
    try:
        facts = strict_json.loads(data, max_bytes=MAX_BYTES, max_depth=12)
    except SafetyError as error:
        raise PackageError("unreadable") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise PackageError("format")
    try:
        package = Package(
            source=_text(facts["from"]),
            target=_text(facts["to"]),
            origin=_text(facts["origin"]),
            systems={_text(host): _text(system) for host, system in facts["systems"].items()},
            entries=tuple(_entry(one) for one in _list(facts["objects"])),
        )
        stated = _text(facts["sha256"])
    except (KeyError, TypeError, AttributeError) as error:
        raise PackageError("unreadable") from error
    if set(facts) != {"format", "from", "to", "origin", "systems", "objects", "sha256"}:
        raise PackageError("unreadable")
    # public: a fingerprint, no secret in it
    if stated != package.sha256:
        raise PackageError("touched")
    if not may_go(package.source, package.target):
        raise PackageError("direction")
    keys = [(entry.kind, entry.key) for entry in package.entries]
    if len(set(keys)) != len(keys):
        raise PackageError("twice")
    return package


def _entry(value: Any) -> Entry:
    if set(value) != {"kind", "key", "values"}:
        raise TypeError(value)
    return Entry(
        kind=_text(value["kind"]),
        key=tuple(_text(part) for part in _list(value["key"])),
        values={_text(name): _plain(content) for name, content in value["values"].items()},
    )


def _plain(value: Any) -> Any:
    # numbers with a fraction are read exactly, and are no amounts here
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value if value is None or isinstance(value, str | bool | int) else float(value)


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) > MAX_OBJECTS:
        raise TypeError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
