"""The HTTP client against the sandbox's system over real sockets (B-54, faults 10, 35, 45, 47, 50; attacks 24, 25)."""

from __future__ import annotations

import io
import logging
import os
import socket
import ssl
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from odoo.addons.finance_connector_base.engine import errors
from odoo.addons.finance_connector_base.engine.work import Work, current_work
from odoo.addons.finance_connector_base.transports.http import Bearer, Client, Endpoint, Limits, Tls
from odoo.addons.finance_connector_base.transports.http_address import networks
from odoo.addons.finance_connector_base.transports.http_outcome import breakdown

from sandbox.process import StandIn

LOCAL = networks("127.0.0.0/8")
#: a busy machine takes its time; where time is what a test is about, it is short
PATIENT = Limits(connect=20.0, read=30.0, total=60.0, max_bytes=1_000_000)
QUICK = Limits(connect=20.0, read=0.4, total=0.8, max_bytes=1_000_000)
SLOW_MODES = {"black_hole", "drip", "drip_headers"}
READ = {"method": "GET", "path": "echo"}
PAY = {"method": "POST", "path": "payments", "json": {"amount": Decimal("10.10")}}


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with StandIn("sandbox.http") as system:
        yield system


@pytest.fixture
def system(running: StandIn) -> StandIn:
    running.control("POST", "/reset")
    return running


def endpoint(system: StandIn, kind: str = "good", **values: Any) -> Endpoint:
    scheme = "http" if kind == "plain" else "https"
    values = {
        "base_url": f"{scheme}://localhost:{system.ready['ports'][kind]}",
        "networks": LOCAL,
        "tls": Tls(authorities=system.ready["authority"]),
        "limits": PATIENT,
        "resolver": lambda host, port: ["127.0.0.1"],
        **values,
    }
    return Endpoint(**values)


def call(system: StandIn, request: dict[str, Any], kind: str = "good", **values: Any) -> Any:
    with Client(endpoint(system, kind, **values)) as client:
        return client.request(**request)


def spoil(system: StandIn, mode: str, **values: Any) -> None:
    system.control("PUT", "/chaos", [{"mode": mode, **values}])


# -- what a good day looks like ------------------------------------------------------------


def test_pages_over_one_connection_with_exact_numbers(system: StandIn) -> None:
    system.control("PUT", "/system", {"items": [{"amount": 0.1}, {"amount": 2}, {"amount": 3}]})
    found, cursor = [], "0"
    with Client(endpoint(system), authorization=Bearer(token="t")) as client:
        while cursor is not None:
            page = client.get("items", query={"cursor": cursor, "limit": 1}).json()
            found += page["items"]
            cursor = page["next"]
    assert found == [{"amount": Decimal("0.1")}, {"amount": 2}, {"amount": 3}]
    assert isinstance(found[0]["amount"], Decimal)


def test_headers_carry_correlation_trace_and_key(system: StandIn) -> None:
    """B-13: the key goes out quoted, and its value may be repeated."""
    token = current_work.set(Work(message_id=1, attempt_id=1, worker_id=1, lease_seconds=60, correlation_id="run-7"))
    try:
        with Client(endpoint(system)) as client:
            first = client.get("echo").json()["headers"]
            second = client.get("echo").json()["headers"]
        work = current_work.get()
        assert work is not None and work.reached == {f"localhost:{system.ready['ports']['good']}"}
    finally:
        current_work.reset(token)
    assert first["x-correlation-id"] == "run-7"
    version, trace, parent, flags = first["traceparent"].split("-")
    assert (version, len(trace), len(parent), flags) == ("00", 32, 16, "00")
    assert second["traceparent"].split("-")[1] == trace and second["traceparent"] != first["traceparent"]

    keyed = {**PAY, "idempotency_key": "order-1"}
    assert call(system, keyed).json() == call(system, keyed).json() == {"id": "P1"}
    state = system.control("GET")
    assert state["effects"] == 1
    assert state["requests"][-1]["headers"]["idempotency-key"] == '"order-1"'
    assert state["payments"]["P1"] == {"amount": 10.10}
    with pytest.raises(errors.RejectedError, match="another payment"):
        call(system, {**keyed, "json": {"amount": 11}})


