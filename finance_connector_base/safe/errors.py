"""The one error of this package."""

from __future__ import annotations


class SafetyError(Exception):
    """Foreign bytes were refused before anything was made of them.

    ``code`` is a stable reason (``doctype``, ``truncated``, ``archive_bomb`` ...), ``message``
    an English sentence for a person, ``place`` where (``line 812``, a member of an archive).
    """

    def __init__(self, code: str, message: str, place: str = "") -> None:
        super().__init__(f"{message} ({place})" if place else message)
        self.code = code
        self.message = message
        self.place = place
