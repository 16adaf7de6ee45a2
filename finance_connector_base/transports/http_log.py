"""Log lines about calls, without what a log must not know: secrets, queries, account numbers."""

from __future__ import annotations

import logging
import re

from ..safe.masking import mask_text
from .http_address import Target

_logger = logging.getLogger(__name__)

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DIGITS = re.compile(r"\d{8,}")
#: parts of a path longer than this may be the key that opens it
_LONG = 32


def shown(to: Target) -> str:
    """``https://bank.example/accounts/DE89…3000?iban=…&page=…``: names of parameters, no values."""
    path, _, query = to.resource.partition("?")
    parts = [_part(part) for part in mask_text(path).split("/")]
    names = [_part(pair.partition("=")[0]) for pair in query.split("&") if pair]
    return to.origin + "/".join(parts) + ("?" + "&".join(f"{name}=…" for name in names) if names else "")


def _part(text: str) -> str:
    if len(text) > _LONG and not _UUID.fullmatch(text):
        return f"{text[:4]}…"
    if _UUID.fullmatch(text):
        return text
    return _DIGITS.sub(lambda digits: f"…{digits.group()[-4:]}", text)


def log_answer(method: str, to: Target, status: int, seconds: float, size: int) -> None:
    _logger.info("%s %s -> %s in %d ms, %d bytes", method, shown(to), status, seconds * 1000, size)


def log_failure(method: str, to: Target, reason: str, seconds: float) -> None:
    _logger.info("%s %s -> no answer (%s) after %d ms", method, shown(to), reason, seconds * 1000)