def test_a_large_body_goes_into_a_file(system: StandIn) -> None:
    system.control("PUT", "/system", {"items": ["x" * 1000] * 2000})
    file = io.BytesIO()
    answer = call(
        system, {"method": "GET", "path": "items", "query": {"limit": 5000}, "into": file, "max_bytes": 3_000_000}
    )
    assert answer.body == b"" and len(file.getvalue()) > 2_000_000


def test_mutual_tls(system: StandIn) -> None:
    ours = Tls(
        authorities=system.ready["authority"],
        certificate=system.ready["client_certificate"],
        private_key=system.ready["client_key"],
    )
    assert call(system, READ, "mutual", tls=ours).status == 200
    # with TLS 1.3 the request has left before the other side looks at the certificate, and its alert may get lost
    with pytest.raises((errors.AuthNeededError, errors.AmbiguousError)):
        call(system, PAY, "mutual")
    alert = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required")
    for has_sent in (True, False):
        known = breakdown(alert, has_sent=has_sent, may_repeat=False, endpoint="bank.example")
        assert isinstance(known, errors.AuthNeededError)
    assert system.control("GET")["effects"] == 0
    with pytest.raises(errors.AuthNeededError, match="PEM"):
        call(system, READ, "mutual", tls=Tls(certificate=system.ready["client_certificate"], private_key="no key"))


class Rotating:
    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[0]}"}

    def renew(self) -> bool:
        self.tokens.pop(0)
        return bool(self.tokens)


def test_fault_45_a_token_that_ends_between_pages_is_renewed_once(system: StandIn) -> None:
    system.control("PUT", "/system", {"needs_token": True, "items": list(range(9))})
    tokens = [system.control("POST", "/grant")["access_token"]]
    authorization = Rotating(*tokens)
    with Client(endpoint(system), authorization=authorization) as client:
        first = client.get("items", query={"limit": 3}).json()
        system.control("POST", "/expire")
        authorization.tokens.append(system.control("POST", "/grant")["access_token"])
        second = client.get("items", query={"limit": 3, "cursor": first["next"]}).json()
        assert first["items"] + second["items"] == [0, 1, 2, 3, 4, 5]
        system.control("POST", "/revoke")
        authorization.tokens.append("worthless")
        with pytest.raises(errors.AuthNeededError):
            client.get("items")


# -- what an answer means ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "of_get", "of_post"),
    [
        (400, {}, errors.RejectedError, errors.RejectedError),
        (401, {}, errors.AuthNeededError, errors.AuthNeededError),
        (403, {}, errors.AuthNeededError, errors.AuthNeededError),
        (404, {}, errors.RejectedError, errors.RejectedError),
        (408, {}, errors.TransientError, errors.TransientError),
        (422, {}, errors.RejectedError, errors.RejectedError),
        (429, {"Retry-After": "17"}, errors.ThrottledError, errors.ThrottledError),
        (429, {}, errors.ThrottledError, errors.ThrottledError),
        (500, {}, errors.TransientError, errors.AmbiguousError),
        (502, {}, errors.TransientError, errors.AmbiguousError),
        (503, {}, errors.TransientError, errors.AmbiguousError),
        (503, {"Retry-After": "17"}, errors.ThrottledError, errors.ThrottledError),
        (302, {"Location": "http://169.254.169.254/"}, errors.RejectedError, errors.RejectedError),
    ],
)
def test_status(
    system: StandIn, status: int, headers: dict[str, str], of_get: type[Exception], of_post: type[Exception]
) -> None:
    """B-10, fault 47."""
    spoil(system, "status", status=status, headers=headers)
    for request, expected in ((READ, of_get), (PAY, of_post)):
        with pytest.raises(errors.FinanceError) as caught:
            call(system, request)
        assert type(caught.value) is expected
        if headers.get("Retry-After"):
            assert isinstance(caught.value, errors.ThrottledError) and caught.value.retry_after == 17


def test_fault_47_retry_after_as_a_date(system: StandIn) -> None:
    spoil(system, "status", status=429, headers={"Retry-After": "+3600"})
    with pytest.raises(errors.ThrottledError) as caught:
        call(system, PAY)
    assert caught.value.retry_after is not None and 3590 <= caught.value.retry_after <= 3610


