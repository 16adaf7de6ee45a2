"""Secrets that stay in HashiCorp Vault (or OpenBao, KV version 2): the database has their place, never their value.

    vault:secret/odoo/acme/bank#password        mount and path, and the field

Which paths may be read is said by the server's environment, for each company and environment, and never by the
database: who may set up connections of a company cannot reach the secrets of another with it, nor those of production
from a test.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.errors import AuthNeededError, FinanceError, TransientError, UnavailableError
from ..safe.crypto import KeyMissing
from .vault import ADDRESS_VARIABLE, opened

#: ``1/production=secret/odoo/acme, */sandbox=secret/odoo/sandbox``: number of the company (or a star), environment,
#: and the path below which its secrets are
PREFIXES_VARIABLE = "FINANCE_VAULT_SECRETS"
#: seconds for which a secret is kept in the memory of a process
KEPT_SECONDS = 30.0
#: secrets that are kept at most; a value in a vault is a few kilobytes
KEPT_COUNT = 500
_SCHEME = "vault:"
_SEGMENT = re.compile(r"(?!\.+\Z)[A-Za-z0-9_.-]{1,128}")
_ENTRY = re.compile(r"(\*|[0-9]+)/([a-z]+)=(\S+)")


@dataclass(frozen=True, slots=True)
class Reference:
    """The place of a secret.

    :param path: mount and path
    :param field: name of the value there
    """

    path: str
    field: str

    def __str__(self) -> str:
        return f"{_SCHEME}{self.path}#{self.field}"


def parse(text: str) -> Reference:
    """:raise ValueError: it is no place in a vault"""
    rest = text.strip().removeprefix(_SCHEME)
    path, mark, field = rest.partition("#")
    if not (mark and _is_path(path, 2) and _SEGMENT.fullmatch(field)):
        raise ValueError("no place in a vault")
    return Reference(path, field)


def _is_path(path: str, least: int) -> bool:
    segments = path.split("/")
    return len(segments) >= least and all(_SEGMENT.fullmatch(segment) for segment in segments)


def is_configured(variables: Mapping[str, str]) -> bool:
    """Say whether this server has a vault."""
    return bool(variables.get(ADDRESS_VARIABLE, "").strip())


def prefixes(variables: Mapping[str, str], company_id: int, environment: str) -> tuple[str, ...]:
    """:return: the paths below which connections of a company and environment find their secrets
    :raise AuthNeededError: the server's configuration is wrong; nothing is read then
    """
    found = []
    for entry in re.split(r"[,\s]+", variables.get(PREFIXES_VARIABLE, "").strip()):
        if not entry:
            continue
        match = _ENTRY.fullmatch(entry)
        if not match or not _is_path(match[3].strip("/"), 1):
            raise AuthNeededError(
                f"{PREFIXES_VARIABLE} of the Odoo server cannot be understood. It is a list like "
                "1/production=secret/odoo/acme, */sandbox=secret/odoo/sandbox.",
                reason="vault_refused",
            )
        if match[1] in ("*", str(company_id)) and match[2] == environment:
            found.append(match[3].strip("/"))
    return tuple(found)


def check_allowed(reference: Reference, variables: Mapping[str, str], company_id: int, environment: str) -> None:
    """:raise AuthNeededError: the place is not among those of this company and environment"""
    allowed = prefixes(variables, company_id, environment)
    if any(reference.path.startswith(f"{prefix}/") for prefix in allowed):
        return
    told = ", ".join(allowed) or "nothing"
    raise AuthNeededError(
        f"{reference} is not among the places that the server allows company {company_id} in the environment "
        f"{environment or 'none'} ({told}). Enter one of those, or have the server's {PREFIXES_VARIABLE} extended.",
        reason="vault_refused",
    )


class SecretVault:
    """Reads secrets where they are used, and keeps each for a short time in the memory of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, ...], tuple[dict[str, Any], float]] = {}

    def read(self, reference: Reference, variables: Mapping[str, str]) -> tuple[str, bool]:
        """:return: (the value, whether it was kept from before)
        :raise UnavailableError: the vault does not answer
        :raise AuthNeededError: it refuses, or has nothing there
        """
        place = (variables.get(ADDRESS_VARIABLE, ""), reference.path)
        with self._lock:
            kept = self._kept.get(place)
        is_kept = kept is not None and time.monotonic() - kept[1] < KEPT_SECONDS
        fields = kept[0] if kept is not None and is_kept else self._asked(reference, variables, place)
        value = fields.get(reference.field)
        if not isinstance(value, str) or not value:
            self.forget()
            raise AuthNeededError(
                f"The vault has no text at {reference}. Write it there, or correct the place on the connection.",
                reason="secret_missing",
            )
        return value, is_kept

    def _asked(self, reference: Reference, variables: Mapping[str, str], place: tuple[str, ...]) -> dict[str, Any]:
        try:
            with opened(variables) as vault:
                fields, _version = vault.read(reference.path)
        except TransientError as error:
            raise UnavailableError(
                f"The vault does not answer, so {reference} cannot be read. What waits goes on once it answers."
            ) from error
        except KeyMissing as error:
            raise AuthNeededError(f"{reference} cannot be read: {error}.", reason="vault_refused") from error
        except FinanceError as error:
            raise AuthNeededError(_refusal(reference, error), reason="vault_refused") from error
        with self._lock:
            while len(self._kept) >= KEPT_COUNT:
                del self._kept[next(iter(self._kept))]
            self._kept[place] = (fields, time.monotonic())
        return fields

    def forget(self) -> None:
        """Ask the vault again the next time."""
        with self._lock:
            self._kept.clear()


def _refusal(reference: Reference, error: FinanceError) -> str:
    # what the vault says is not repeated: it may repeat what it was asked with
    if isinstance(error, AuthNeededError):
        return (
            f"The vault does not let this server read {reference}. Let its token or role read that path (capability "
            "read on mount/data/path), then test the connection."
        )
    return (
        f"The vault has nothing at {reference}, or is no vault with KV version 2 there. Write the secret, or correct "
        "the place on the connection, then test it."
    )


#: the secrets that this process has read
VAULT = SecretVault()
