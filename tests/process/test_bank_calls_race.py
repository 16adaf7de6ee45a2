"""Many workers want a bank's calls at the same moment: there are four in 24 hours, and not one more (S-02)."""

from __future__ import annotations

import json
import re

from tests.conftest import Database

SCRIPT = """
import json, threading
connection = env["finance.connection"].create(dict(
    name="Open bank", adapter="finance.bank.adapter.berlin.group", environment="test",
    http_base_url="https://bank.example/v1"))
from odoo.addons.finance_bank_sync.protocols.access import OnlineAccount
account = env["finance.bank.online.account"]._note(
    connection, [OnlineAccount(key="a", iban="DE02120300000000202051", currency="EUR")])
env.cr.commit()
registry, account_id, taken = env.registry, account.id, []
barrier = threading.Barrier(12)

def work():
    from odoo import SUPERUSER_ID, api
    barrier.wait()
    for _number in range(10):
        with registry.cursor() as cr:
            calls = api.Environment(cr, SUPERUSER_ID, {{}})["finance.bank.call"]
            own = calls.env["finance.bank.online.account"].browse(account_id)
            taken.append(calls._take(own, "transactions", has_person=False))

def race():
    taken.clear()
    barrier.reset()
    threads = [threading.Thread(target=work) for _number in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return [len(taken), sum(taken)]

first = race()
env.cr.execute("UPDATE finance_bank_call SET used_at = used_at - interval '23 hours'")
env.cr.commit()
second = race()
env.cr.execute("UPDATE finance_bank_call SET used_at = used_at - interval '2 hours'")
env.cr.commit()
third = race()
print("RACE", json.dumps([first, second, third]))
""".replace("{{}}", "{}")


def test_four_calls_whatever_number_of_workers(database: Database) -> None:
    printed = database.shell(SCRIPT)
    found = re.search(r"RACE (\[.*\])", printed)
    assert found, printed[-2000:]
    assert json.loads(found[1]) == [[120, 4], [120, 0], [120, 4]]
    assert database.value("SELECT count(*) FROM finance_bank_call WHERE number BETWEEN 1 AND 4") == 4
    assert database.value("SELECT sum(total) FROM finance_bank_call") == 8