@pytest.mark.parametrize(
    ("mode", "of_get", "of_post"),
    [
        ("reset", errors.TransientError, errors.AmbiguousError),
        ("reset_after_effect", errors.TransientError, errors.AmbiguousError),
        ("black_hole", errors.TransientError, errors.AmbiguousError),
        ("drip", errors.MalformedError, errors.AmbiguousError),
        ("drip_headers", errors.MalformedError, errors.AmbiguousError),
        ("short", errors.TransientError, errors.AmbiguousError),
        ("huge", errors.MalformedError, errors.AmbiguousError),
        ("bomb", errors.MalformedError, errors.AmbiguousError),
        ("html", errors.MalformedError, errors.AmbiguousError),
        ("nonsense", errors.MalformedError, errors.AmbiguousError),
    ],
)
@pytest.mark.parametrize("kind", ["good", "plain"])
def test_misbehaviour(system: StandIn, kind: str, mode: str, of_get: type[Exception], of_post: type[Exception]) -> None:
    """Faults 10 and 50: caps of bytes and time hold while the answer streams in."""
    spoil(system, mode, bytes=20_000_000, seconds=0.05)
    limits = QUICK if mode in SLOW_MODES else PATIENT
    for request, expected in ((READ, of_get), (PAY, of_post)):
        with pytest.raises(errors.FinanceError) as caught:
            call(system, request, kind, allow_plain=True, limits=limits).json()
        assert type(caught.value) is expected
        # a place that answers, if only nonsense, is not down
        assert bool(caught.value.endpoint) is (mode not in ("huge", "bomb", "html", "nonsense", "drip", "drip_headers"))


def test_a_key_makes_a_request_repeatable_where_the_contract_says_so(system: StandIn) -> None:
    spoil(system, "reset_after_effect", times=1)
    keyed = {**PAY, "idempotency_key": "order-2"}
    with pytest.raises(errors.TransientError):
        call(system, keyed, honours_idempotency_key=True)
    assert call(system, keyed, honours_idempotency_key=True).json() == {"id": "P1"}
    assert system.control("GET")["effects"] == 1


def test_fault_35_refused_is_safe_to_repeat_even_for_a_payment(system: StandIn) -> None:
    system.control("POST", "/refuse")
    with pytest.raises(errors.TransientError) as caught:
        call(system, PAY)
    assert caught.value.reason == "http_unreachable" and caught.value.endpoint
    system.control("POST", "/accept")
    assert call(system, PAY).status == 201


def test_an_idle_connection_is_not_used_for_what_must_not_be_repeated(system: StandIn) -> None:
    with Client(endpoint(system)) as client:
        client.get("echo")
        before = client._wire
        client.get("echo")
        assert client._wire is before
        client.request(**PAY)
        assert client._wire is not before


# -- attack 24: where calls go -------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:0a00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://127.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://10.1.2.3/",
        "https://user@bank.example/",
        "https://bank.example@10.0.0.1/",
        "https://bank.example:8443/",
        "https://other.example/",
        "http://bank.example/",
        "file:///etc/passwd",
        "gopher://bank.example/",
        "https://bank.example\\@10.0.0.1/",
        "https://bank.example/\r\nX: y",
        "https://b\u00e4nk.example/",
        "https:///nothing",
        "https://bank.example:99999/",
        "../admin",
    ],
)
def test_attack_24_addresses_are_refused_before_anything_is_connected(url: str) -> None:
    connected: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        connected.append(host)
        return [host.strip("[]")]

    for base in ("https://bank.example/api", url):
        with pytest.raises(errors.RejectedError) as caught:
            Client(Endpoint(base_url=base, limits=QUICK, resolver=resolver)).get(url if base != url else "")
        assert caught.value.reason == "http_address_refused"
        if base != url:
            assert connected == []
        if url in ("https://bank.example:8443/", "https://other.example/", "../admin"):
            break  # good addresses where the connection itself says so


