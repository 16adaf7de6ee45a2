"""The receiver of events reads the specification by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from sandbox.events.receiver import Receivers
from sandbox.http.messages import Request

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
EVENT = {"specversion": "1.0", "id": "e1", "source": "urn:x", "type": "a.b", "data": {}}


def delivery(event: Any = EVENT, *, age: int = 0, path: str = "/shop", **headers: str) -> Request:
    body = json.dumps(event).encode()
    at = str(int(time.time()) - age)
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, f"{event['id']}.{at}.".encode() + body, hashlib.sha256).digest()
    return Request(
        "POST",
        path,
        {},
        {
            "webhook-id": event["id"],
            "webhook-timestamp": at,
            "webhook-signature": "v1,old v1," + base64.b64encode(digest).decode(),
            "content-type": "application/cloudevents+json; charset=UTF-8",
            **headers,
        },
        body,
    )


@pytest.fixture
def receivers() -> Receivers:
    made = Receivers()
    made.configure({"shop": {"secrets": [SECRET]}})
    return made


def test_the_published_vector_of_standard_webhooks_is_right() -> None:
    body = b'{"id":"evt_1","object":"event","type":"payout.paid"}'
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, b"msg_1.1700000000." + body, hashlib.sha256).digest()
    assert base64.b64encode(digest).decode() == "vHNYEH2RHd19595Vg0Ztsa/P0T7/86uXMeVRyvPE8OE="


def test_what_is_known_is_ignored(receivers: Receivers) -> None:
    assert [receivers.answer(delivery()).status for _ in range(2)] == [200, 200]
    assert (len(receivers.known["shop"].events), receivers.known["shop"].repeated) == (1, 1)


@pytest.mark.parametrize(
    ("event", "age", "headers", "fault"),
    [
        (EVENT, 400, {}, "age"),
        (EVENT, 0, {"webhook-signature": "v1,AAAA"}, "signature"),
        (EVENT, 0, {"content-type": "application/json"}, "content type"),
        ({**EVENT, "specversion": "0.3"}, 0, {}, "no event"),
    ],
)
def test_what_is_wrong_is_refused(
    receivers: Receivers, event: dict[str, Any], age: int, headers: dict[str, str], fault: str
) -> None:
    # signed here: a signature of when the tests were collected may be too old by now
    assert receivers.answer(delivery(event, age=age, **headers)).status == 400
    assert receivers.known["shop"].refused == [fault]


def test_nobody_is_nobody(receivers: Receivers) -> None:
    assert receivers.answer(delivery(path="/else")).status == 404
