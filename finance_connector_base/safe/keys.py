"""Where the master keys come from: the server's environment, a file, or a vault. Never the database.

A new place is a class with ``is_configured`` and ``load``, and its line in :data:`PROVIDERS`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ..transports.vault import FromVault
from .crypto import KEY_FILE_VARIABLE, KEY_VARIABLE, KeyMissing, KeyRing, ring_of

#: the key before the current one, while a rotation is under way
PREVIOUS_VARIABLE = "FINANCE_MASTER_KEY_PREVIOUS"


class KeyProvider(Protocol):
    """One place that may keep the master keys."""

    #: what people call it
    label: str

    def is_configured(self, variables: Mapping[str, str]) -> bool:
        """Say whether this server gets its keys from here."""

    def load(self, variables: Mapping[str, str]) -> KeyRing:
        """:raise KeyMissing: there is no usable key"""


class FromEnvironment:
    """``FINANCE_MASTER_KEY``, and ``FINANCE_MASTER_KEY_PREVIOUS`` during a rotation."""

    label = "environment variable"

    def is_configured(self, variables: Mapping[str, str]) -> bool:
        return bool(variables.get(KEY_VARIABLE, "").strip())

    def load(self, variables: Mapping[str, str]) -> KeyRing:
        return ring_of([variables[KEY_VARIABLE], *variables.get(PREVIOUS_VARIABLE, "").split()])


class FromFile:
    """The file named by ``FINANCE_MASTER_KEY_FILE``: the current key in its first line, earlier ones below."""

    label = "key file"

    def is_configured(self, variables: Mapping[str, str]) -> bool:
        return bool(variables.get(KEY_FILE_VARIABLE, "").strip())

    def load(self, variables: Mapping[str, str]) -> KeyRing:
        try:
            text = Path(variables[KEY_FILE_VARIABLE].strip()).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyMissing(f"the key file named by {KEY_FILE_VARIABLE} cannot be read") from error
        return ring_of(text.split())


PROVIDERS: tuple[KeyProvider, ...] = (
    FromEnvironment(),
    FromFile(),
    FromVault(),
)


def provider(variables: Mapping[str, str] | None = None) -> KeyProvider | None:
    """:return: the first place that is configured, or None"""
    given = os.environ if variables is None else variables
    return next((candidate for candidate in PROVIDERS if candidate.is_configured(given)), None)


def load_ring(variables: Mapping[str, str] | None = None) -> KeyRing:
    """:return: the keys of this server
    :raise KeyMissing: when no place is configured or the one that is gives no usable key
    """
    found = provider(variables)
    if found is None:
        raise KeyMissing(f"set {KEY_VARIABLE}, {KEY_FILE_VARIABLE} or FINANCE_VAULT_ADDR for the Odoo server")
    return found.load(os.environ if variables is None else variables)
