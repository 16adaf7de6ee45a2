"""Two people and the scheduled action decide about payments of one invoice at the same moment (K-19).

Three bank lines fit the one open invoice: exactly one of them pays it, whoever comes first, and the
others are told that it is not open any more.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from suite import paths

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

SETUP = """
import sys
sys.path.insert(0, "ROOT")
from odoo.fields import Command
from odoo.addons.finance_bank_sync.tests.camt_writer import Booking, Statement, camt053
from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps
company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    env.cr.commit()
iban = "DE02120300000000202051"
journal = env["account.journal"].create({"name": "Raced", "code": "RACE", "type": "bank"})
journal.set_bank_account(iban)
partner = env["res.partner"].create({"name": "Contended Payer"})
env["res.partner.bank"].create({"acc_number": "FR1420041010050500013M02606", "partner_id": partner.id})
invoice = env["account.move"].create({
    "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-02-01", "ref": "raced",
    "invoice_line_ids": [Command.create({"name": "x", "price_unit": 60.0, "tax_ids": [Command.clear()]})]})
invoice.action_post()
bookings = tuple(
    Booking("60.00", text=f"payment {number}", iban="FR1420041010050500013M02606") for number in range(3))
file = camt053(Statement(account=iban, currency=company.currency_id.name, bookings=bookings))
env["finance.connection"]._bank_receive(company, [("race.xml", file)])
env.cr.commit()
env["finance.dispatcher"]._drain(CommittedSteps(env.cr))
lines = env["account.bank.statement.line"].search([("journal_id", "=", journal.id)])
assert len(lines) == 3 and not any(lines.mapped("is_reconciled")), lines.mapped("is_reconciled")
assert all(lines.mapped("finance_suggestion_count"))
# from now on the scheduled action would take it as well
journal.finance_match_threshold = 60
"""

ACCEPT = """
import time
from odoo.exceptions import UserError
from odoo.service.model import retrying
line = env["account.bank.statement.line"].search([("payment_ref", "=like", "payment {number}%")])
def accept():
    # the snapshot is taken before the others commit
    env.cr.execute("SELECT 1")
    time.sleep(max(0, {start} - time.time()))
    try:
        line.action_finance_accept()
    except UserError:
        env.cr.rollback()
    env.flush_all()
    time.sleep(0.2)
retrying(accept, env)
"""

AGAIN = """
import time
from odoo.service.model import retrying
def again():
    env.cr.execute("SELECT 1")
    time.sleep(max(0, {start} - time.time()))
    env["finance.bank.rematcher"]._cron_match_again()
    env.flush_all()
retrying(again, env)
"""


def test_k19_one_item_is_paid_once_whoever_comes_first(workers: Workers) -> None:
    workers.farm.script(SETUP.replace("ROOT", str(paths.ROOT)))
    start = time.time() + 5
    scripts = [ACCEPT.format(number=number, start=start) for number in range(2)] + [AGAIN.format(start=start)]
    for process, output in [workers.farm.start_script(script) for script in scripts]:
        process.wait(180)
        assert output.exists(), workers.farm.log.read_text()[-2000:]
    invoice = workers.database.query(
        "SELECT payment_state, amount_residual FROM account_move WHERE ref = 'raced' AND move_type = 'out_invoice'"
    )
    assert [(state, float(residual)) for state, residual in invoice] == [("paid", 0.0)]
    reconciled = workers.database.value("SELECT count(*) FROM account_bank_statement_line WHERE is_reconciled")
    assert reconciled == 1
    assert workers.database.value("SELECT count(*) FROM finance_bank_match WHERE state = 'active'") == 1
