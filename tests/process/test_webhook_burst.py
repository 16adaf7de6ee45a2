"""A burst of deliveries through a real server (S-15, B-55): none lost, none twice, the right state at the end.

``FIN_BURST=10000`` makes it as large as the requirement names; the figures are those of ``bench_webhook``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.process.test_server import settles

if TYPE_CHECKING:
    from tests.conftest import Database, StartServer

KEY = base64.b64encode(b"the key of the burst, 32 bytes!!").decode()
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
TOTAL = int(os.environ.get("FIN_BURST", "500"))
CHANGES = 20
THINGS = TOTAL * 8 // 10 // CHANGES
REPEATED = FORGED = TOTAL // 10
SENDERS = 8

SETUP = f"""
import os
os.environ["FINANCE_MASTER_KEY"] = {KEY!r}
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
connection = env["finance.connection"].create(
    {{"name": "Shop", "adapter": "finance.adapter.test", "environment": "test", "check_ok": True, "state": "active",
     "max_concurrency": 0}})
flow = env["finance.flow"].create(
    {{"name": "Events", "connection_id": connection.id, "handler": "finance.handler.test.event", "commit_size": 20,
     "retry_base": 0.5, "retry_cap": 2.0}})
webhook = env["finance.webhook"].create(
    {{"name": "Events", "connection_id": connection.id, "flow_id": flow.id,
     "key_path": "data.object.id", "rank_path": "created"}})
env["finance.webhook.secret"]._put(webhook, "{SECRET}")
# somebody reads the feed, so each step of each message is told as well
program = env["res.users"].create({{"name": "Program", "login": "program", "group_ids": [(6, 0, [
    env.ref("base.group_user").id, env.ref("finance_connector_base.finance_group_viewer").id])]}})
env["finance.api.client"].create({{"name": "Program", "user_id": program.id,
    "company_ids": [(6, 0, connection.company_id.ids)],
    "right_ids": [(6, 0, env["finance.api.right"].search([("code", "=", "events:read")]).ids)]}})
env.cr.commit()
"""


def events() -> list[tuple[str, bytes, bool]]:
    """:return: identity, body and whether it is the sender's, in the order in which they are sent"""
    made = []
    for thing in range(THINGS):
        for change in range(CHANGES):
            identity = f"evt-{thing}-{change}"
            event = {
                "id": identity,
                "type": "payment.changed",
                "created": 1_700_000_000 + change,
                "data": {"object": {"id": f"p{thing}", "status": change}},
            }
            made.append((identity, json.dumps(event).encode(), True))
    chance = random.Random(19)
    sent = [*made, *chance.sample(made, REPEATED)]
    sent += [(identity + "-forged", body, False) for identity, body, _good in chance.sample(made, FORGED)]
    chance.shuffle(sent)
    return sent


def sign(identity: str, at: int, body: bytes) -> str:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, f"{identity}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def send(port: int, path: str, work: list[tuple[str, bytes, bool]], answers: Counter[tuple[bool, int]]) -> None:
    """One sender: repeats what is not answered, as senders do."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for identity, body, good in work:
        at = int(time.time())
        signature = sign(identity, at, body)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(at),
            "webhook-signature": signature if good else signature[:-6] + "AAAAA=",
        }
        status = _sent(connection, path, body, headers)
        answers[good, status] += 1
    connection.close()


def _sent(connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, Any]) -> int:
    for _attempt in range(20):
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            continue
        if answer.status < 500:
            return answer.status
    return 0


@pytest.mark.timeout(900 + TOTAL // 4)
def test_s15_a_burst_of_deliveries_is_worked_once_each(database: Database, odoo_server: StartServer) -> None:
    database.shell(SETUP)
    server = odoo_server(workers=2, cron_threads=2, env={"FINANCE_MASTER_KEY": KEY})
    path = "/finance/webhook/" + database.value("SELECT slug FROM finance_webhook")
    work, answers = events(), Counter[tuple[bool, int]]()
    assert len(work) == TOTAL
    senders = [
        threading.Thread(target=send, args=(server.port, path, work[number::SENDERS], answers))
        for number in range(SENDERS)
    ]
    started = time.monotonic()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    print(f"{len(work) / (time.monotonic() - started):.0f} deliveries a second")
    taken = time.monotonic()

    assert answers == {(True, 200): THINGS * CHANGES + REPEATED, (False, 401): FORGED}
    moving = "SELECT count(*) FROM finance_message WHERE state NOT IN ('done', 'ignored')"
    assert settles(lambda: database.value(moving) == 0, seconds=600 + TOTAL // 8), database.query(
        "SELECT state, reason_code, detail, count(*) FROM finance_message GROUP BY 1, 2, 3"
    )

    print(f"worked {time.monotonic() - taken:.0f} seconds after the last one was taken")

    received = dict(database.query("SELECT COALESCE(reason_code, state), count(*) FROM finance_message GROUP BY 1"))
    assert received["duplicate"] == REPEATED
    assert received["done"] + received.get("overtaken", 0) == THINGS * CHANGES
    once = "SELECT count(*), count(DISTINCT key) FROM test_finance_effect WHERE key LIKE 'evt-%'"
    assert database.query(once) == [(received["done"], received["done"])]
    states = "SELECT sequence, count(*) FROM test_finance_effect WHERE key LIKE 'state of %' GROUP BY 1"
    assert database.query(states) == [(CHANGES - 1, THINGS)], "each thing is where its last event has put it"
    told = dict(database.query("SELECT type, count(DISTINCT subject) FROM finance_event GROUP BY 1"))
    assert told["finance.message.accepted"] == THINGS * CHANGES
    assert told["finance.message.done"] == received["done"]
    assert told["finance.message.ignored"] == REPEATED + received.get("overtaken", 0)
    refused = database.value("SELECT sum(count) FROM finance_webhook_refusal")
    # each worker keeps the sum of the last seconds for its next row
    assert 0 < refused <= FORGED
