"""Payments of a company over three banks, with everything on the way failing, and what the banks' own books say (K-07).

One bank takes files from a folder. Two take payments over NextGenPSD2: one promises that the same request is the same
payment, the other does not and executes at once. Each has a book of its own (sandbox.payments), which shares nothing
with the product; a fault proxy stands in front of the interfaces, and workers are killed with SIGKILL at named places.
"""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.process import StandIn

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

#: invented accounts with valid check digits
ACCOUNTS = {
    "folder": "DE02120300000000202051",
    "same": "DE02500105170137075030",
    "once": "DE02100500000054540402",
}
PAYEE = "BE68539007547034"
#: payments that the bank refuses, one of so many
REFUSED = 3
#: where a worker dies -> the fault of the model
KILLS = {
    "claimed": "after the claim, before anything: nothing was sent, and everybody knows that",
    "admitted": "the intent is committed, nothing was sent",
    "before_call": "right before the bank is called",
    "after_call": "fault 4: the bank has it, nothing is written",
    "before_commit": "fault 3: the effect is written, not committed",
    "after_commit": "fault 6: after the commit",
}
#: what the wire does -> how (fault proxy, or chaos of the interface)
WIRE = {
    "refuse": {"mode": "refuse"},
    "reset": {"mode": "reset", "times": 1},
    "reset_after_request": {"mode": "reset_after_request", "times": 1},
    "truncate": {"mode": "truncate", "bytes": 40, "times": 1},
    "black_hole": {"mode": "black_hole", "times": 1},
}
CHAOS = ("late_effect", "html", "status")

SETUP = """
from odoo.fields import Command
env["account.chart.template"].try_loading("generic_coa", env.company, install_demo=False)
company = env.company
company.write({"finance_payment_unknown_hours": 1, "payment_account_days": 0})
eur = env.ref("base.EUR")
eur.active = True
journals = {}
for code, number in ACCOUNTS.items():
    journal = env["account.journal"].create(
        {"name": code, "code": code.upper()[:5], "type": "bank", "currency_id": eur.id})
    journal.set_bank_account(number)
    journals[code] = journal
payee = env["res.partner"].create({"name": "Payee"})
bank = env["res.partner.bank"].create({"acc_number": PAYEE, "partner_id": payee.id})
groups = "finance_bank_sync.finance_group_payment_%s"
for duty in ("creator", "approver", "releaser", "releaser2"):
    env["res.users"].create({
        "name": duty, "login": "sim_" + duty,
        "group_ids": [Command.link(env.ref(name).id) for name in ("base.group_user", groups % duty.rstrip("2"))]})
env["res.users"].create({
    "name": "operator", "login": "sim_operator",
    "group_ids": [Command.link(env.ref("finance_connector_base.finance_group_operator").id)]})
folder = env["finance.connection"].create({
    "name": "folder", "adapter": "finance.adapter.folder", "environment": "test", "state": "active", "check_ok": True,
    "folder_path": FOLDER + "/inbox", "folder_out": FOLDER + "/outgoing", "max_concurrency": 0})
fast = {"retry_base": 0.1, "retry_cap": 0.2, "retry_max": 50, "lease_seconds": 2, "batch_size": 5}
flows = {"folder": env["finance.flow"].create({
    "name": "folder", "connection_id": folder.id, "handler": "finance.handler.payment.file", **fast})}
for code, address in ADDRESSES.items():
    connection = env["finance.connection"].create({
        "name": code, "adapter": "finance.bank.adapter.berlin.group", "environment": "test", "state": "active",
        "check_ok": True, "http_base_url": address, "http_networks": "127.0.0.0/8, ::1", "http_allow_plain": True,
        "http_connect_timeout": 1, "http_read_timeout": 1, "http_total_timeout": 3, "max_concurrency": 0,
        "http_honours_key": code == "same"})
    flows[code] = env["finance.flow"].create({
        "name": code, "connection_id": connection.id, "handler": "finance.handler.payment.initiation", **fast})
    connection._payment_flow("finance.handler.payment.inquiry").write(fast)
env["finance.connection"].search([("name", "=", "same")])._allow_hosts()
folder._payment_flow("finance.handler.payment.status").write(fast)
env["finance.connection"]._manual(company)._bank_flow("finance.bank.handler.file")
# on a closed day it is the next banking day
today = env.cr.now().date()
print(env["finance.payment.run"]._execution(company, env["finance.flow"], "normal", today).day)
"""

