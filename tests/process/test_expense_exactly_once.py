"""Reports of a platform are booked once, confirmed once and paid once, whoever dies on the way (E-04, E-13, E-17);
charges of cards, pending before, are booked once, too (E-05, E-06, S-21).

The platform is a stand-in in a process of its own whose books count what it was told; workers are killed with SIGKILL
at named places between asking, storing, claiming, booking and confirming.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.process import StandIn
from tests.process.queue_workers import assert_accounted

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

#: where workers die, one round of reports each
POINTS = ("claimed", "after_call", "before_commit", "after_commit")
#: deaths and reports of a round; a message that loses three workers is a person's (fault 8)
KILLS, REPORTS = 2, 4
ALL = len(POINTS) * REPORTS
#: the same for a file of card transactions: nobody is called
CARD_POINTS = ("before_commit", "after_commit")
ALL_CARDS = len(CARD_POINTS) * REPORTS

SETUP = """
from odoo.fields import Command
company = env.company
currency = company.currency_id
kinds = {"travel": "expense", "owed": "liability_payable", "bank": "asset_current",
         "clearing": "liability_current", "issuer": "liability_current"}
accounts = {
    name: env["account.account"].create({
        "name": name, "code": f"99{number}", "account_type": kind, "reconcile": kind != "expense"})
    for number, (name, kind) in enumerate(kinds.items())}
journal = env["account.journal"].create({"name": "Expenses", "code": "EXPX", "type": "general"})
issuer = env["account.journal"].create({
    "name": "Cards", "code": "CRDX", "type": "general", "default_account_id": accounts["issuer"].id})
env["finance.expense.policy"].create({
    "name": "x", "journal_id": journal.id, "payable_account_id": accounts["owed"].id, "check_duplicates": False,
    "card_booking": "settled", "card_account_id": accounts["clearing"].id, "card_journal_id": issuer.id})
connection = env["finance.connection"].create({
    "name": "Platform", "adapter": "finance.expense.adapter.concur", "environment": "test", "state": "active",
    "check_ok": True, "http_base_url": URL, "http_networks": "127.0.0.0/8", "http_allow_plain": True,
    "max_concurrency": 0})
connection._allow_hosts()
# what becomes of reports is worked quickly, and few at a time, so that deaths fall between them
fast = {"retry_base": 0.1, "retry_cap": 0.2, "retry_max": 50, "lease_seconds": 2, "batch_size": 2, "commit_size": 2}
for kind in ("fetch", "report", "confirm"):
    connection._expense_flow("finance.expense.handler." + kind).write(fast)
for kind in ("file", "transaction"):
    connection._expense_flow("finance.card.handler." + kind).write({**fast, "commit_size": 1})
employee = env["res.partner"].create({"name": "Employee"})
groups = [env.ref("base.group_user").id, env.ref("finance_connector_base.finance_group_mapping_steward").id]
one, two = (env["res.users"].create({"name": n, "login": f"steward {n}", "group_ids": [Command.set(groups)]})
            for n in ("one", "two"))
for domain, code, record in (("employee", "E-100", employee), ("expense_category", "TAXIX", accounts["travel"]),
                             ("employee", "•••• 4711", employee)):
    mapping = env["finance.mapping"].with_user(one).create({
        "domain_id": env.ref("finance_expense_sync.finance_mapping_domain_" + domain).id,
        "connection_id": connection.id, "code": code, "res_id": record.id})
    mapping.action_propose()
    mapping.with_user(two).action_approve()
"""

ASK = """
flow = env["finance.connection"].search([("name", "=", "Platform")])._expense_flow("finance.expense.handler.fetch")
for _again in range(TIMES):
    flow._enqueue_fetch(env.cr.now())
"""

#: each payment is pending first, and charged otherwise
CARDS = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
connection = env["finance.connection"].search([("name", "=", "Platform")])
rows = ["transaction_id,state,card,date,amount,currency,merchant"]
for state, amount in (("pending", 10), ("settled", 12)):
    rows += [f"{POINT}-{n},{state},4711,2026-03-10,{amount},{CURRENCY},Shop {POINT} {n}" for n in range(CHARGES)]
payload = env["finance.payload"]._store("\\n".join(rows).encode(), company=connection.company_id, name="cards.csv")
for _time in range(2):
    env["finance.message"]._enqueue(connection._expense_flow("finance.card.handler.file"), [
        Envelope(subject="cards.csv", payload_id=payload.id)])
"""

#: everything that is owed is paid by one entry, as somebody books it
PAY = """
owed = env["account.account"].search([("code", "=", "991")])
bank = env["account.account"].search([("code", "=", "992")])
items = env["account.move.line"].search([("account_id", "=", owed.id), ("parent_state", "=", "posted")])
total = -sum(items.mapped("balance"))
paid = env["account.move"].create({"journal_id": items.move_id.journal_id.id, "line_ids": [
    (0, 0, {"account_id": owed.id, "partner_id": items.partner_id.id, "debit": total}),
    (0, 0, {"account_id": bank.id, "credit": total})]})
paid.action_post()
(items | paid.line_ids[0]).reconcile()
"""

