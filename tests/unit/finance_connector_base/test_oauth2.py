"""OAuth 2.0 against the sandbox's authorisation server over real sockets (B-40, S-02; RFC 6749, 7636, 7523)."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine import errors
from odoo.addons.finance_connector_base.transports import oauth2
from odoo.addons.finance_connector_base.transports.http import Basic, Client, Endpoint, Limits, Tls
from odoo.addons.finance_connector_base.transports.http_address import networks
from odoo.addons.finance_connector_base.transports.oauth2 import Held, Identity, Renewing, Tokens

from sandbox.process import StandIn

REDIRECT = "https://odoo.example/finance/oauth2/callback"
BASIC = Identity(client_id="odoo", secret="sandbox-secret")
PATIENT = Limits(connect=20.0, read=30.0, total=60.0)
QUICK = Limits(connect=20.0, read=0.4, total=0.8)


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with StandIn("sandbox.http") as system:
        yield system


@pytest.fixture
def system(running: StandIn) -> StandIn:
    running.control("POST", "/reset")
    return running


def endpoint(system: StandIn, kind: str = "good", path: str = "/token", **values: Any) -> Endpoint:
    values = {
        "base_url": f"https://localhost:{system.ready['ports'][kind]}{path}",
        "networks": networks("127.0.0.0/8"),
        "tls": Tls(authorities=system.ready["authority"]),
        "limits": PATIENT,
        "resolver": lambda host, port: ["127.0.0.1"],
        **values,
    }
    return Endpoint(**values)


def ask(
    system: StandIn,
    form: dict[str, str],
    identity: Identity = BASIC,
    *,
    repeatable: bool | None = None,
    kind: str = "good",
    **values: Any,
) -> Tokens:
    where = endpoint(system, kind, **values)
    if repeatable is None:
        repeatable = form["grant_type"] == "client_credentials"
    with Client(where) as client:
        return oauth2.ask(client, where.base_url, identity, form, repeatable=repeatable)


def say_yes(system: StandIn, verifier: str, **values: Any) -> dict[str, str]:
    """What comes back in the address after a person has answered."""
    page = endpoint(system, path="/authorize")
    url = oauth2.authorisation_url(
        page.base_url,
        client_id="odoo",
        redirect_uri=REDIRECT,
        state="s",
        verifier=verifier,
        **values,
    )
    with Client(page) as client:
        answer = client.get(url, expect={302})
    return {name: found[0] for name, found in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def public_pem(key: Any) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def private_pem(key: Any) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


# -- a good day ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["basic", "post"])
@pytest.mark.parametrize("secret", ["sandbox-secret", "a b:ü%+&=/~"])
def test_s02_client_credentials_by_secret(system: StandIn, method: str, secret: str) -> None:
    system.control("PUT", "/system", {"methods": [method], "client_secret": secret, "needs_token": True})
    tokens = ask(
        system, oauth2.client_credentials(scope="a b"), Identity(client_id="odoo", secret=secret, method=method)
    )
    assert tokens.lifetime == 3600 and not tokens.refresh
    held = Renewing(lambda refused: Held(access=tokens.access, stamp="1"))
    with Client(endpoint(system, path=""), authorization=held) as client:
        assert client.get("items").status == 200


@pytest.mark.parametrize("algorithm", ["PS256", "RS256", "ES256"])
def test_s02_client_credentials_by_assertion(system: StandIn, algorithm: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
    system.control(
        "PUT", "/system", {"methods": ["jwt"], "client_public_key": public_pem(key), "client_key_id": "key-1"}
    )
    identity = Identity(
        client_id="odoo",
        method="jwt",
        private_key=private_pem(key),
        key_id="key-1",
        rsa_algorithm=algorithm if algorithm != "ES256" else "PS256",
    )
    for _again in range(2):  # each call has an assertion of its own
        assert ask(system, oauth2.client_credentials(), identity).access
    with pytest.raises(oauth2.ClientRefused):
        ask(system, oauth2.client_credentials(), replace(identity, key_id="key-2"))
    with pytest.raises(oauth2.ClientRefused):
        ask(system, oauth2.client_credentials(), replace(identity, audience="https://elsewhere.example"))


def test_s02_client_credentials_by_certificate(system: StandIn) -> None:
    system.control("PUT", "/system", {"methods": ["tls"]})
    ours = Tls(
        authorities=system.ready["authority"],
        certificate=system.ready["client_certificate"],
        private_key=system.ready["client_key"],
    )
    identity = Identity(client_id="odoo", method="tls")
    assert ask(system, oauth2.client_credentials(), identity, kind="mutual", tls=ours).access
    with pytest.raises(oauth2.ClientRefused):
        ask(system, oauth2.client_credentials(), identity)


def test_s02_authorisation_code_with_pkce_and_rotation(system: StandIn) -> None:
    system.control("PUT", "/system", {"issuer": "https://bank.example"})
    verifier = oauth2.new_verifier()
    back = say_yes(system, verifier, scope="ais offline_access", extra="prompt=consent&state=forged")
    assert back["state"] == "s" and back["iss"] == "https://bank.example"
    [asked] = system.control("GET")["authorisations"]
    assert (asked["prompt"], asked["scope"], asked["state"]) == ("consent", "ais offline_access", "s")
    tokens = ask(system, oauth2.exchange(back["code"], redirect_uri=REDIRECT, verifier=verifier))
    following = ask(system, oauth2.refresh(tokens.refresh))
    assert following.refresh and following.refresh != tokens.refresh and following.access != tokens.access


def test_a_stolen_code_is_no_use_without_the_verifier(system: StandIn) -> None:
    back = say_yes(system, oauth2.new_verifier())
    with pytest.raises(oauth2.GrantRefused):
        ask(system, oauth2.exchange(back["code"], redirect_uri=REDIRECT, verifier=oauth2.new_verifier()))


def test_a_public_client_shows_nothing_but_its_name(system: StandIn) -> None:
    system.control("PUT", "/system", {"methods": ["none"]})
    verifier = oauth2.new_verifier()
    form = oauth2.exchange(say_yes(system, verifier)["code"], redirect_uri=REDIRECT, verifier=verifier)
    assert ask(system, form, Identity(client_id="odoo", method="none")).access


# -- refusals and silence ------------------------------------------------------------------


def test_fault_46_a_refresh_token_that_comes_twice_takes_its_family_along(system: StandIn) -> None:
    first = system.control("POST", "/grant")["refresh_token"]
    bystander = system.control("POST", "/grant")["refresh_token"]
    second = ask(system, oauth2.refresh(first))
    for token in (first, second.refresh):
        with pytest.raises(oauth2.GrantRefused) as caught:
            ask(system, oauth2.refresh(token))
        assert caught.value.reason == "oauth_reauthorise"
    assert ask(system, oauth2.refresh(bystander)).access
    assert system.control("GET")["reused"] == 1


def test_a_wrong_secret_is_a_matter_of_settings(system: StandIn) -> None:
    with pytest.raises(oauth2.ClientRefused) as caught:
        ask(system, oauth2.client_credentials(), replace(BASIC, secret="wrong"))
    assert caught.value.reason == "oauth_client_refused"
    assert isinstance(caught.value, errors.AuthNeededError)


@pytest.mark.parametrize(
    ("chaos", "of_own", "of_refresh"),
    [
        ({"mode": "status", "status": 500}, errors.TransientError, errors.TransientError),
        (
            {"mode": "status", "status": 503, "headers": {"Retry-After": "9"}},
            errors.ThrottledError,
            errors.ThrottledError,
        ),
        ({"mode": "status", "status": 429}, errors.ThrottledError, errors.ThrottledError),
        ({"mode": "status", "status": 302, "headers": {"Location": "/x"}}, oauth2.ClientRefused, oauth2.ClientRefused),
        ({"mode": "status", "status": 404}, oauth2.ClientRefused, oauth2.ClientRefused),
        ({"mode": "reset"}, errors.TransientError, oauth2.OutcomeUnclear),
        ({"mode": "reset_after_effect"}, errors.TransientError, oauth2.OutcomeUnclear),
        ({"mode": "late_effect"}, errors.TransientError, oauth2.OutcomeUnclear),
        ({"mode": "short"}, errors.TransientError, oauth2.OutcomeUnclear),
        ({"mode": "html"}, errors.TransientError, oauth2.OutcomeUnclear),
        ({"mode": "nonsense"}, errors.TransientError, oauth2.OutcomeUnclear),
    ],
    ids=lambda value: "-".join(map(str, list(value.values())[:2])) if isinstance(value, dict) else None,
)
def test_what_is_no_answer(
    system: StandIn, chaos: dict[str, Any], of_own: type[Exception], of_refresh: type[Exception]
) -> None:
    token = system.control("POST", "/grant")["refresh_token"]
    system.control("PUT", "/chaos", [{"path": "/token", **chaos}])
    limits = QUICK if chaos["mode"] == "late_effect" else PATIENT
    for form, expected in ((oauth2.client_credentials(), of_own), (oauth2.refresh(token), of_refresh)):
        with pytest.raises(expected) as caught:
            ask(system, form, limits=limits)
        assert isinstance(caught.value, oauth2.OutcomeUnclear) == (expected is oauth2.OutcomeUnclear)


def test_nobody_there_is_harmless(system: StandIn) -> None:
    system.control("POST", "/refuse")
    with pytest.raises(errors.TransientError) as caught:
        ask(system, oauth2.refresh("x"))
    assert not isinstance(caught.value, oauth2.OutcomeUnclear)
    system.control("POST", "/accept")


def test_log_lines_and_reprs_hold_no_secret(system: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = system.control("POST", "/grant")["refresh_token"]
    tokens = ask(system, oauth2.refresh(token))
    with pytest.raises(oauth2.GrantRefused) as caught:
        ask(system, oauth2.refresh(token))
    held = Held(access=tokens.access, stamp="1")
    shown = caplog.text + repr((tokens, BASIC, held, Basic(user="u", password="topsecret"))) + str(caught.value)
    for secret in (token, tokens.access, tokens.refresh, "sandbox-secret", "topsecret"):
        assert secret not in shown


# -- pure ----------------------------------------------------------------------------------


@given(st.integers())
def test_verifiers_are_unguessable_and_their_challenge_is_s256(_round: int) -> None:
    verifier = oauth2.new_verifier()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", verifier)
    assert verifier != oauth2.new_verifier()
    found = oauth2.challenge(verifier)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", found)
    assert int.from_bytes(hashlib.sha256(verifier.encode()).digest(), "big") == int.from_bytes(_decoded(found), "big")


def _decoded(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=")


def test_the_vector_of_rfc_7636() -> None:
    assert (
        oauth2.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_parameter_breaks_out_of_the_address(client: str, scope: str, extra: str) -> None:
    url = oauth2.authorisation_url(
        "https://bank.example/authorize?tenant=7",
        client_id=client,
        redirect_uri=REDIRECT,
        state="the-state",
        verifier="v" * 43,
        scope=scope,
        extra=extra,
    )
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "bank.example", "/authorize", "")
    query = parse_qs(parts.query, keep_blank_values=True)
    assert query["tenant"][0] == "7"
    assert query["state"] == ["the-state"] and query["redirect_uri"] == [REDIRECT] and query["client_id"] == [client]
    assert query["code_challenge"] == [oauth2.challenge("v" * 43)] and query["code_challenge_method"] == ["S256"]


@pytest.mark.parametrize("page", ["javascript:alert(1)", "https://u:p@bank.example/a", "bank.example", "https://"])
def test_a_page_that_cannot_be_one_is_refused(page: str) -> None:
    with pytest.raises(errors.RejectedError):
        oauth2.authorisation_url(page, client_id="c", redirect_uri=REDIRECT, state="s", verifier="v")


@pytest.mark.parametrize(
    ("life", "expected"),
    [(3600, 3600), ("3600", 3600), (Decimal("1799.5"), 1799), (0, None), (-1, None), ("soon", None), (None, None)]
    + [(True, None), (10**15, None), ("9" * 400, None)],
)
def test_lifetimes_as_vendors_write_them(life: Any, expected: int | None) -> None:
    told = {"access_token": "a", "expires_in": life, "x_refresh_token_expires_in": life}
    tokens = oauth2.read(told)
    assert (tokens.lifetime, tokens.refresh_lifetime) == (expected, expected)


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({}, ""),
        ({"geolocation": "https://us2.api.concursolutions.com"}, "https://us2.api.concursolutions.com"),
        ({"instance_url": "https://acme.my.salesforce.com/"}, "https://acme.my.salesforce.com"),
        ({"geolocation": "https://user@evil.example"}, ""),
        ({"geolocation": "javascript:1"}, ""),
        ({"geolocation": 7}, ""),
        ({"geolocation": "https://" + "a" * 300}, ""),
    ],
)
def test_where_to_be_called_from_now_on(told: Any, place: str) -> None:
    assert oauth2.read({"access_token": "a", **told}).place == place


@pytest.mark.parametrize(
    "told",
    [
        [],
        "text",
        {},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "a b"},
        {"access_token": "a" * 20000},
        {"access_token": "a", "token_type": "mac"},
    ],
)
def test_what_is_no_token_does_not_get_into_a_header(told: Any) -> None:
    with pytest.raises(errors.MalformedError):
        oauth2.read(told)


def test_a_refusal_with_a_good_status_is_one() -> None:
    with pytest.raises(oauth2.GrantRefused):
        oauth2.read({"error": "invalid_grant"}, "refresh_token")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
TOLD = st.dictionaries(
    st.sampled_from(
        ["access_token", "refresh_token", "token_type", "expires_in", "scope", "error", "error_description"]
    ),
    JSON,
)


@settings(max_examples=300)
@given(
    st.one_of(JSON, TOLD), st.sampled_from([200, 400, 401]), st.sampled_from(["refresh_token", "client_credentials"])
)
def test_any_answer_is_a_token_or_an_error_with_a_meaning(told: Any, status: int, grant: str) -> None:
    try:
        tokens = oauth2.read(told, grant) if status == 200 else None
    except errors.FinanceError:
        return
    if tokens is None:
        error = oauth2.refusal(told, status, grant)
        assert isinstance(error, errors.AuthNeededError | errors.TransientError)
        assert len(error.detail) < 400 and error.detail.isprintable()
        json.dumps(error.params)
    else:
        assert re.fullmatch(r"[\x21-\x7e]+", tokens.access)


def test_40_callers_with_one_refused_token_ask_for_one_more() -> None:
    """A token that was refused is named: whoever comes second gets the one that is there by then."""
    number, calls = 1, 0

    def current(refused: str | None) -> Held:
        nonlocal number, calls
        if refused == str(number):
            number, calls = number + 1, calls + 1
        return Held(access=f"a{number}", stamp=str(number))

    callers = [Renewing(current) for _n in range(40)]
    assert {caller.headers()["Authorization"] for caller in callers} == {"Bearer a1"}
    assert not Renewing(current).renew(), "nothing was sent, so nothing was refused"
    assert all(caller.renew() for caller in callers)
    assert calls == 1 and {caller.headers()["Authorization"] for caller in callers} == {"Bearer a2"}


def test_a_token_is_asked_for_again_only_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = [1000.0], []
    monkeypatch.setattr(oauth2.time, "time", lambda: now[0])

    def current(refused: str | None) -> Held:
        asked.append(refused)
        return Held(access="a", stamp=str(len(asked)), fresh_until=now[0] + 100)

    caller = Renewing(current)
    for moment in (1000.0, 1099.0, 1100.0, 1150.0):
        now[0] = moment
        caller.headers()
    assert asked == [None, None]
