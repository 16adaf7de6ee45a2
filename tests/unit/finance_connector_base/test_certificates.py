from __future__ import annotations

import datetime

import pytest
from certificate_maker import make
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from odoo.addons.finance_connector_base.safe import certificates

CERTIFICATE, KEY = make("client.example")
PEM = CERTIFICATE.public_bytes(serialization.Encoding.PEM)
PLAIN = serialization.NoEncryption()
LOCKED = serialization.BestAvailableEncryption(b"pass")


def key_pem(encryption: serialization.KeySerializationEncryption = PLAIN) -> bytes:
    return KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def test_the_facts_of_a_certificate() -> None:
    read = certificates.read(PEM)
    assert (read.subject, read.issuer, read.private_key) == ("CN=client.example", "CN=client.example", "")
    assert read.expires_at - read.valid_from == datetime.timedelta(days=90)
    assert len(read.fingerprint.split(":")) == 32
    assert read.serial == f"{CERTIFICATE.serial_number:x}"


@pytest.mark.parametrize(
    ("data", "private_key", "passphrase"),
    [
        (PEM + key_pem(), b"", ""),
        (key_pem() + PEM, b"", "not needed"),
        (PEM, key_pem(), ""),
        (PEM, key_pem(LOCKED), "pass"),
        (CERTIFICATE.public_bytes(serialization.Encoding.DER), key_pem(), ""),
        (pkcs12.serialize_key_and_certificates(b"name", KEY, CERTIFICATE, None, LOCKED), b"", "pass"),
    ],
    ids=["one file", "key first", "two files", "key with passphrase", "DER", "PKCS#12"],
)
def test_every_delivery_gives_the_same(data: bytes, private_key: bytes, passphrase: str) -> None:
    read = certificates.read(data, private_key=private_key, passphrase=passphrase)
    assert read.pem == PEM.decode()
    assert read.private_key == key_pem().decode()


def test_in_a_chain_the_certificate_of_the_key_comes_first() -> None:
    issuer, _key = make("issuer.example")
    issuer_pem = issuer.public_bytes(serialization.Encoding.PEM)
    read = certificates.read(issuer_pem + PEM, private_key=key_pem())
    assert read.pem == (PEM + issuer_pem).decode()
    assert read.subject == "CN=client.example"


@pytest.mark.parametrize(
    ("data", "private_key", "passphrase"),
    [
        (b"", b"", ""),
        (b"no certificate", b"", ""),
        (b"-----BEGIN CERTIFICATE-----\nnope\n-----END CERTIFICATE-----\n", b"", ""),
        (key_pem(), b"", ""),
        (PEM, b"-----BEGIN PRIVATE KEY-----\nnope\n-----END PRIVATE KEY-----\n", ""),
        (PEM, key_pem(LOCKED), ""),
        (PEM, key_pem(LOCKED), "other"),
        (make("other.example")[0].public_bytes(serialization.Encoding.PEM), key_pem(), ""),
        (pkcs12.serialize_key_and_certificates(b"name", KEY, CERTIFICATE, None, LOCKED), b"", "other"),
    ],
)
def test_what_cannot_be_used_is_refused(data: bytes, private_key: bytes, passphrase: str) -> None:
    with pytest.raises(certificates.CertificateUnreadable):
        certificates.read(data, private_key=private_key, passphrase=passphrase)
