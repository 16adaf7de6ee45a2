"""Which message of a feed is news: one that says what was said last is none, one that goes back to what was said before
that is (S-21).

A message has its identity of the transaction and its content, and of what it follows where the content was there
before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple


class Latest(NamedTuple):
    """The message of a transaction that came last.

    :param message: its id
    :param content: fingerprint of what it says
    :param key: its identity; None: it was given by hand
    """

    message: int
    content: str
    key: str | None


def first_key(external_id: str, content: str) -> str:
    """:return: identity of a content that a transaction has for the first time"""
    return f"card:{external_id}:{content}"


def keys_of(said: Sequence[tuple[str, str]], latest: Mapping[str, Latest], known: Collection[str]) -> list[str]:
    """Give messages their identities; the same one again says that it is known.

    :param said: (external id, fingerprint of the content), in the order of the feed
    :param latest: external id -> what was said of it last
    :param known: identities by :func:`first_key` that were used before
    """
    used = set(known)
    now = {external_id: (one.content, one.key, str(one.message)) for external_id, one in latest.items()}
    found = []
    for place, (external_id, content) in enumerate(said):
        key = first_key(external_id, content)
        last_content, last_key, follows = now.get(external_id, (None, None, ""))
        if content == last_content:
            key = last_key or key
        elif follows and key in used:
            # back to what it was
            key = f"{key}:{follows}"
        used.add(key)
        now[external_id] = (content, key, f"{follows.partition('.')[0]}.{place}" if follows else f".{place}")
        found.append(key)
    return found
