"""Master keys in a vault (S-32): rotated there, without a write in Odoo."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo.addons.finance_connector_base.safe import crypto, keys
from odoo.addons.finance_connector_base.transports import vault as transport

from sandbox.vault.server import Vault

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
PATH = "odoo/finance"


def text(key: bytes) -> dict[str, str]:
    return {"key": base64.b64encode(key).decode()}


@pytest.fixture
def vault() -> Iterator[Vault]:
    with Vault(token="canary-token-5512") as vault:
        vault.write(PATH, text(OLD))
        yield vault


@pytest.fixture
def variables(vault: Vault) -> dict[str, str]:
    return {
        transport.ADDRESS_VARIABLE: vault.address,
        transport.PATH_VARIABLE: f"secret/{PATH}",
        transport.TOKEN_VARIABLE: vault.token,
        transport.NETWORKS_VARIABLE: "127.0.0.0/8",
    }


def test_s32_to_rotate_is_to_write_a_new_version_in_the_vault(vault: Vault, variables: dict[str, str]) -> None:
    provider = transport.FromVault()
    assert provider.load(variables) == crypto.KeyRing(OLD)
    sealed = crypto.seal(provider.load(variables), "value", "place")
    vault.write(PATH, text(NEW))
    provider.forget()
    ring = provider.load(variables)
    assert ring == crypto.KeyRing(NEW, (OLD,))
    assert crypto.unseal(ring, sealed, "place") == "value"


def test_the_version_before_may_be_destroyed(vault: Vault, variables: dict[str, str]) -> None:
    vault.write(PATH, text(NEW))
    vault.versions[PATH][0] = None
    assert transport.FromVault().load(variables) == crypto.KeyRing(NEW)


def test_it_is_asked_once_a_minute_and_not_for_every_secret(vault: Vault, variables: dict[str, str]) -> None:
    provider = transport.FromVault()
    for _round in range(20):
        provider.load(variables)
    assert vault.reads == 1


def test_approle(vault: Vault, variables: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "secret-id"
    file.write_text("secret\n")
    del variables[transport.TOKEN_VARIABLE]
    variables |= {transport.ROLE_VARIABLE: "role", transport.SECRET_ID_FILE_VARIABLE: str(file)}
    assert keys.load_ring(variables) == crypto.KeyRing(OLD)
    file.write_text("another")
    with pytest.raises(crypto.KeyMissing):
        transport.FromVault().load(variables)


@pytest.mark.parametrize(
    ("fault", "error"),
    [("sealed", crypto.KeyUnreachable), ("denied", crypto.KeyMissing), ("garbage", crypto.KeyMissing)],
)
def test_fault_62_a_vault_in_trouble_locks_and_says_nothing_secret(
    fault: str, error: type[Exception], vault: Vault, variables: dict[str, str]
) -> None:
    vault.fault = fault
    with pytest.raises(error) as caught:
        transport.FromVault().load(variables)
    assert vault.token not in str(caught.value)


def test_what_was_read_is_used_while_the_vault_is_away(
    vault: Vault, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = transport.FromVault()
    ring = provider.load(variables)
    monkeypatch.setattr(transport, "KEPT_SECONDS", -1.0)
    vault.fault = "sealed"
    assert provider.load(variables) == ring
    monkeypatch.setattr(transport, "STALE_SECONDS", -1.0)
    with pytest.raises(crypto.KeyUnreachable):
        provider.load(variables)
