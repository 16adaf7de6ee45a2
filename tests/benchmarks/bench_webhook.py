"""Signed deliveries through a real server with two workers, eight senders at a time.

The peer is the webhook of Odoo's automation rules, which checks no signature, keeps no bytes and works while the
sender waits (its action writes one field). The floor is a route of Odoo that does nothing (`/web/health`).
The second row is the time within which 95 of 100 answers came: its seconds are those, its rate their inverse.

What dominates: of the time of one answer the request itself (routing, cursor, commit) is a third, storing and sealing
the bytes a third, and the message with its timeline and the wake-up of the dispatchers the rest.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from suite.bench_child import Measure
from suite.server import Server

PEERS = ()
SENDERS = 8
KEY = base64.b64encode(b"the key of this bench, 32 bytes!").decode()
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#: path, body and headers of the n-th request
Request = Callable[[int], tuple[str, str, bytes, dict[str, str]]]


def run(context: Any) -> Iterator[dict[str, Any]]:
    os.environ["FINANCE_MASTER_KEY"] = KEY
    os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
    with context.odoo("base_automation") as env:
        name = env.cr.dbname
        ours, peer = _deliver_to(_webhook(env)), _automate(_automation(env))
        env.cr.commit()
        server = Server(context.ready, name, workers=2, cron_threads=2, env={"FINANCE_MASTER_KEY": KEY}).wait()
        try:
            _load(server.port, 50, lambda n: ours(10**9 + n))
            for size in context.sizes(1_000, 10_000):
                measures = [_load(server.port, size, request) for request in (ours, peer, _nothing)]
                for title, pick in (("webhook: accepted", 0), ("webhook: 95 of 100 within", 1)):
                    yield context.row(
                        title,
                        size if pick == 0 else 1,
                        measures[0][pick],
                        peer="automation rules",
                        peer_measure=measures[1][pick],
                        floor="empty route",
                        floor_measure=measures[2][pick],
                    )
        finally:
            server.kill()


def _load(port: int, size: int, request: Request) -> tuple[Measure, Measure]:
    times: list[float] = []

    def send(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for n in range(number, size, SENDERS):
            method, path, body, headers = request(n)
            started = time.perf_counter()
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                # a worker that has served its number of requests closes its connections
                connection.close()
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
            times.append(time.perf_counter() - started)
            if answer.status != 200:
                raise RuntimeError(f"answer {answer.status}")
        connection.close()

    senders = [threading.Thread(target=send, args=(number,)) for number in range(SENDERS)]
    started = time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    seconds = time.perf_counter() - started
    if len(times) != size:
        raise RuntimeError(f"{size - len(times)} deliveries were not answered")
    p95 = sorted(times)[int(len(times) * 0.95)]
    return Measure(seconds, 0.0, None), Measure(p95, 0.0, None)


def _webhook(env: Any) -> str:
    connection = env["finance.connection"].create(
        {
            "name": "Shop",
            "adapter": "finance.adapter.manual",
            "environment": "test",
            "state": "active",
            "check_ok": True,
            "max_concurrency": 0,
        }
    )
    # nothing works what comes in: what is measured is the answer
    flow = env["finance.flow"].create(
        {
            "name": "Events",
            "connection_id": connection.id,
            "handler": env["finance.flow"]._fields["handler"].get_values(env)[0],
            "paused": True,
        }
    )
    webhook = env["finance.webhook"].create(
        {
            "name": "Events",
            "connection_id": connection.id,
            "flow_id": flow.id,
            "key_path": "data.object.id",
            "rank_path": "created",
        }
    )
    env["finance.webhook.secret"]._put(webhook, SECRET)
    return f"/finance/webhook/{webhook.slug}"


def _deliver_to(path: str) -> Request:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))

    def request(n: int) -> tuple[str, str, bytes, dict[str, str]]:
        body = _body(n)
        at = int(time.time())
        digest = hmac.new(key, f"evt-{n}.{at}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": f"evt-{n}",
            "webhook-timestamp": str(at),
            "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        }
        return "POST", path, body, headers

    return request


def _body(n: int) -> bytes:
    event = {
        "id": f"evt-{n}",
        "type": "payment.changed",
        "created": 1_700_000_000 + n % 20,
        "data": {"object": {"id": f"p{n // 20}", "status": n % 20, "amount": "120.00", "currency": "EUR"}},
    }
    return json.dumps(event).encode()


def _automation(env: Any) -> str:
    partner = env["res.partner"].create({"name": "Payer"})
    rule = env["base.automation"].create(
        {
            "name": "Events",
            "model_id": env.ref("base.model_res_partner").id,
            "trigger": "on_webhook",
            "record_getter": f"model.browse({partner.id})",
            "action_server_ids": [
                (
                    0,
                    0,
                    {
                        "name": "Note",
                        "model_id": env.ref("base.model_res_partner").id,
                        "state": "code",
                        "code": "env['res.partner'].create({'name': payload.get('id'), 'parent_id': record.id})",
                    },
                )
            ],
        }
    )
    return "/web/hook/" + rule.webhook_uuid


def _automate(path: str) -> Request:
    return lambda n: ("POST", path, _body(n), {"Content-Type": "application/json"})


def _nothing(_n: int) -> tuple[str, str, bytes, dict[str, str]]:
    return "GET", "/web/health", b"", {}