# people make, approve and release; ids are given there, and the messages wait
RELEASE = """
from unittest.mock import patch
from odoo.fields import Command
from odoo.addons.finance_bank_sync.protocols.access import Person
def by(login, records):
    user = env["res.users"].search([("login", "=", "sim_" + login)])
    return records.with_env(env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids}))
flow = env["finance.flow"].search([("name", "=", WAY)])
journal = env["account.journal"].search([("name", "=", WAY), ("type", "=", "bank")])
bank = env["res.partner.bank"].search([("acc_number", "=", PAYEE)])
# a person waits at the browser
person = Person(address="203.0.113.7", agent="sim")
with patch.object(type(env["finance.connection"]), "_bank_person", lambda connection: person):
    for number in range(COUNT):
        order = by("creator", env["finance.payment.order"]).create({
            "journal_id": journal.id, "currency_id": journal.currency_id.id, "flow_id": flow.id, "note": FAULT,
            "line_ids": [Command.create({
                "partner_id": bank.partner_id.id, "partner_bank_id": bank.id, "amount": 10.0 + place + number / 100,
                "remittance": f"{FAULT} {number} {place}"}) for place in range(SIZE)]})
        order._propose()
        assert by("approver", order)._approve(), order.attention
        assert by("releaser", order)._release(), order.attention
"""

# all that runs by the clock
CLOCK = """
for order in env["finance.payment.order"].search([("state", "=", "unknown")]):
    order._inquire()
env.cr.execute("UPDATE finance_payment_initiation SET next_at = now() AT TIME ZONE 'UTC' WHERE next_at IS NOT NULL")
env["finance.payment.initiation"]._cron_ask()
"""

BRING = """
import pathlib
files = [(path.name, path.read_bytes()) for path in sorted(pathlib.Path(INBOX).iterdir()) if path.suffix == ".xml"]
env["finance.connection"]._bank_receive(env.company, files)
for path in pathlib.Path(INBOX).iterdir():
    path.unlink()
"""

# what a person does about messages that were put aside because workers died with them in hand
RETRY = """
user = env["res.users"].search([("login", "=", "sim_operator")])
held = env["finance.message"].search([("state", "=", "held"), ("reason_code", "=", "worker_killed")])
if held:
    held.with_env(env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids})).action_retry()
print(len(held))
"""

# the days pass in which the bank may only be slow; two people who have asked it say what it says: what its book says
DECIDE = """
import json
executed = set(json.loads(EXECUTED))
env.cr.execute("UPDATE finance_payment_order SET requested_date = requested_date - 20,"
               " sent_at = sent_at - interval '20 days' WHERE state IN ('sent', 'accepted')")
env.invalidate_all()
env["finance.payment.order"]._cron_inquire()
for order in env["finance.payment.order"].search([("state", "in", ("sent", "accepted"))]):
    silent = order._silent()
    waiting = ("sent", "received", "pending", "accepted", "executing")
    assert order.line_ids.filtered(lambda line: line.state in waiting) <= silent, "nobody is told"
    if not silent:
        continue
    assert order.phase == "action" and order.activity_ids, order.name
    yes = silent.filtered(lambda line: line.end_to_end_id in executed)
    for lines, decision in ((yes, "executed"), (silent - yes, "not_executed")):
        for login in ("approver", "releaser2") if lines else ():
            user = env["res.users"].search([("login", "=", "sim_" + login)])
            by = env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids})
            order.with_env(by)._say(lines.with_env(by), decision, "asked the bank")
        for line in lines:
            print("line", line.end_to_end_id, decision)
env.cr.execute("UPDATE finance_payment_order SET decide_from = now() AT TIME ZONE 'UTC' - interval '1 minute'"
               " WHERE state = 'unknown'")
env.invalidate_all()
for order in env["finance.payment.order"].search([("state", "=", "unknown")]):
    said = "executed" if executed & set(order.line_ids.mapped("end_to_end_id")) else "not_executed"
    for login in ("approver", "releaser2"):
        user = env["res.users"].search([("login", "=", "sim_" + login)])
        env["finance.payment.order"].with_env(
            env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids})
        ).browse(order.id)._decide_unknown(said, "asked the bank")
    print("order", order.id, said)
"""


