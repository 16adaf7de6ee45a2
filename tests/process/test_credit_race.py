"""Several people confirm invoices of one customer at the same moment (B-52).

Each invoice fits the credit limit, no two of them do: exactly one is confirmed, the others are held.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

PEOPLE = 5

SETUP = """
from odoo.fields import Command
company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
company.write({{"account_use_credit_limit": True, "finance_credit_hold": True}})
partner = env["res.partner"].create({{"name": "Contended", "is_company": True, "credit_limit": 1000.0}})
for number in range({people}):
    env["account.move"].create({{
        "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-01-15", "ref": f"race {{number}}",
        "invoice_line_ids": [Command.create({{"name": "x", "price_unit": 600.0, "tax_ids": [Command.clear()]}})]}})
"""

CONFIRM = """
import time
from odoo.service.model import retrying
move = env["account.move"].search([("ref", "=", "race {number}")])
def confirm():
    # the snapshot is taken before the others commit
    env.cr.execute("SELECT 1")
    time.sleep(max(0, {start} - time.time()))
    move.action_post()
    env.flush_all()
    time.sleep(0.2)
retrying(confirm, env)
"""


def test_b52_invoices_that_do_not_fit_together_do_not_pass_together(workers: Workers) -> None:
    workers.farm.script(SETUP.format(people=PEOPLE))
    start = time.time() + 3
    processes = [workers.farm.start_script(CONFIRM.format(number=number, start=start)) for number in range(PEOPLE)]
    for process, output in processes:
        process.wait(90)
        assert output.exists(), workers.farm.log.read_text()[-2000:]
    states = dict(
        workers.database.query("SELECT state, count(*) FROM account_move WHERE ref LIKE 'race %%' GROUP BY state")
    )
    assert states == {"posted": 1, "draft": PEOPLE - 1}
    assert workers.database.value("SELECT count(*) FROM finance_process_run") == PEOPLE - 1
    # and the exposure is what the books say as soon as the scheduled action has run
    workers.farm.script('env["finance.credit.exposure"]._cron_refresh()')
    assert (
        float(workers.database.value("SELECT exposure FROM finance_credit_exposure WHERE credit_limit = 1000")) == 600
    )
