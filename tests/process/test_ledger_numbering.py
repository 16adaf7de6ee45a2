"""Several processes post in one bank journal at once: every number exists, and exists once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from suite import paths

if TYPE_CHECKING:
    from tests.conftest import Database

STATEMENTS = 2
LINES = 120
SINGLE = 12
#: the processes wait for this advisory lock until all of them are ready
START = 5355

PREPARE = f"""
company = env["res.company"].create({{"name": "Numbers"}})
env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
journal = env["account.journal"].create({{"name": "Bank", "code": "NUM", "type": "bank", "company_id": company.id}})
for number in range({STATEMENTS}):
    statement = env["finance.bank.statement"].create(
        {{"name": f"Statement {{number}}", "company_id": company.id, "journal_id": journal.id}}
    )
    env["finance.bank.entry"].create(
        [
            {{"statement_id": statement.id, "company_id": company.id, "position": n, "key": f"{{number}}/{{n}}"}}
            for n in range({LINES})
        ]
    )
env.cr.commit()
"""

BEGIN = f"""
import datetime
from decimal import Decimal
from odoo.service.model import retrying
from odoo.addons.finance_bank_sync.ledger.plan import LinePlan

journal = env["account.journal"].search([("code", "=", "NUM")])
env = env(context={{"allowed_company_ids": journal.company_id.ids}})
env.cr.execute("SELECT pg_advisory_lock_shared({START})")
env.cr.commit()
day = datetime.date(2026, 3, 2)
"""

STATEMENT = (
    BEGIN
    + """
def post():
    statement = env["finance.bank.statement"].search([("name", "=", "Statement %s")])
    plans = [
        LinePlan(entry_id=entry.id, sequence=entry.position, date=day, amount=Decimal("10.00"), label="Copied")
        for entry in statement.entry_ids
    ]
    env["finance.bank.ledger"]._write(statement, [plans])
    env.flush_all()

retrying(post, env)
env.cr.commit()
"""
)

BY_HAND = (
    BEGIN
    + f"""
for number in range({SINGLE}):
    def post():
        env["account.bank.statement.line"].create(
            {{"journal_id": journal.id, "date": day, "amount": 1.0, "payment_ref": "By hand"}}
        )
        env.flush_all()

    retrying(post, env)
    env.cr.commit()
"""
)


def test_numbers_are_given_once_and_without_gaps(database: Database) -> None:
    database.shell(PREPARE)
    scripts = [STATEMENT % number for number in range(STATEMENTS)] + [BY_HAND]
    logs = [paths.LOGS / f"numbering-{number}.log" for number in range(len(scripts))]
    with database.connect() as gate, gate.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [START])
        runs = [database.start_shell(script, log) for script, log in zip(scripts, logs, strict=True)]
        await_all(database, len(scripts))
        cursor.execute("SELECT pg_advisory_unlock(%s)", [START])
        for run, log in zip(runs, logs, strict=True):
            assert run.wait(180) == 0, log.read_text()[-3000:]

    numbers = [
        number
        for (number,) in database.query(
            "SELECT m.sequence_number FROM account_move m JOIN account_journal j ON j.id = m.journal_id"
            " WHERE j.code = 'NUM' AND m.state = 'posted' AND m.name LIKE 'NUM/2026/%' ORDER BY 1"
        )
    ]
    assert numbers == list(range(1, STATEMENTS * LINES + SINGLE + 1))
    unbalanced = "SELECT count(*) FROM (SELECT 1 FROM account_move_line GROUP BY move_id HAVING sum(balance) <> 0) x"
    assert database.value(unbalanced) == 0
    assert database.value("SELECT count(*) FROM finance_bank_entry WHERE state = 'posted'") == STATEMENTS * LINES


def await_all(database: Database, count: int, seconds: float = 120) -> None:
    """Wait until so many processes stand before the gate."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
    deadline = time.monotonic() + seconds
    while database.value(waiting, START) < count:
        assert time.monotonic() < deadline, "a process did not start"
        time.sleep(0.1)
