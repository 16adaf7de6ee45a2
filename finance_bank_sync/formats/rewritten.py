"""The same file, written once more by the bank: another message id and time of creation, nothing else.

Portals and interfaces make a file anew each time somebody asks for it. What such a file says is told by a digest of
its bytes without these two, so it need not be read again to know that it says nothing new.
"""

from __future__ import annotations

import hashlib
import re
from typing import BinaryIO

#: the header of the file and of its first statement is inside of this
_HEAD = 64 * 1024
_CHUNK = 1024 * 1024
#: with the account begins what a statement says
_ACCOUNT = re.compile(rb"<(?:[\w.-]+:)?Acct[\s>]")
_ANEW = re.compile(rb"(<(?:[\w.-]+:)?(?:MsgId|CreDtTm)>)[^<]*")


def camt_digest(stream: BinaryIO) -> str | None:
    """Digest of a camt file without what is written anew each time.

    Further statements of the file keep their times of creation: written anew, they are read and compared.

    :param stream: at its beginning; it is read to the end
    :return: None where the header is not found, as in a file of two bytes a letter
    """
    head = stream.read(_HEAD)
    account = _ACCOUNT.search(head)
    if account is None:
        return None
    header = _ANEW.sub(rb"\1", head[: account.start()])
    found = hashlib.sha256(header)
    found.update(head[account.start() :])
    while chunk := stream.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()
