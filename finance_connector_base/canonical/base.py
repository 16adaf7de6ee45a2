"""A canonical object: frozen, versioned, able to say what it does not speak of.

Three things can be said of a field: a value, ``None`` (it is empty), or nothing at all
(:data:`ABSENT`: the sender does not know it, so it stays as it is).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, TypeVar

from .kinds import ID_LENGTH, Kind, reads_text


class Absent(Enum):
    """Type of :data:`ABSENT`."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = Absent.ABSENT

#: what is written beside the fields of a domain
ENVELOPE = ("domain", "version", "external_id", "source_id")


class CanonicalError(ValueError):
    """The data is no object of its domain; the text names fields, never values."""


class UnknownVersion(CanonicalError):
    """The data is of a version that is not read here."""


C = TypeVar("C", bound="type[Canonical]")

#: code -> class, in the order in which one can be built on the other
DOMAINS: dict[str, type[Canonical]] = {}


def said(kind: Kind) -> Any:
    """Declare a field of a domain."""
    return dataclasses.field(default=ABSENT, metadata={"kind": kind})


def domain(cls: C) -> C:
    """Make a domain known under its code."""
    DOMAINS[cls.domain] = cls
    return cls


@dataclass(frozen=True, slots=True, kw_only=True)
class Canonical:
    """Base of all domains.

    :param external_id: what the system of the connection calls it, for ever
    :param source_id: what the sender calls it, when the receiver has not named it yet
    """

    domain: ClassVar[str] = ""
    version: ClassVar[int] = 1
    #: must be said of a new object
    required: ClassVar[tuple[str, ...]] = ("name",)

    external_id: str | None = None
    source_id: str | None = None
    active: bool | Absent = dataclasses.field(default=ABSENT, metadata={"kind": Kind()})

    @classmethod
    def kinds(cls) -> dict[str, Kind]:
        """:return: dict name of a field -> its kind"""
        return {f.name: f.metadata["kind"] for f in dataclasses.fields(cls) if "kind" in f.metadata}

    def spoken(self) -> dict[str, Any]:
        """:return: dict field -> value of what is said, None included"""
        return {name: value for name in self.kinds() if (value := getattr(self, name)) is not ABSENT}

    def missing(self) -> list[str]:
        """:return: fields a new object cannot be made without"""
        return [name for name in self.required if getattr(self, name) in (None, ABSENT)]

    def to_dict(self) -> dict[str, Any]:
        """Give the object as JSON-able data; :func:`parse` reads it back."""
        kinds = self.kinds()
        head: dict[str, Any] = {"domain": self.domain, "version": self.version, "external_id": self.external_id}
        if self.source_id is not None:
            head["source_id"] = self.source_id
        body = {name: None if value is None else kinds[name].write(value) for name, value in self.spoken().items()}
        return {**head, **body}

    def digest(self) -> str:
        """:return: SHA-256 of what is said; equal objects of two systems have equal digests"""
        body = {key: value for key, value in self.to_dict().items() if key not in ("external_id", "source_id")}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def marks(self) -> dict[str, str]:
        """Give what is needed to see later which fields have changed, without keeping their values.

        :return: dict field -> short digest of its value in this object
        """
        kinds = self.kinds()
        found = {}
        for name, value in self.spoken().items():
            text = json.dumps(None if value is None else kinds[name].write(value), ensure_ascii=False)
            found[name] = hashlib.sha256(f"{self.external_id}/{name}/{text}".encode()).hexdigest()[:20]
        return found

    def differences(self, other: Canonical) -> dict[str, tuple[Any, Any]]:
        """:return: dict field -> (this, other) where both speak of it and do not agree"""
        theirs = other.spoken()
        return {
            name: (value, theirs[name])
            for name, value in self.spoken().items()
            if name in theirs and theirs[name] != value
        }

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """:return: JSON schema of this version"""
        properties: dict[str, Any] = {
            "domain": {"const": cls.domain},
            "version": {"const": cls.version},
            "external_id": {"type": ["string", "null"], "maxLength": ID_LENGTH},
            "source_id": {"type": ["string", "null"], "maxLength": ID_LENGTH},
        }
        for name, kind in cls.kinds().items():
            body = kind.schema()
            properties[name] = body if name == "active" else {"anyOf": [body, {"type": "null"}]}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:finance-integration-suite:master:{cls.domain}:{cls.version}",
            "title": cls.__name__,
            "type": "object",
            "properties": properties,
            "required": ["domain", "version"],
            "additionalProperties": False,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Canonical:
        """Read an object of this domain.

        :raise UnknownVersion: when it is of another version
        :raise CanonicalError: naming every field that cannot be read
        """
        if data.get("version") != cls.version or isinstance(data.get("version"), bool):
            raise UnknownVersion(f"version {data.get('version')!r} of {cls.domain}; version {cls.version} is read here")
        kinds = cls.kinds()
        values: dict[str, Any] = {}
        problems = [f"{name!s:.60} is not known" for name in data if name not in kinds and name not in ENVELOPE]
        for name in ("external_id", "source_id", *kinds):
            if name not in data:
                continue
            value = data[name]
            try:
                if value is None and name != "active":
                    values[name] = None
                elif name in kinds:
                    values[name] = kinds[name].read(value)
                else:
                    values[name] = reads_text(value, ID_LENGTH)
            except ValueError as error:
                problems.append(f"{name} {error}")
        if problems:
            raise CanonicalError("; ".join(problems))
        return cls(**values)


def parse(data: Any) -> Canonical:
    """Read an object of whatever domain it names.

    :raise CanonicalError: see :meth:`Canonical.from_dict`
    """
    if not isinstance(data, dict):
        raise CanonicalError("the data is no object")
    name = data.get("domain")
    if not isinstance(name, str) or name not in DOMAINS:
        raise CanonicalError(f"the domain {name!r:.60} is not known")
    return DOMAINS[name].from_dict(data)