# two people at the same moment: each has seen how things are, and then both act
TOGETHER = """
import pathlib, time
from odoo.fields import Command
def by(login, model):
    user = env["res.users"].search([("login", "=", "sim_" + login)])
    return env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids})[model]
bank = env["res.partner.bank"].search([("acc_number", "=", PAYEE)])
journal = env["account.journal"].search([("name", "=", "folder"), ("type", "=", "bank")])
def draft(amount, text, **line):
    return by("creator", "finance.payment.order").create({
        "journal_id": journal.id, "currency_id": journal.currency_id.id, "note": NOTE, "line_ids": [Command.create({
            "partner_id": bank.partner_id.id, "partner_bank_id": bank.id, "amount": amount, "remittance": text,
            **line})]})
def together():
    (pathlib.Path(BARRIER) / f"ready-{WHO}").touch()
    deadline = time.monotonic() + 60
    while not (pathlib.Path(BARRIER) / "go").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
try:
    exec(ACT)
    env.flush_all()
    env.cr.commit()
    print("done")
except Exception as error:
    env.cr.rollback()
    print(type(error).__name__)
"""

# one order to release, one bill to pay
CONTESTED = """
order = draft(77.0, "contested")
order._propose()
assert order.with_env(by("approver", "finance.payment.order").env)._approve(), order.attention
bill = env["account.move"].create({
    "move_type": "in_invoice", "partner_id": bank.partner_id.id, "invoice_date": "2026-01-01",
    "currency_id": journal.currency_id.id, "ref": "B-1",
    "invoice_line_ids": [Command.create({"name": "x", "quantity": 1, "price_unit": 55.0, "tax_ids": []})]})
bill.action_post()
item = bill.line_ids.filtered(lambda line: line.account_id.account_type == "liability_payable")
print(order.id, item.id)
"""


@dataclass
class Tally:
    """What became of payments that suffered one fault."""

    payments: int = 0
    executed_once: int = 0
    doubled: int = 0
    lost: int = 0
    shown_paid_that_is_not: int = 0
    shown_failed_that_was_paid: int = 0
    rejected: int = 0
    #: found out by asking, by the bank's files, or by the statement
    was_unknown: int = 0
    decided_by_people: int = 0
    #: about which the bank never said a last word, and people did
    without_last_word: int = 0

    @property
    def wrong(self) -> int:
        """What must never be."""
        return self.doubled + self.lost + self.shown_paid_that_is_not + self.shown_failed_that_was_paid


