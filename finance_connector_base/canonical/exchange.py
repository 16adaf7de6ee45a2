"""What two systems say about changes beside the objects themselves: revisions, pages, answers.

The wire form, JSON over HTTP, is described in ``docs/master-data-over-http.md``; what arrives is read here,
strictly, and everything that does not fit is an error that names the place and never a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .base import CanonicalError
from .kinds import ID_LENGTH, reads_text

#: revisions are kept as 32-bit numbers
HIGHEST_REVISION = 2**31 - 1
#: longest opaque position in a list of changes
POSITION_LENGTH = 1000
#: a list of changes or digests never has more at once, whatever was asked for
MOST = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of an object that was sent.

    :param external_id: what the other side calls it
    :param revision: how often it was changed over there; None: the other side does not count
    :param theirs: the object as it is over there, when it was changed meanwhile and ours was therefore not taken
    """

    external_id: str
    revision: int | None = None
    theirs: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the list of changes.

    :param data: the object; None: the other side cannot give it just now
    :param key: idempotency key of the request that made the change, when a request did
    """

    external_id: str
    revision: int | None
    key: str | None
    data: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the list of changes.

    :param position: where the next page begins; JSON-able, opaque
    :param more: there is a next page already
    """

    changes: tuple[Change, ...]
    position: Any
    more: bool


def read_page(body: Any) -> tuple[tuple[Change, ...], str, bool]:
    """:return: (changes, where the next page begins, whether there is one)
    :raise CanonicalError: naming the first place that does not fit
    """
    found = tuple(_change(item, f"changes[{number}]") for number, item in enumerate(_listed(body, "changes")))
    after = body.get("after")
    if not isinstance(after, str) or not after or len(after) > POSITION_LENGTH:
        raise CanonicalError("after has to be the position to go on from")
    return found, after, _yes_no(body, "more")


def read_digests(body: Any) -> tuple[list[tuple[str, str | None]], bool]:
    """:return: (list of (external id, digest or None), whether this is the last page)"""
    found = []
    for number, item in enumerate(_listed(body, "digests")):
        place = f"digests[{number}]"
        digest = _mapping(item, place).get("digest")
        if digest is not None and not (isinstance(digest, str) and len(digest) == 64):
            raise CanonicalError(f"{place}.digest is no SHA-256 in hexadecimal digits")
        found.append((_name(item, place), digest))
    return found, not _yes_no(body, "more")


def read_objects(body: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """:return: (objects, ids of those that could not be given just now)"""
    failed = [_name(item, f"errors[{n}]") for n, item in enumerate(_listed(body, "errors", needed=False))]
    return [dict(_mapping(item, f"objects[{n}]")) for n, item in enumerate(_listed(body, "objects"))], failed


def read_told(body: Any, *, conflict: bool = False) -> Told:
    """:param conflict: the answer says that ours was not taken, and how it is over there"""
    theirs = dict(_mapping(_mapping(body, "the answer").get("object"), "object")) if conflict else None
    return Told(external_id=_name(body, "the answer"), revision=_revision(body, "the answer"), theirs=theirs)


def _change(item: Any, place: str) -> Change:
    item = _mapping(item, place)
    key = item.get("key")
    if key is not None and (not isinstance(key, str) or len(key) > 255):
        raise CanonicalError(f"{place}.key has to be text of at most 255 characters")
    if ("object" in item) == ("error" in item):
        raise CanonicalError(f"{place} has to have either an object or an error")
    data = dict(_mapping(item["object"], f"{place}.object")) if "object" in item else None
    return Change(external_id=_name(item, place), revision=_revision(item, place), key=key, data=data)


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise CanonicalError(f"{place} is no object")
    return value


def _listed(body: Any, name: str, *, needed: bool = True) -> list[Any]:
    value = _mapping(body, "the answer").get(name, None if needed else [])
    if not isinstance(value, list) or len(value) > MOST:
        raise CanonicalError(f"{name} has to be a list of at most {MOST}")
    return value


def _name(item: Any, place: str) -> str:
    try:
        name = reads_text(_mapping(item, place).get("id"), ID_LENGTH)
    except ValueError as error:
        raise CanonicalError(f"{place}.id {error}") from None
    if not name:
        raise CanonicalError(f"{place}.id is empty")
    return name


def _revision(item: Any, place: str) -> int | None:
    value: object = _mapping(item, place).get("revision")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= HIGHEST_REVISION:
        raise CanonicalError(f"{place}.revision has to be a whole number from 1 to {HIGHEST_REVISION}")
    return value


def _yes_no(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool):
        raise CanonicalError(f"{name} has to be true or false")
    return value
