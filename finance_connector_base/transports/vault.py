"""Master keys kept in HashiCorp Vault (or OpenBao): KV version 2, with a token or an AppRole.

Where the vault is and how to log in comes from the server's environment, never from the database. A new
version of the secret is the new master key, the version before it still opens: to rotate in the vault is to
write there, nothing is written in Odoo.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from ..engine.errors import FinanceError, TransientError
from ..engine.work import in_house
from ..safe.crypto import KeyMissing, KeyRing, KeyUnreachable, ring_of
from . import http

ADDRESS_VARIABLE = "FINANCE_VAULT_ADDR"
#: mount and path of the secret, e.g. ``secret/odoo/finance``; its field ``key`` is the master key
PATH_VARIABLE = "FINANCE_VAULT_PATH"
TOKEN_VARIABLE = "FINANCE_VAULT_TOKEN"
ROLE_VARIABLE = "FINANCE_VAULT_ROLE_ID"
SECRET_ID_FILE_VARIABLE = "FINANCE_VAULT_SECRET_ID_FILE"
#: networks in which the vault is, comma-separated, when it has no public address
NETWORKS_VARIABLE = "FINANCE_VAULT_NETWORKS"
#: seconds for which keys are kept in memory; after that the vault is asked again
KEPT_SECONDS = 60.0
#: and for so long they are used when it does not answer
STALE_SECONDS = 600.0
_LIMITS = http.Limits(connect=5.0, read=5.0, total=10.0, max_bytes=1 << 16)


class FromVault:
    """Asks the vault, and remembers what it said for a short time."""

    label = "vault"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str | None, ...], KeyRing, float] | None = None

    def is_configured(self, variables: Mapping[str, str]) -> bool:
        return bool(variables.get(ADDRESS_VARIABLE, "").strip())

    def load(self, variables: Mapping[str, str]) -> KeyRing:
        """:raise KeyMissing: the vault refuses, or has no key there
        :raise KeyUnreachable: it does not answer
        """
        place = tuple(variables.get(name) for name in (ADDRESS_VARIABLE, PATH_VARIABLE, TOKEN_VARIABLE, ROLE_VARIABLE))
        with self._lock:
            kept = self._kept if self._kept and self._kept[0] == place else None
            age = time.monotonic() - kept[2] if kept else float("inf")
            if kept and age < KEPT_SECONDS:
                return kept[1]
            try:
                ring = _ask(variables)
            except KeyUnreachable:
                if kept and age < STALE_SECONDS:
                    return kept[1]
                raise
            self._kept = (place, ring, time.monotonic())
            return ring

    def forget(self) -> None:
        """Ask the vault again the next time."""
        with self._lock:
            self._kept = None


def _ask(variables: Mapping[str, str]) -> KeyRing:
    mount, _, path = variables.get(PATH_VARIABLE, "").strip("/ ").partition("/")
    if not path:
        raise KeyMissing(f"{PATH_VARIABLE} must name mount and path, e.g. secret/odoo/finance")
    try:
        with opened(variables) as vault:
            current, version = vault.read(f"{mount}/{path}")
            texts = [str(current.get("key") or "")]
            if version > 1:
                before, _version = vault.read(f"{mount}/{path}", version - 1)
                texts += [str(before["key"])] if before.get("key") else []
    except TransientError as error:
        raise KeyUnreachable("the vault does not answer") from error
    except FinanceError as error:
        raise KeyMissing(f"the vault refuses ({error.reason})") from error
    if not texts[0]:
        raise KeyMissing("the vault has no field 'key' in that place")
    return ring_of(texts)


class Vault:
    """A vault that let us in."""

    def __init__(self, client: http.Client, token: str) -> None:
        self._client, self._headers = client, {"X-Vault-Token": token}

    def read(self, path: str, version: int | None = None) -> tuple[dict[str, Any], int]:
        """Read one secret.

        :param path: mount and path, e.g. ``secret/odoo/finance``
        :return: (its fields, its version); a version that was deleted or destroyed has no fields
        :raise FinanceError: as the client; 404 for a secret that is not there
        """
        mount, _, rest = path.partition("/")
        query = {"version": version} if version else None
        answer = self._client.get(
            f"{mount}/data/{rest}", headers=self._headers, query=query, expect={404} if version else ()
        )
        if answer.status == 404:
            return {}, version or 0
        told = answer.json()
        fields = _get(told, "data", "data")
        return fields if isinstance(fields, dict) else {}, int(_get(told, "data", "metadata", "version") or 0)


@contextmanager
def opened(variables: Mapping[str, str]) -> Iterator[Vault]:
    """Log in at the vault of this server.

    :raise KeyMissing: the server's configuration is not complete
    :raise FinanceError: the vault refuses or does not answer
    """
    address = variables.get(ADDRESS_VARIABLE, "").strip()
    if not address:
        raise KeyMissing(f"{ADDRESS_VARIABLE} is not set for the Odoo server")
    try:
        networks = tuple(
            ip_network(text.strip()) for text in variables.get(NETWORKS_VARIABLE, "").split(",") if text.strip()
        )
    except ValueError as error:
        raise KeyMissing(f"{NETWORKS_VARIABLE} names no networks") from error
    endpoint = http.Endpoint(
        base_url=f"{address.rstrip('/')}/v1",
        networks=networks,
        allow_plain=address.startswith("http://127.0.0.1"),
        limits=_LIMITS,
    )
    with in_house(), http.Client(endpoint) as client:
        yield Vault(client, _token(client, variables))


def _token(client: http.Client, variables: Mapping[str, str]) -> str:
    if variables.get(TOKEN_VARIABLE):
        return variables[TOKEN_VARIABLE].strip()
    try:
        secret_id = Path(variables.get(SECRET_ID_FILE_VARIABLE, "")).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyMissing(f"the file named by {SECRET_ID_FILE_VARIABLE} cannot be read") from error
    login = {"role_id": variables.get(ROLE_VARIABLE, ""), "secret_id": secret_id}
    answer = client.post("auth/approle/login", json=login, may_repeat=True).json()
    return str(_get(answer, "auth", "client_token") or "")


def _get(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
