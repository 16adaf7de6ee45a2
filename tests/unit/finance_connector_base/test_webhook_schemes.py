"""Who a delivery is from: the schemes against vectors of others, and against everything that is not theirs (B-18)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.webhooks import SCHEMES, CertificateWanted, Delivery, Refused, Settings
from odoo.addons.finance_connector_base.webhooks import standard as standard_module
from odoo.addons.finance_connector_base.webhooks.hmac_header import check_pattern, signed_bytes
from odoo.addons.finance_connector_base.webhooks.jws_detached import read_key
from odoo.addons.finance_connector_base.webhooks.paypal import SIGNER, is_certificate_url

NOW = 1_700_000_000
BODY = b'{"id":"evt_1","object":"event","type":"payout.paid"}'
#: published with the scheme, checked with its own library
STANDARD_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
STANDARD_SIGNATURE = "v1,vHNYEH2RHd19595Vg0Ztsa/P0T7/86uXMeVRyvPE8OE="
STRIPE_SECRET = "whsec_test_secret"
STRIPE_SIGNATURE = "ed000f133135da7ceac89ab7458c79e8061901ff466ee36ec1081a26f7c42675"
CERTIFICATE_URL = "https://api.paypal.com/v1/notifications/certs/CERT-1"


@dataclass(frozen=True)
class Signed:
    """A delivery that is right, and what it needs to be."""

    scheme: str
    delivery: Delivery
    settings: Settings
    now: float = NOW

    def verdict(self, **changed: Any) -> str:
        """:return: ``ok``, or the code of the refusal"""
        case = replace(self, **changed)
        try:
            SCHEMES[case.scheme].verify(case.delivery, case.settings, case.now)
        except Refused as refused:
            return refused.code
        return "ok"


def standard() -> Signed:
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": STANDARD_SIGNATURE}
    return Signed("standard", Delivery(headers=headers, body=BODY), Settings(secrets=(STANDARD_SECRET,)))


def stripe() -> Signed:
    headers = {"stripe-signature": f"t={NOW},v1={STRIPE_SIGNATURE},v0=abc"}
    return Signed("stripe", Delivery(headers=headers, body=BODY), Settings(secrets=(STRIPE_SECRET,)))


def shop() -> Signed:
    digest = hmac.new(b"a shared secret of a shop", BODY, hashlib.sha256).digest()
    headers = {"x-shop-hmac-sha256": base64.b64encode(digest).decode()}
    settings = Settings(secrets=("a shared secret of a shop",), header="X-Shop-Hmac-Sha256", encoding="base64")
    return Signed("hmac", Delivery(headers=headers, body=BODY), settings)


def timed() -> Signed:
    digest = hmac.new(b"a shared secret of a bank", f"m1.{NOW}.".encode() + BODY, hashlib.sha512).hexdigest()
    headers = {"x-signature": f"sha512={digest}", "x-time": str(NOW), "x-id": "m1"}
    settings = Settings(
        secrets=("a shared secret of a bank",),
        header="x-signature",
        prefix="sha512=",
        algorithm="sha512",
        time_header="x-time",
        id_header="x-id",
        pattern="{id}.{time}.{body}",
    )
    return Signed("hmac", Delivery(headers=headers, body=BODY), settings)


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def public_pem(key: Any) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jws(head: dict[str, Any], sign: Callable[[bytes], bytes], pem: str, *, body: bytes = BODY) -> Signed:
    first = b64url(json.dumps(head).encode())
    payload = body if head.get("b64") is False else b64url(body).encode()
    signature = b64url(sign(first.encode() + b"." + payload))
    delivery = Delivery(headers={"x-jws-signature": f"{first}..{signature}"}, body=body)
    return Signed("jws", delivery, Settings(secrets=(pem,)))


def pss(data: bytes) -> bytes:
    return rsa_key().sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def detached() -> Signed:
    return jws({"alg": "PS256", "iat": NOW}, pss, public_pem(rsa_key()))


@cache
def authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, certificate("Root of the test", key, "Root of the test", key, is_authority=True)


def certificate(
    name: str, key: Any, issuer: str, issuer_key: Any, *, is_authority: bool = False, host: str = SIGNER
) -> x509.Certificate:
    at = datetime.fromtimestamp(NOW, timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if is_authority:
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@cache
def chain(host: str = SIGNER) -> str:
    key, _root = authority()
    leaf = certificate("Signer", rsa_key(), "Root of the test", key, host=host)
    return leaf.public_bytes(serialization.Encoding.PEM).decode()


def paypal() -> Signed:
    stamp = datetime.fromtimestamp(NOW, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    signed = f"tid-1|{stamp}|WH-1|{zlib.crc32(BODY)}".encode()
    headers = {
        "paypal-transmission-id": "tid-1",
        "paypal-transmission-time": stamp,
        "paypal-transmission-sig": base64.b64encode(
            rsa_key().sign(signed, padding.PKCS1v15(), hashes.SHA256())
        ).decode(),
        "paypal-cert-url": CERTIFICATE_URL,
        "paypal-auth-algo": "SHA256withRSA",
    }
    anchors = authority()[1].public_bytes(serialization.Encoding.PEM).decode()
    return Signed(
        "paypal",
        Delivery(headers=headers, body=BODY),
        Settings(webhook_id="WH-1", certificates={CERTIFICATE_URL: chain()}, anchors=anchors),
    )


@cache
def curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def es256(data: bytes) -> bytes:
    first, second = decode_dss_signature(curve_key().sign(data, ec.ECDSA(hashes.SHA256())))
    return first.to_bytes(32, "big") + second.to_bytes(32, "big")


def rs512(data: bytes) -> bytes:
    return rsa_key().sign(data, padding.PKCS1v15(), hashes.SHA512())


def token(head: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    signed = f"{b64url(json.dumps(head).encode())}.{b64url(json.dumps(claims).encode())}"
    return f"{signed}.{b64url(sign(signed.encode()))}"


def ibanity(head: dict[str, Any] | None = None, sign: Callable[[bytes], bytes] = rs512, **claims: Any) -> Signed:
    digest = base64.b64encode(hashlib.sha512(BODY).digest()).decode()
    stated = {"iss": "https://api.ibanity.com", "aud": "app-1", "iat": NOW, "digest": digest, **claims}
    headers = {"signature": token({"alg": "RS512", "kid": "k1", **(head or {})}, stated, sign)}
    known = Settings(webhook_id="app-1", certificates={"k1": public_pem(rsa_key())})
    return Signed("ibanity", Delivery(headers=headers, body=BODY), known)


def plaid(head: dict[str, Any] | None = None, sign: Callable[[bytes], bytes] = es256, **claims: Any) -> Signed:
    stated = {"iat": NOW, "request_body_sha256": hashlib.sha256(BODY).hexdigest(), **claims}
    headers = {"plaid-verification": token({"alg": "ES256", "kid": "k1", **(head or {})}, stated, sign)}
    return Signed("plaid", Delivery(headers=headers, body=BODY), Settings(certificates={"k1": public_pem(curve_key())}))


RAMP_SECRET = "a secret that Ramp has shown"


def ramp(*names: str) -> Signed:
    signature = hmac.new(RAMP_SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    headers = dict.fromkeys(names or ("x-ramp-webhook-signature",), signature)
    return Signed("ramp", Delivery(headers=headers, body=BODY), Settings(secrets=(RAMP_SECRET,)))


def payhawk(stamp: str = "2023-11-14T22:13:20.000Z", target: str = "/finance/webhook/abc", **changed: Any) -> Signed:
    signed = f"{stamp}:/finance/webhook/abc:".encode() + BODY
    signature = rsa_key().sign(signed, padding.PKCS1v15(), hashes.SHA256())
    headers = {"x-payhawk-timestamp": stamp, "x-payhawk-signature": base64.b64encode(signature).decode(), **changed}
    known = Settings(certificates={"rsa-public-key": public_pem(rsa_key())}, tolerance=60)
    return Signed("payhawk", Delivery(headers=headers, body=BODY, target=target), known)


CASES = [standard, stripe, shop, timed, detached, paypal, ibanity, plaid, ramp, payhawk]
#: where the time is part of what is signed
TIMED = [standard, stripe, timed, detached, paypal, ibanity, plaid, payhawk]


@pytest.mark.parametrize("make", CASES)
def test_b18_what_the_sender_signed_is_accepted(make: Callable[[], Signed]) -> None:
    assert make().verdict() == "ok"


@pytest.mark.parametrize("make", CASES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_b18_one_changed_byte_is_refused(make: Callable[[], Signed], data: st.DataObject) -> None:
    case = make()
    body = bytearray(case.delivery.body)
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    assert case.verdict(delivery=replace(case.delivery, body=bytes(body))) == "signature"


@pytest.mark.parametrize("make", CASES)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_b18_a_changed_header_is_refused_and_never_an_error(make: Callable[[], Signed], data: st.DataObject) -> None:
    case = make()
    name = data.draw(st.sampled_from(sorted(case.delivery.headers)))
    value = data.draw(st.text(max_size=60) | st.just("") | st.just(case.delivery.headers[name][:-1]))
    if value.strip() == case.delivery.headers[name]:
        return
    if name == "stripe-signature" and f"t={NOW}" in value and STRIPE_SIGNATURE in value:
        return
    verdict = case.verdict(delivery=replace(case.delivery, headers={**case.delivery.headers, name: value}))
    if make is timed and name == "x-id" and value.strip() == "m1":
        return
    assert verdict != "ok"


@pytest.mark.parametrize("make", TIMED)
def test_fault_29_a_recording_is_refused_when_it_is_old_and_when_it_is_early(make: Callable[[], Signed]) -> None:
    case = make()
    tolerance = case.settings.tolerance
    assert case.verdict(now=NOW + tolerance) == "ok"
    assert case.verdict(now=NOW + tolerance + 1) == "old"
    assert case.verdict(now=NOW - tolerance) == "ok"
    assert case.verdict(now=NOW - tolerance - 1) == "early"


@pytest.mark.parametrize("make", [standard, stripe, shop, timed, detached, ramp])
def test_b18_two_secrets_are_good_while_the_sender_changes_over(make: Callable[[], Signed]) -> None:
    case = make()
    other = STANDARD_SECRET.replace("AAEC", "BBEC") if make is standard else "another secret of the sender"
    if make is detached:
        other = public_pem(ec.generate_private_key(ec.SECP256R1()))
    both = replace(case.settings, secrets=(other, *case.settings.secrets))
    assert case.verdict(settings=both) == "ok"
    assert case.verdict(settings=replace(case.settings, secrets=(other,))) == "signature"
    assert case.verdict(settings=replace(case.settings, secrets=())) == "no_secret"


def test_standard_takes_one_of_several_signatures_but_no_search() -> None:
    case = standard()
    wrong = "v1," + base64.b64encode(b"x" * 32).decode()
    few = {**case.delivery.headers, "webhook-signature": f"{wrong} v2,zz {STANDARD_SIGNATURE}"}
    many = {**case.delivery.headers, "webhook-signature": " ".join([wrong] * 20 + [STANDARD_SIGNATURE])}
    assert case.verdict(delivery=replace(case.delivery, headers=few)) == "ok"
    assert case.verdict(delivery=replace(case.delivery, headers=many)) == "signature"


def test_standard_by_public_key() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()
    signature = "v1a," + base64.b64encode(key.sign(f"msg_1.{NOW}.".encode() + BODY)).decode()
    case = standard()
    headers = {**case.delivery.headers, "webhook-signature": signature}
    signed = replace(case, delivery=replace(case.delivery, headers=headers), settings=Settings(secrets=(public,)))
    assert signed.verdict() == "ok"
    assert signed.verdict(delivery=replace(signed.delivery, body=BODY + b" ")) == "signature"
    # a public key is known to everybody: it is never the password of an HMAC
    forged = hmac.new(public.encode(), f"msg_1.{NOW}.".encode() + BODY, hashlib.sha256).digest()
    headers = {**headers, "webhook-signature": "v1," + base64.b64encode(forged).decode()}
    assert signed.verdict(delivery=replace(signed.delivery, headers=headers)) == "signature"


def test_standard_signs_what_others_verify() -> None:
    assert standard_module.sign(STANDARD_SECRET, "msg_1", NOW, BODY) == STANDARD_SIGNATURE
    with pytest.raises(ValueError, match="24 to 64"):
        standard_module.sign("whsec_c2hvcnQ=", "msg_1", NOW, BODY)


@settings(max_examples=200)
@given(identity=st.text(max_size=10), stamp=st.text(max_size=10), body=st.binary(max_size=30))
def test_a_pattern_puts_each_part_in_its_place(identity: str, stamp: str, body: bytes) -> None:
    expected = b"a" + identity.encode() + b"|" + stamp.encode() + b"|" + body
    # what a part holds is never read as a place again
    assert signed_bytes("a{id}|{time}|{body}", identity, stamp, body) == expected


@pytest.mark.parametrize(
    ("pattern", "good"),
    [("{body}", True), ("{time}.{body}", True), ("{id}", False), ("{body}{other}", False), ("", False)],
)
def test_a_pattern_signs_the_body(pattern: str, good: bool) -> None:
    assert check_pattern(pattern) is good


def test_an_identity_that_is_not_signed_is_not_believed() -> None:
    case = shop()
    settings = replace(case.settings, id_header="x-id")
    delivery = replace(case.delivery, headers={**case.delivery.headers, "x-id": "anything"})
    assert SCHEMES["hmac"].verify(delivery, settings, NOW).delivery_id is None
    assert SCHEMES["hmac"].verify(timed().delivery, timed().settings, NOW).delivery_id == "m1"


# -- a secret in a header ----------------------------------------------------------------------


def test_a_secret_in_a_header() -> None:
    """What signs nothing still has to be there, whole, and behind the agreed word."""
    secret = "put there by our proxy"
    delivery = Delivery(headers={"x-proxy-proof": f"Token {secret}"}, body=BODY)
    case = Signed("shared", delivery, Settings(secrets=(secret,), header="X-Proxy-Proof", prefix="Token"))
    assert case.verdict() == "ok"
    for headers, verdict in (
        ({}, "unsigned"),
        ({"x-proxy-proof": secret}, "malformed"),
        ({"x-proxy-proof": f"Token {secret[:-1]}"}, "signature"),
        ({"x-proxy-proof": "Token"}, "signature"),
        ({"x-proxy-proof": f"Token {secret}é"}, "malformed"),
    ):
        assert case.verdict(delivery=Delivery(headers=headers, body=BODY)) == verdict
    assert case.verdict(settings=replace(case.settings, secrets=("another", secret))) == "ok"
    assert case.verdict(settings=replace(case.settings, secrets=())) == "no_secret"
    assert case.verdict(settings=replace(case.settings, header="")) == "no_secret"


# -- a JWT over the body -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (lambda: ibanity(aud=["other", "app-1"]), "ok"),
        (lambda: ibanity(aud="app-2"), "signature"),
        (lambda: ibanity(aud=["app-2"]), "signature"),
        (lambda: ibanity(iss="https://evil.example"), "signature"),
        (lambda: ibanity(exp=NOW - 301), "old"),
        (lambda: ibanity(iat=str(NOW)), "malformed"),
        (lambda: ibanity({"alg": "RS256"}), "malformed"),
        (lambda: ibanity({"alg": "none"}), "malformed"),
        (lambda: ibanity({"kid": ""}), "malformed"),
        (lambda: ibanity({"kid": "k2"}), "certificate_wanted"),
        (lambda: ibanity(digest=hashlib.sha512(BODY).hexdigest()), "signature"),
        (lambda: ibanity(digest=None), "signature"),
        (lambda: plaid({"alg": "HS256"}), "malformed"),
        (lambda: plaid({"b64": False, "crit": ["b64"]}), "malformed"),
        (lambda: plaid({"kid": "k2"}), "certificate_wanted"),
        (lambda: plaid(sign=lambda data: b"x" * 64), "signature"),
        # neither a recording nor a forged body has a key fetched
        (lambda: plaid({"kid": "k2"}, iat=NOW - 301), "old"),
        (lambda: plaid({"kid": "k2"}, request_body_sha256="00"), "signature"),
    ],
)
def test_b18_a_token_over_the_body(case: Callable[[], Signed], expected: str) -> None:
    assert case().verdict() == expected


def test_b18_who_a_token_is_for_has_to_be_known() -> None:
    case = ibanity()
    assert case.verdict(settings=replace(case.settings, webhook_id="")) == "no_secret"
    assert case.verdict(settings=replace(case.settings, signer="https://other.example")) == "signature"


def test_what_is_told_in_the_same_words_again_is_another_delivery_at_plaid() -> None:
    first, again, second = (
        SCHEMES["plaid"].verify(made.delivery, made.settings, NOW).delivery_id
        for made in (plaid(), plaid(), plaid(iat=NOW + 1))
    )
    assert first == again != second


# -- expense platforms -------------------------------------------------------------------------


def test_ramp_signs_under_either_name_and_both_have_to_be_right() -> None:
    assert ramp("x-ramp-signature").verdict() == "ok"
    both = ramp("x-ramp-signature", "x-ramp-webhook-signature")
    assert both.verdict() == "ok"
    one_wrong = {**both.delivery.headers, "x-ramp-signature": "0" * 64}
    assert both.verdict(delivery=replace(both.delivery, headers=one_wrong)) == "signature"
    assert both.verdict(delivery=replace(both.delivery, headers={"x-other": "1"})) == "unsigned"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (lambda: payhawk("2023-11-14T23:13:20+01:00"), "ok"),
        (lambda: payhawk("1700000000"), "ok"),
        (lambda: payhawk(target="/finance/webhook/other"), "signature"),
        (lambda: payhawk("2023-11-14T22:12:19.000Z"), "old"),
        (lambda: payhawk("2023-11-14T22:14:21.000Z"), "early"),
        (lambda: payhawk("yesterday"), "malformed"),
        (lambda: payhawk(**{"x-payhawk-signature": "no base64"}), "malformed"),
        (lambda: replace(payhawk(), settings=Settings()), "certificate_wanted"),
        # a recording makes us fetch nothing
        (lambda: replace(payhawk("2023-11-14T21:13:20.000Z"), settings=Settings()), "old"),
    ],
)
def test_payhawk_signs_time_path_and_body(case: Callable[[], Signed], expected: str) -> None:
    assert case().verdict() == expected


# -- detached JWS ------------------------------------------------------------------------------


def test_jws_by_curve_and_by_ed25519_and_unencoded() -> None:
    edwards = ed25519.Ed25519PrivateKey.generate()
    assert jws({"alg": "ES256", "iat": NOW}, es256, public_pem(curve_key())).verdict() == "ok"
    assert jws({"alg": "EdDSA", "iat": NOW}, edwards.sign, public_pem(edwards)).verdict() == "ok"
    assert (
        jws({"alg": "PS256", "iat": NOW, "b64": False, "crit": ["b64"]}, pss, public_pem(rsa_key())).verdict() == "ok"
    )


def test_jws_a_public_key_is_never_a_password() -> None:
    pem = public_pem(rsa_key())
    case = jws({"alg": "HS256", "iat": NOW}, lambda data: hmac.new(pem.encode(), data, "sha256").digest(), pem)
    assert case.verdict() == "signature"
    assert jws({"alg": "none", "iat": NOW}, lambda data: b"", pem).verdict() in ("signature", "malformed")


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ({"alg": "PS256"}, "no time: a recording would be good for ever"),
        ({"alg": "PS256", "iat": NOW, "crit": ["exp"], "exp": NOW}, "critical and not understood"),
        ({"alg": "PS256", "iat": NOW, "b64": False}, "b64 without being critical"),
        ({"alg": "PS256", "iat": str(NOW)}, "a time that is no number"),
    ],
)
def test_jws_refuses_a_header_it_does_not_understand(head: dict[str, Any], why: str) -> None:
    assert jws(head, pss, public_pem(rsa_key())).verdict() == "malformed", why


def test_jws_a_key_that_the_signature_brings_along_is_not_used() -> None:
    own = rsa.generate_private_key(65537, 2048)
    head = {"alg": "PS256", "iat": NOW, "x5c": [public_pem(own)]}
    case = jws(
        head,
        lambda data: own.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
        public_pem(rsa_key()),
    )
    assert case.verdict() == "signature"


@pytest.mark.parametrize("text", ["", "nothing", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_jws_what_is_no_key_is_said_at_once(text: str) -> None:
    with pytest.raises(ValueError, match="PEM"):
        read_key(text)


# -- PayPal ------------------------------------------------------------------------------------


def test_paypal_a_certificate_that_is_not_here_is_asked_for() -> None:
    case = paypal()
    with pytest.raises(CertificateWanted) as caught:
        SCHEMES["paypal"].verify(case.delivery, replace(case.settings, certificates={}), NOW)
    assert caught.value.url == CERTIFICATE_URL
    # an old recording makes us fetch nothing
    assert case.verdict(settings=replace(case.settings, certificates={}), now=NOW + 9999) == "old"


def test_paypal_a_certificate_of_somebody_else_is_not_trusted() -> None:
    case = paypal()
    stranger = replace(case.settings, certificates={CERTIFICATE_URL: chain("www.example.com")})
    assert case.verdict(settings=stranger) == "certificate"
    key = rsa_key()
    alone = certificate("Signer", key, "Signer", key).public_bytes(serialization.Encoding.PEM).decode()
    assert case.verdict(settings=replace(case.settings, certificates={CERTIFICATE_URL: alone})) == "certificate"
    assert case.verdict(settings=replace(case.settings, certificates={CERTIFICATE_URL: "nothing"})) == "certificate"


def test_paypal_another_webhook_is_not_ours() -> None:
    case = paypal()
    assert case.verdict(settings=replace(case.settings, webhook_id="WH-2")) == "signature"
    assert case.verdict(settings=replace(case.settings, webhook_id="")) == "no_secret"


@pytest.mark.parametrize(
    ("url", "good"),
    [
        (CERTIFICATE_URL, True),
        ("https://paypal.com/c", True),
        ("http://api.paypal.com/c", False),
        ("https://api.paypal.com.evil.example/c", False),
        ("https://evilpaypal.com/c", False),
        ("https://paypal.com@evil.example/c", False),
        ("https://api.paypal.com:8443/c", False),
        ("file:///etc/passwd", False),
        ("https://api.paypal.com/" + "c" * 500, False),
        ("https://[", False),
    ],
)
def test_paypal_certificates_come_from_its_own_hosts(url: str, good: bool) -> None:
    assert is_certificate_url(url) is good


@pytest.mark.parametrize("identity", ["msg.1", "m\n1", "m" * 2048, "", "mé"])
def test_attack_21_what_is_no_name_is_refused_however_well_it_is_signed(identity: str) -> None:
    signature = standard_module.sign(STANDARD_SECRET, identity, NOW, BODY)
    headers = {"webhook-id": identity, "webhook-timestamp": str(NOW), "webhook-signature": signature}
    delivery = Delivery(headers=headers, body=BODY)
    assert standard().verdict(delivery=delivery) in ("malformed", "unsigned")


def test_attack_21_signed_bytes_are_not_cut_in_another_way() -> None:
    """What is signed as (m, time, "7.{}") is not taken as (m.time, 7, "{}")."""
    body = f"{NOW}." + "{}"
    signature = standard_module.sign(STANDARD_SECRET, "m", NOW, body.encode())
    headers = {"webhook-id": f"m.{NOW}", "webhook-timestamp": str(NOW), "webhook-signature": signature}
    assert standard().verdict(delivery=Delivery(headers=headers, body=b"{}")) == "malformed"