@dataclass
class World:
    """Three banks, a company and its workers."""

    workers: Workers
    folder: Path
    tallies: dict[str, Tally] = field(default_factory=dict)
    _running: list[StandIn] = field(default_factory=list)

    def start(self) -> None:
        """Start the banks and make the company."""
        self.bank = self._stand_in("sandbox.payments", "--root", str(self.folder / "bank"), "--interval", "0")
        self.interfaces: dict[str, StandIn] = {}
        self.proxies: dict[str, StandIn] = {}
        addresses = {}
        for way in ("same", "once"):
            bank = self._stand_in("sandbox.berlingroup")
            bank.control("PUT", "/payments", {"exempted": way == "once", "lag": 1})
            bank.control("POST", "/account", {"iban": ACCOUNTS[way], "opening": "10000000.00"})
            port = bank.ready["ports"]["plain"]
            proxy = self._stand_in("sandbox.faultproxy", "--listen", "0", "--target", f"127.0.0.1:{port}")
            self.interfaces[way], self.proxies[way] = bank, proxy
            addresses[way] = f"http://127.0.0.1:{proxy.ready['port']}{bank.ready['prefix']}"
        self.workers.env["FINANCE_FOLDER_ROOTS"] = str(self.folder)
        told = self._script(
            SETUP, ACCOUNTS=ACCOUNTS, PAYEE=PAYEE, FOLDER=str(self.folder / "bank"), ADDRESSES=addresses
        )
        rules = [{"every": REFUSED, "reason": "AC04"}]
        self.bank.control("PUT", "/settings", {"rules": rules, "duplicates": True, "shuffled": True})
        # the banks live on the day on which payments of now are executed: on a closed one nobody executes anything
        self._live_on(told.split()[-2])

    def _live_on(self, day: str) -> None:
        self.today = day
        for bank in (self.bank, *self.interfaces.values()):
            bank.control("PUT", "/settings", {"today": day})

    def _day_has_come(self) -> None:
        """Where midnight has passed on the way, the last payments have a later day."""
        last = str(self.workers.database.value("SELECT max(requested_date) FROM finance_payment_order"))
        if last > self.today:
            self._live_on(last)
        for bank in self.interfaces.values():
            bank.control("POST", "/due")

    def stop(self) -> None:
        """Stop the banks."""
        for running in self._running:
            running.stop()

    def _stand_in(self, module: str, *arguments: str) -> StandIn:
        running = StandIn(module, *arguments, timeout=60.0)
        self._running.append(running)
        return running

    def _script(self, text: str, **values: Any) -> str:
        given = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        # Odoo reads the folders that it may use from the environment
        root = f"import os\nos.environ['FINANCE_FOLDER_ROOTS'] = {str(self.folder)!r}\n"
        done = "\nenv.cr.commit()\nprint('done')\n"
        told = self.workers.farm.script(root + given + text + done)
        assert told.rstrip().endswith("done"), self.workers.farm.log.read_text()[-4000:]
        return told

    # -- faults ------------------------------------------------------------------------------------

    def suffer(self, way: str, fault: str, *, orders: int, size: int) -> None:
        """Release orders and send them while something goes wrong."""
        label = f"{way}: {fault}"
        for start in range(0, orders, 10):
            count = min(10, orders - start)
            self._script(RELEASE, WAY=way, FAULT=label, COUNT=count, SIZE=size, PAYEE=PAYEE)
        proxy, bank = self.proxies.get(way), self.interfaces.get(way)
        if fault in KILLS:
            self._kill_at(fault, orders)
        elif fault in WIRE and proxy:
            told = WIRE[fault]
            proxy.control("PUT", "/fault", {**told, **({"times": orders} if "times" in told else {})})
        elif fault in CHAOS and bank:
            path = f"{bank.ready['prefix']}/"
            more = {"status": 500, "body": "oops"} if fault == "status" else {}
            bank.control("PUT", "/chaos", [{"mode": fault, "path": path, "times": orders, **more}])
        if fault == "frozen":
            self._freeze()
        else:
            self.workers.start()
        if fault == "refuse" and proxy:
            self.workers.wait_for("SELECT count(*) > 0 FROM finance_message WHERE state = 'retry'", seconds=60)
            proxy.control("DELETE", "/fault")
        self.work()
        self._calm()

    def _kill_at(self, point: str, kills: int) -> None:
        tickets = self.folder / f"tickets-{time.monotonic_ns()}"
        tickets.mkdir()
        for number in range(kills):
            (tickets / str(number)).touch()
        self.workers.env.update(FINANCE_CRASH_AT=point, FINANCE_CRASH_TICKETS=str(tickets))

    def _freeze(self) -> None:
        """A worker stands still after its claim; another one does its work, and then it wakes up and knows nothing."""
        self._kill_at("claimed", 1)
        self.workers.env["FINANCE_CRASH_SIGNAL"] = "SIGSTOP"
        zombie = self.workers.start()
        status = Path(f"/proc/{zombie.pid}/stat")
        deadline = time.monotonic() + 60
        while status.read_text().rpartition(")")[2].split()[0] != "T":
            assert time.monotonic() < deadline, "the worker was not frozen"
            time.sleep(0.02)
        self.workers.expire(zombie.pid)
        self.workers.start()
        self.work()
        zombie.signal(signal.SIGCONT)
        awake = f"SELECT bool_and(ended_at IS NOT NULL) FROM finance_worker WHERE pid = {zombie.pid}"
        self.workers.wait_for(awake, seconds=60)

    def _calm(self) -> None:
        for proxy in self.proxies.values():
            proxy.control("DELETE", "/fault")
        for bank in self.interfaces.values():
            bank.control("DELETE", "/chaos")
        self.workers.stop()
        self.workers.env.pop("FINANCE_CRASH_AT", None)
        self.workers.env.pop("FINANCE_CRASH_SIGNAL", None)

    def work(self, seconds: float = 300 + int(os.environ.get("FIN_PAYMENTS", "0"))) -> None:
        """Replace workers that die until nothing is open any more; what broke is tried again at once."""
        deadline = time.monotonic() + seconds
        while self.workers.open_count():
            assert time.monotonic() < deadline, f"still open: {self.workers.states()}"
            self.workers.database.query("DELETE FROM finance_circuit")
            for process in [one for one in self.workers.processes if one.is_dead()]:
                self.workers.processes.remove(process)
                self.workers.deaths += 1
                self.workers.expire(process.pid)
                self.workers.start()
            time.sleep(0.05)

    # -- what is found out -------------------------------------------------------------------------

    def settle(self, *, kills: int = 1, drops: int = 0) -> None:
        """Everything that finds out what became of payments, workers dying on the way."""
        self._retry_held()
        self._note_unknown()
        self._say_yes()
        if drops:
            self.bank.control("PUT", "/settings", {"drop_answers": drops})
        self.bank.control("POST", "/turn")
        self._bring(kills)
        self._day_has_come()
        for _round in range(4):
            self._script(CLOCK)
            self._work_with(0)
            self._say_yes()
        self._statements()
        self._bring(kills)
        executed = [key for book in self.books().values() for key in book]
        told = self._script(DECIDE, EXECUTED=json.dumps(executed))
        said = [line.split() for line in told.splitlines()]
        self._decided = {int(words[1]) for words in said if words[0] == "order"}
        self._silent = {words[1] for words in said if words[0] == "line"}
        self._work_with(0)

    def _work_with(self, kills: int, point: str = "before_commit") -> None:
        if kills:
            self._kill_at(point, kills)
        self.workers.start()
        self.work()
        self._calm()

    def _bring(self, kills: int) -> None:
        inbox = self.folder / "bank" / "inbox"
        if any(path.suffix == ".xml" for path in inbox.iterdir()):
            self._script(BRING, INBOX=str(inbox))
            self._work_with(kills)
            self._retry_held()

    def _retry_held(self) -> None:
        """An operator looks at what workers died of, finds nothing wrong with it, and sends it back to the queue."""
        while self._script(RETRY).split()[-2] != "0":
            self._work_with(0)

    def _note_unknown(self) -> None:
        rows = self.workers.database.query("SELECT id FROM finance_payment_order WHERE state = 'unknown'")
        self._unknown = {row[0] for row in rows}

    def _say_yes(self) -> None:
        """Releasers say yes on the pages of the bank, all that wait."""
        pages = self.workers.database.query(
            "SELECT page FROM finance_payment_initiation WHERE page IS NOT NULL AND authorised_at IS NULL"
        )
        opener = urllib.request.build_opener(_NoRedirect)
        for (page,) in pages:
            opener.open(page).close()
        self.workers.database.query(
            "UPDATE finance_payment_initiation SET authorised_at = now() AT TIME ZONE 'UTC' WHERE page IS NOT NULL"
        )

    def _statements(self) -> None:
        inbox = self.folder / "bank" / "inbox"
        first = str(self.workers.database.value("SELECT min(requested_date) FROM finance_payment_order"))
        period = {"from_day": min(first, self.today), "to_day": self.today}
        self.bank.control("POST", "/statement", period)
        for way, bank in self.interfaces.items():
            content = bank.control("POST", "/camt", {"iban": ACCOUNTS[way], **period})["content"]
            (inbox / f"statement-{way}.xml").write_text(content)

    # -- two at once -------------------------------------------------------------------------------

    def contest(self) -> tuple[int, int]:
        """Make an order that waits for its release and an open item; :return: their ids"""
        told = self._script(TOGETHER.partition("def together")[0] + CONTESTED, PAYEE=PAYEE, NOTE="contested")
        order, item = told.splitlines()[-2].split()
        return int(order), int(item)

    def together(self, act: str, **values: Any) -> list[str]:
        """Two processes do the same at the same moment; :return: what came of each: ``done`` or the error"""
        barrier = self.folder / f"barrier-{time.monotonic_ns()}"
        barrier.mkdir()
        running = []
        for who in (0, 1):
            given = {**values, "WHO": who, "BARRIER": str(barrier), "PAYEE": PAYEE, "NOTE": "contested", "ACT": act}
            text = "".join(f"{name} = {value!r}\n" for name, value in given.items()) + TOGETHER
            running.append(self.workers.farm.start_script(text))
        deadline = time.monotonic() + 60
        while len(list(barrier.glob("ready-*"))) < len(running):
            assert time.monotonic() < deadline, self.workers.farm.log.read_text()[-3000:]
            time.sleep(0.02)
        (barrier / "go").touch()
        for process, _output in running:
            process.wait(60)
        return sorted(output.read_text().split()[-1] for _process, output in running)

    # -- what is true ------------------------------------------------------------------------------

    def books(self) -> dict[str, dict[str, int]]:
        """How often each bank has executed each payment, by its own book."""
        found = {"folder": self.bank.control("GET", "/")["counts"]}
        for way, bank in self.interfaces.items():
            found[way] = bank.control("GET", "/")["payments"]["counts"]
        return found

    def count(self) -> dict[str, Tally]:
        """Compare what Odoo shows with the books of the banks, payment by payment."""
        counts = {key: number for book in self.books().values() for key, number in book.items()}
        rows = self.workers.database.query(
            "SELECT o.note, o.id, o.state, l.state, l.end_to_end_id FROM finance_payment_line l"
            " JOIN finance_payment_order o ON o.id = l.order_id ORDER BY l.id"
        )
        assert set(counts) <= {row[4] for row in rows}, "a bank has executed what nobody ordered"
        for label, order_id, order_state, state, key in rows:
            tally = self.tallies.setdefault(str(label).removeprefix("<p>").removesuffix("</p>"), Tally())
            executed = counts.get(key, 0)
            tally.payments += 1
            tally.executed_once += executed == 1
            tally.doubled += executed > 1
            tally.rejected += state in ("rejected", "cancelled") and not executed
            tally.shown_failed_that_was_paid += state in ("rejected", "cancelled") and executed > 0
            tally.shown_paid_that_is_not += state in ("confirmed", "settled", "executing") and not executed
            # neither executed nor known not to be, and nobody is told
            tally.lost += (
                not executed and order_state != "unknown" and state in ("open", "sent", "received", "accepted")
            )
            tally.was_unknown += order_id in self._unknown
            tally.decided_by_people += order_id in self._decided
            tally.without_last_word += key in self._silent
        return self.tallies