@pytest.mark.parametrize("kind", ["good", "plain"])
def test_attack_24_one_internal_address_among_the_answers_spoils_them(system: StandIn, kind: str) -> None:
    with pytest.raises(errors.RejectedError, match="10.0.0.1"):
        call(system, READ, kind, allow_plain=True, resolver=lambda host, port: ["127.0.0.1", "10.0.0.1"])
    with pytest.raises(errors.RejectedError, match="not a public one"):
        call(system, READ, kind, allow_plain=True, networks=())


def test_attack_24_a_name_that_changes_its_mind_is_asked_once(system: StandIn) -> None:
    """DNS rebinding: the address that was checked is the one that is connected to."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    assert call(system, READ, resolver=lambda host, port: answers.pop(0)).status == 200
    assert len(answers) == 1


def test_attack_24_the_peer_is_looked_at_again(system: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "getpeername", lambda self: ("10.0.0.1", 443))
    with pytest.raises(errors.RejectedError, match="10.0.0.1"):
        call(system, PAY)
    monkeypatch.undo()
    assert system.control("GET")["requests"] == []


def test_attack_24_redirects(system: StandIn) -> None:
    inside = f"http://127.0.0.1:{system.ready['control_port']}/"
    spoil(system, "status", status=302, headers={"Location": inside}, path="/echo")
    for redirects in (0, 3):
        with pytest.raises(errors.RejectedError) as caught:
            call(system, READ, redirects=redirects)
        assert caught.value.reason in ("http_redirect", "http_address_refused")
    spoil(system, "status", status=302, headers={"Location": "/items"}, path="/echo")
    assert call(system, READ, redirects=1).json() == {"items": [], "next": None}
    spoil(system, "status", status=302, headers={"Location": "/echo"}, path="/echo")
    with pytest.raises(errors.RejectedError, match="elsewhere"):
        call(system, READ, redirects=5)


def test_attack_24_proxies_of_the_environment_are_ignored(system: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:9")
    assert call(system, READ).status == 200
    assert call(system, READ, "plain", allow_plain=True).status == 200


def test_plain_http_needs_permission_and_stays_inside(system: StandIn) -> None:
    with pytest.raises(errors.RejectedError, match="https"):
        call(system, READ, "plain")
    with pytest.raises(errors.RejectedError, match="not a public one"):
        call(system, READ, "plain", allow_plain=True, resolver=lambda host, port: ["93.184.215.14"])


def test_networks_that_would_switch_the_guard_off_are_refused() -> None:
    assert len(networks("10.20.0.0/16, fd12::/32\n127.0.0.1")) == 3
    for text in ("0.0.0.0/0", "::/0", "10.0.0.0/4", "10.0.0.1/8", "bank"):
        with pytest.raises(ValueError):
            networks(text)


# -- attack 25: TLS ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["self_signed", "expired", "wrong_host", "old_tls"])
def test_attack_25_bad_tls_fails_closed_before_anything_is_sent(system: StandIn, kind: str) -> None:
    with pytest.raises(errors.TransientError) as caught:
        call(system, PAY, kind)
    assert caught.value.reason == "http_tls_failed"
    assert system.control("GET")["requests"] == []


def test_attack_25_an_authority_that_is_not_ours_is_not_trusted(system: StandIn) -> None:
    with pytest.raises(errors.TransientError, match="not trusted"):
        call(system, PAY, tls=Tls())
    with pytest.raises(errors.AuthNeededError, match="PEM"):
        call(system, PAY, tls=Tls(authorities="-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----"))


# -- logs ----------------------------------------------------------------------------------


def test_log_lines_hold_no_secret(system: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Client(endpoint(system), authorization=Bearer(token="topsecret")) as client:
        client.request("GET", "accounts/DE89370400440532013000/123456789", query={"apikey": "hidden"}, expect={404})
        spoil(
            system,
            "status",
            status=400,
            headers={"Content-Type": "application/json"},
            body='{"detail": "DE89370400440532013000 unknown"}',
        )
        with pytest.raises(errors.RejectedError) as caught:
            client.get("echo")
    assert "DE89…3000 unknown" in caught.value.detail
    text = caplog.text
    assert "apikey=…" in text and "DE89…3000" in text and "…6789" in text and "404" in text
    for secret in ("topsecret", "hidden", "370400440532013000", "123456789"):
        assert secret not in text
    assert "topsecret" not in repr(client._authorization)