#: the same reports again, as an operator replays them or a platform hands them out twice
AGAIN = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
for records, times in (("finance.expense.report", 5), ("finance.card.transaction", 2)):
    first = env[records].search([]).message_id
    env["finance.message"]._enqueue(first.flow_id, [
        Envelope(subject="again", data=one.sudo().data, payload_id=one.payload_id.id, order_key=one.order_key,
                 replay_of_id=one.id)
        for one in first for _time in range(times)])
"""


def test_e13_a_worker_killed_at_any_step_leaves_one_entry_one_confirmation_one_payment(
    workers: Workers, tmp_path: Path
) -> None:
    database = workers.database

    def script(text: str, **values: Any) -> None:
        given = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        told = workers.farm.script(given + text + "\nenv.cr.commit()\nprint('done')\n")
        assert told.rstrip().endswith("done"), workers.farm.log.read_text()[-4000:]

    def work(point: str | None = None) -> None:
        """Work until nothing is open, dying at a place on the way."""
        if point:
            tickets = tmp_path / f"tickets-{point}-{workers.deaths}"
            tickets.mkdir()
            for number in range(KILLS):
                (tickets / str(number)).touch()
            workers.env.update(FINANCE_CRASH_AT=point, FINANCE_CRASH_TICKETS=str(tickets))
        workers.start()
        workers.work_until_done()
        workers.env.pop("FINANCE_CRASH_AT", None)
        workers.stop()

    with StandIn("sandbox.concur", timeout=60.0) as platform:
        platform.control("PUT", "/settings", {"needs_token": False, "page": 3})
        script(SETUP, URL=f"http://127.0.0.1:{platform.ready['ports']['plain']}")
        currency = database.value(
            "SELECT c.name FROM res_currency c JOIN res_company o ON o.currency_id = c.id LIMIT 1"
        )
        for point in POINTS:
            for number in range(REPORTS):
                taxi = {"name": f"Taxi {point} {number}", "amount": "10.50", "currency": currency}
                report = {"name": f"{point} {number}", "entries": [{**taxi, "entryReceiptType": "N"}]}
                platform.control("POST", "/approve", {**report, "currency": currency})
            script(ASK, TIMES=2)
            work(point)
        for point in CARD_POINTS:
            script(CARDS, POINT=point, CHARGES=REPORTS, CURRENCY=currency)
            work(point)
        assert workers.deaths == KILLS * len(POINTS + CARD_POINTS)
        script(PAY)
        work("after_call")
        script(AGAIN)
        script(ASK, TIMES=3)
        work()
        books = platform.control("GET")
    entries = (
        "SELECT count(*), count(DISTINCT p.report_id) FROM finance_expense_posting p"
        " JOIN account_move m ON m.id = p.move_id WHERE m.state = 'posted'"
    )
    assert database.query(entries) == [(ALL, ALL)]
    # counted without asking the module what it thinks that it has booked
    travel = (
        "SELECT count(*), sum(l.debit) FROM account_move_line l JOIN account_account a ON a.id = l.account_id"
        " WHERE a.name->>'en_US' = 'travel'"
    )
    assert [tuple(map(float, row)) for row in database.query(travel)] == [(ALL, ALL * 10.5)]
    charges = (
        "SELECT count(*), count(DISTINCT p.transaction_id), sum(p.amount) FROM finance_card_posting p"
        " JOIN account_move m ON m.id = p.move_id WHERE p.kind = 'charge' AND m.state = 'posted'"
    )
    assert [tuple(map(float, row)) for row in database.query(charges)] == [(ALL_CARDS, ALL_CARDS, ALL_CARDS * 12)]
    issuer = travel.replace("debit", "credit").replace("'travel'", "'issuer'")
    assert [tuple(map(float, row)) for row in database.query(issuer)] == [(ALL_CARDS, ALL_CARDS * 12)]
    cards = "SELECT state, authorised_amount, count(*) FROM finance_card_transaction GROUP BY 1, 2"
    assert [(state, float(held), count) for state, held, count in database.query(cards)] == [("settled", 10, ALL_CARDS)]
    documents = books["documents"].values()
    assert len(documents) == ALL
    assert {one["status"] for one in documents} == {"POSTING_CONFIRMED_SUCCESS"}
    assert [len(one["payments"]) for one in documents] == [1] * ALL
    numbers = database.query("SELECT m.name FROM account_move m JOIN finance_expense_posting p ON p.move_id = m.id")
    assert {one["number"] for one in documents} == {name for (name,) in numbers}
    # each step took effect over there once, however often it was said
    for step in ("acknowledgements", "postingconfirmations", "paymentconfirmations"):
        effects = [name for what, name, code in books["history"] if what == step and not code]
        assert len(effects) == len(set(effects)) == ALL, step
    assert database.query("SELECT state, count(*) FROM finance_expense_report GROUP BY state") == [("paid", ALL)]
    waiting = database.query(
        "SELECT f.handler, m.state, m.reason_code, m.detail, count(*) FROM finance_message m"
        " JOIN finance_flow f ON f.id = m.flow_id WHERE m.state NOT IN ('done', 'ignored') GROUP BY 1, 2, 3, 4"
    )
    assert waiting == [], waiting
    assert_accounted(database)