class _NoRedirect(urllib.request.HTTPErrorProcessor):
    def http_response(self, _request: Any, response: Any) -> Any:
        return response

    https_response = http_response


#: one of each kind, where there is little time
FEW = [
    ("folder", "nothing"),
    ("folder", "frozen"),
    *(("folder", point) for point in KILLS),
    *(("same", fault) for fault in ("admitted", "after_call", "refuse", "reset_after_request", "html")),
    *(("once", fault) for fault in ("after_call", "before_commit", "black_hole", "status")),
]


def scenarios() -> list[tuple[str, str]]:
    """Every way with every fault that it can suffer."""
    found = [("folder", "nothing"), ("folder", "frozen"), *(("folder", point) for point in KILLS)]
    for way in ("same", "once"):
        found += [(way, point) for point in ("admitted", "after_call", "before_commit")]
        found += [(way, fault) for fault in (*WIRE, *CHAOS)]
    return found


def table(tallies: dict[str, Tally]) -> str:
    """The tallies as a table."""
    names = list(Tally.__dataclass_fields__)
    rows = [["", *(name.replace("_", " ") for name in names)]]
    rows += [[label, *(str(getattr(tally, name)) for name in names)] for label, tally in tallies.items()]
    rows.append(["all", *(str(sum(getattr(one, name) for one in tallies.values())) for name in names)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(names) + 1)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
