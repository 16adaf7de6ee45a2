"""Role by operation for payments, by every channel (RELIABILITY 4.1; attacks 1, 4, 5, 7, 9, 11, 12 and 43)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.finance_connector_base.tests.api_case import Asking

from ..const import APPROVER, CREATOR, RELEASER
from ..payments.banking_days import on_or_after
from .common import ADMIN, ADVISER, AUDITOR, OPERATOR, STEWARD, VIEWER
from .payment_case import PaymentCase

#: nobody of these has been near the orders; system is the administrator of Odoo, who has no right by that
ROLES = {
    "creator": (CREATOR,),
    "approver": (APPROVER,),
    "releaser": (RELEASER,),
    "auditor": (AUDITOR,),
    "viewer": (VIEWER,),
    "operator": (OPERATOR,),
    "steward": (STEWARD,),
    "connector": (ADMIN,),
    "adviser": (ADVISER,),
    "system": ("base.group_system",),
    "employee": (),
}
PAYERS = ("creator", "approver", "releaser")
#: what these may is in tests/access_matrix.py, which runs them over every channel (tests/odoo/test_security_matrix.py)
OF_THE_MATRIX = ("viewer", "operator", "steward", "connector")
#: operation -> roles that may
OPERATIONS = {
    "read": (*PAYERS, "auditor"),
    "read_payments": (*PAYERS, "auditor"),
    "read_decisions": (*PAYERS, "auditor"),
    "read_rules": (*PAYERS, "auditor"),
    "write_rules": (),
    "create": ("creator",),
    "write": ("creator",),
    "write_payment": ("creator",),
    "unlink": ("creator",),
    "copy": ("creator",),
    "propose": ("creator",),
    "approve": ("approver",),
    "release": ("releaser",),
    "refuse": ("approver", "releaser"),
    "withdraw": ("creator",),
    "cancel": ("creator", "releaser"),
    "hand_over": ("releaser",),
    "lose_track": ("approver", "releaser"),
    "say": ("approver", "releaser"),
    "stop": ("approver", "releaser"),
    "write_state": (),
    "write_digest": (),
    "write_state_of_payment": (),
    "make_decision": (),
    "change_decision": (),
    "delete_decision": (),
    "make_fact": (),
    "make_word": (),
    "read_payload": (),
}


class AccessCase(PaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {role: cls.make_user(f"pay_{role}", *groups) for role, groups in ROLES.items()}


@tagged("post_install", "-at_install")
class TestOperations(AccessCase):
    """The table, inside: what the buttons and the ORM let each role do."""

    def setUp(self):
        super().setUp()
        self.draft = self.make_order(10.0)
        self.waiting = self.proposed(20.0)
        self.agreed = self.approved(30.0)
        self.out = self.released(40.0)
        self.payload = self.waiting.sudo().payload_id
        self.env.flush_all()

    # each gets the environment of the user

    def do_read(self, env):
        self.draft.with_env(env).read(["name", "amount"])

    def do_read_payments(self, env):
        self.draft.with_env(env).line_ids.with_env(env).read(["amount", "end_to_end_id"])

    def do_read_decisions(self, env):
        self.agreed.approval_ids.with_env(env).read(["decision"])

    def do_read_rules(self, env):
        env["finance.payment.rule"].search_read([], ["name"])

    def do_write_rules(self, env):
        env["finance.payment.rule"].create({"name": "x", "company_id": self.company.id})

    def do_create(self, env):
        values = {"journal_id": self.journal.id, "currency_id": self.eur.id, "company_id": self.company.id}
        env["finance.payment.order"].create(values)

    def do_write(self, env):
        self.draft.with_env(env).write({"requested_date": "2030-01-01"})

    def do_write_payment(self, env):
        self.draft.line_ids.with_env(env).write({"amount": 11.0})

    def do_unlink(self, env):
        self.draft.with_env(env).unlink()

    def do_copy(self, env):
        self.draft.with_env(env).copy()

    def do_propose(self, env):
        self.draft.with_env(env).action_propose()

    def do_approve(self, env):
        self.waiting.with_env(env).action_approve()

    def do_release(self, env):
        self.agreed.with_env(env).action_release()

    def do_refuse(self, env):
        self.with_reason(env, self.waiting, "refuse")

    def do_withdraw(self, env):
        self.with_reason(env, self.waiting, "withdraw")

    def do_cancel(self, env):
        self.with_reason(env, self.waiting, "cancel")

    def with_reason(self, env, order, operation):
        values = {"order_id": order.id, "operation": operation, "reason": "because"}
        env["finance.payment.reason.wizard"].create(values).action_confirm()

    def do_hand_over(self, env):
        env["finance.payment.handover.wizard"].create({"order_id": self.out.id}).action_download()

    def do_lose_track(self, env):
        self.out._take_file()
        self.with_reason(env, self.out, "lost")

    def do_say(self, env):
        self.out._sent()
        self.out.line_ids.sudo().silent_since = "2026-01-01"
        values = {"order_id": self.out.id, "decision": "executed", "reason": "because"}
        lines = [Command.set(self.out.line_ids.ids)]
        env["finance.payment.word.wizard"].create({**values, "line_ids": lines}).action_confirm()

    def do_stop(self, env):
        env["finance.stop.wizard"].create(
            {"scope": "company", "company_id": self.company.id, "reason": "because"}
        ).action_confirm()

    def do_write_state(self, env):
        self.draft.with_env(env).write({"state": "released"})

    def do_write_digest(self, env):
        self.waiting.with_env(env).write({"digest": "x"})

    def do_write_state_of_payment(self, env):
        self.out.line_ids.with_env(env).write({"state": "settled"})

    def do_make_decision(self, env):
        env["finance.payment.approval"].create(
            {"order_id": self.waiting.id, "decision": "approve", "user_id": env.uid, "company_id": self.company.id}
        )

    def do_change_decision(self, env):
        self.agreed.approval_ids.with_env(env).write({"reason": "x"})

    def do_delete_decision(self, env):
        self.agreed.approval_ids.with_env(env).unlink()

    def do_make_fact(self, env):
        env["finance.payment.fact"].create({"line_id": self.out.line_ids.id, "kind": "booked"})

    def do_make_word(self, env):
        values = {"line_id": self.out.line_ids.id, "order_id": self.out.id, "company_id": self.company.id, "number": 1}
        env["finance.payment.word"].create({**values, "decision": "executed", "user_id": env.uid, "reason": "x"})

    def do_read_payload(self, env):
        env["finance.payload.chunk"].search_read([("payload_id", "=", self.payload.id)], ["content"])

    def test_role_by_operation(self):
        context = {**self.env.context, "allowed_company_ids": self.company.ids}
        for role, user in self.people.items():
            if role in OF_THE_MATRIX:
                continue
            env = self.env(user=user, su=False, context=context)
            for operation, allowed in OPERATIONS.items():
                with self.subTest(role=role, operation=operation), self.undone(), self.at_the_screen(user):
                    try:
                        getattr(self, f"do_{operation}")(env)
                        self.env.flush_all()
                        done = True
                    except AccessError:
                        done = False
                    self.assertEqual(done, role in allowed)

    def test_attack_9_nothing_of_another_company(self):
        orders = self.draft | self.waiting | self.agreed | self.out
        for number, group in enumerate((CREATOR, APPROVER, RELEASER, AUDITOR)):
            stranger = self.make_user(f"pay_stranger_{number}", group, companies=self.other_company)
            theirs = self.by(stranger, orders)
            with self.subTest(group=group):
                self.assertFalse(theirs.search([("id", "in", orders.ids)]))
                with self.assertRaises(AccessError):
                    theirs.read(["name"])
                with self.assertRaises(AccessError):
                    theirs.line_ids.with_env(theirs.env).read(["amount"])
                with self.assertRaises(AccessError):
                    theirs[1].action_approve()


#: of a program that has every right of the interface: operation -> roles of the user it acts as
INTERFACE = {
    "submit": ("creator",),
    "validate": ("creator",),
    "read": (*PAYERS, "auditor"),
}
#: whatever else somebody may try
NO_ENDPOINT = [
    (method, f"/payments/{{id}}{rest}")
    for method in ("POST", "PUT", "PATCH", "DELETE")
    for rest in ("", "/approve", "/release", "/propose")
]


@tagged("post_install", "-at_install")
class TestChannels(Asking, HttpCase, AccessCase):
    """JSON-2 with a key, programs with theirs, the web client with a session: no way around password, state, roles."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        cls.keys = {
            role: cls.env(user=cls.people[role])["res.users.apikeys"].sudo()._generate("rpc", "payments", tomorrow)
            for role in (*PAYERS, "employee")
        }

    def json2(self, role, method, ids=(), model="finance.payment.order", **arguments):
        body = {**({"ids": list(ids)} if ids else {}), **arguments}
        headers = {"Authorization": f"Bearer {self.keys[role]}"}
        return self.url_open(f"/json/2/{model}/{method}", json=body, headers=headers, method="POST")

    def web(self, method, ids, *args, model="finance.payment.order", context=None):
        params = {"model": model, "method": method, "args": [list(ids), *args], "kwargs": {"context": context or {}}}
        return self.url_open("/web/dataset/call_kw", json={"jsonrpc": "2.0", "params": params}).json()

    def log_in(self, role):
        user = self.people[role]
        self.authenticate(user.login, user.login + "x" * (8 - len(user.login)))

    def decide(self, role, method, order, context=None):
        """Press a button and give the right password; :return: the name of what was refused, or nothing"""
        self.log_in(role)
        answer = self.web(method, order.ids, context=context)
        told = answer.get("result")
        if isinstance(told, dict) and told.get("res_model") == "res.users.identitycheck":
            login = self.people[role].login
            password = login + "x" * (8 - len(login))
            answer = self.web("run_check", [told["res_id"]], model=told["res_model"], context={"password": password})
        return self.error(answer)

    def program(self, role, maker=None):
        """:return: key of a program with every right, which acts as the user of a role"""
        client = self.make_client(
            self.people[role], self.company, "payments:submit", "payments:read", "payments:confidential"
        )
        return (client.with_user(maker) if maker else client).sudo()._new_key(30)

    def handed_in(self, **values):
        names = self.env["finance.api"]._names()
        payee = {"counterparty": names.of("counterparty", self.supplier.id), "amount": "100.00", "text": "Bill 7"}
        day = on_or_after(fields.Date.today() + timedelta(days=3))
        return {
            "external_id": "RUN-1",
            "account": names.of("account", self.journal.id),
            "date": day.isoformat(),
            "currency": "EUR",
            "payments": [payee],
            **values,
        }

    @mute_logger("odoo.http")
    def test_role_by_operation_over_the_interface_for_programs(self):
        """K-08: the rights of a program and those of its user both bound it, and there is nothing that decides."""
        waiting, agreed = self.proposed(2.0), self.approved(3.0)
        names = self.env["finance.api"]._names()
        for role in ("creator", "approver", "releaser", "auditor", "connector", "system", "employee"):
            key = self.program(role)
            answers = {
                "submit": self.ask("/payments", key=key, body=self.handed_in(external_id=role), once=role),
                "validate": self.ask("/payments/validate", key=key, body=self.handed_in(external_id=role)),
                "read": self.ask(f"/payments/{names.of('paymentorder', waiting.id)}", key=key),
            }
            for operation, answer in answers.items():
                with self.subTest(role=role, operation=operation):
                    self.assertEqual(answer.status_code in (200, 201), role in INTERFACE[operation], answer.text)
                    if role not in INTERFACE[operation]:
                        self.assertIn(answer.status_code, (403, 404))
            listed = self.ask("/payments", key=key)
            with self.subTest(role=role, operation="list"):
                seen = listed.status_code == 200 and bool(listed.json()["data"])
                self.assertEqual(seen, role in INTERFACE["read"], listed.text)
            for order in (waiting, agreed):
                for method, path in NO_ENDPOINT if role in PAYERS else ():
                    path = path.format(id=names.of("paymentorder", order.id))
                    answer = self.ask(path, key=key, method=method, once="x")
                    with self.subTest(role=role, method=method, path=path):
                        self.assertIn(answer.status_code, (404, 405), answer.text)
        self.env.invalidate_all()
        self.assertEqual((waiting | agreed).mapped("state"), ["proposed", "approved"])

    @mute_logger("odoo.http")
    def test_attacks_4_and_5_no_mix_of_channels_lets_one_person_do_two_of_the_three(self):
        """One person with every role, a key for JSON-2, a program, and a colleague's program whose key they made."""
        one = self.people["employee"]
        one.group_ids |= self.env.ref(CREATOR) | self.env.ref(APPROVER) | self.env.ref(RELEASER)
        vals = {"journal_id": self.journal.id, "currency_id": self.eur.id, "company_id": self.company.id}
        line = {"partner_id": self.supplier.id, "partner_bank_id": self.supplier_account.id, "amount": 10.0}
        orders = self.env["finance.payment.order"]

        def made(channel):
            if channel == "JSON-2":
                lines = [[0, 0, {**line, "remittance": "by a key"}]]
                return orders.browse(self.json2("employee", "create", vals_list=[{**vals, "line_ids": lines}]).json())
            if channel == "web":
                self.log_in("employee")
                lines = [[0, 0, {**line, "amount": 11.0, "remittance": "at the screen"}]]
                return orders.browse(self.web("create", [{**vals, "line_ids": lines}])["result"])
            key = self.program("employee") if channel == "own-program" else self.program("creator", maker=one)
            body = self.handed_in(external_id=channel)
            body["payments"][0]["text"] = channel
            told = self.ask("/payments", key=key, body=body, once=channel)
            self.assertEqual(told.status_code, 201, told.text)
            return orders.browse(self.env["finance.api"]._names().read("paymentorder", told.json()["id"]))

        for channel in ("JSON-2", "web", "own-program", "key-of-a-colleague"):
            with self.subTest(made=channel):
                order = made(channel)
                self.by(self.creator, order).action_propose()
                self.assertEqual(self.decide("employee", "action_approve", order), "AccessError")
                self.approve(order)
                self.assertEqual(self.decide("employee", "action_release", order), "AccessError")
                self.assertEqual(order.state, "approved")
        with self.subTest("who approves does not release, by whatever way"):
            order = self.proposed(12.0)
            self.assertEqual(self.decide("employee", "action_approve", order), "")
            order.invalidate_recordset()
            self.assertEqual(order.state, "approved")
            self.assertEqual(self.decide("employee", "action_release", order), "AccessError")
            self.assertEqual(self.json2("employee", "action_release", order.ids).status_code, 403)
        with self.subTest("who changes it makes it"):
            order = self.proposed(13.0)
            self.assertEqual(
                self.json2("employee", "write", order.ids, vals={"requested_date": "2040-01-02"}).status_code, 200
            )
            order.invalidate_recordset()
            self.assertEqual(order.state, "draft")
            self.by(self.creator, order).action_propose()
            self.assertEqual(self.decide("employee", "action_approve", order), "AccessError")

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_actions")
    def test_attack_7_no_key_of_a_context_and_no_code_decides_for_somebody_else(self):
        order = self.proposed(14.0)
        context = {
            "su": True,
            "uid": self.approver.id,
            "install_mode": True,
            "active_test": False,
            "tracking_disable": True,
            "finance_internal": True,
            "identity_check": True,
            "default_state": "approved",
            "allowed_company_ids": self.company.ids,
        }
        self.assertEqual(self.decide("creator", "action_approve", order, context=context), "AccessError")
        self.assertEqual(self.decide("releaser", "action_release", order, context=context), "UserError")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Helpful",
                "model_id": self.env["ir.model"]._get_id("finance.payment.order"),
                "state": "code",
                "code": f"env['finance.payment.order'].with_user({self.approver.id}).browse({order.id})._approve()",
            }
        )
        self.log_in("system")
        answer = self.web("run", action.ids, model="ir.actions.server")
        self.assertEqual(self.error(answer), "AccessError", answer)
        order.invalidate_recordset()
        self.assertEqual(order.state, "proposed")

    def error(self, answer):
        return answer.get("error", {}).get("data", {}).get("name", "").rpartition(".")[2]

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_attack_1_a_key_writes_no_state_and_decides_nothing(self):
        draft, waiting, agreed, out = self.make_order(1.0), self.proposed(2.0), self.approved(3.0), self.released(4.0)
        reasons = {
            role: self.by(self.people[role], self.env["finance.payment.reason.wizard"])
            .create({"order_id": waiting.id, "operation": "refuse", "reason": "x"})
            .id
            for role in ("approver", "releaser")
        }
        handover = self.by(self.people["releaser"], self.env["finance.payment.handover.wizard"])
        handover = handover.create({"order_id": out.id})
        self.env.flush_all()
        for role in self.keys:
            for method, order, arguments in (
                ("action_approve", waiting, {}),
                ("action_release", agreed, {}),
                ("_approve", waiting, {}),
                ("_release", agreed, {}),
                ("_decided", waiting, {"decision": "approve"}),
                ("_sent", out, {}),
                ("write", draft, {"vals": {"state": "released"}}),
                ("write", waiting, {"vals": {"editor_ids": []}}),
                ("write", waiting, {"vals": {"approval_ids": [[0, 0, {"decision": "approve"}]]}}),
                ("web_save", draft, {"vals": {"state": "approved"}, "specification": {}}),
            ):
                with self.subTest(role=role, method=method):
                    self.assertIn(self.json2(role, method, order.ids, **arguments).status_code, (403, 404))
            with self.subTest(role=role, method="create"):
                vals = {"journal_id": self.journal.id, "currency_id": self.eur.id, "state": "approved"}
                self.assertEqual(self.json2(role, "create", vals_list=[vals]).status_code, 403)
        for role, wizard in reasons.items():
            answer = self.json2(role, "action_confirm", [wizard], model="finance.payment.reason.wizard")
            self.assertEqual(answer.status_code, 403)
        answer = self.json2("releaser", "action_download", handover.ids, model="finance.payment.handover.wizard")
        self.assertEqual(answer.status_code, 403)
        self.env.invalidate_all()
        self.assertEqual(
            (draft | waiting | agreed | out).mapped("state"), ["draft", "proposed", "approved", "released"]
        )

    @mute_logger("odoo.http")
    def test_attack_7_a_default_in_the_context_of_a_call(self):
        context = {"default_state": "approved", "default_digest": "x"}
        vals = {"journal_id": self.journal.id, "currency_id": self.eur.id, "company_id": self.company.id}
        answer = self.json2("creator", "create", vals_list=[vals], context=context)
        self.assertEqual(answer.status_code, 200, answer.text)
        order = self.env["finance.payment.order"].browse(answer.json())
        self.assertEqual((order.state, order.digest), ("draft", False))

    @mute_logger("odoo.http")
    def test_attack_4_the_web_client_asks_the_right_person_for_the_password(self):
        waiting, agreed = self.proposed(2.0), self.approved(3.0)
        for role in (*PAYERS, "auditor", "operator", "connector", "system"):
            self.log_in(role)
            for method, order, may in (("action_approve", waiting, "approver"), ("action_release", agreed, "releaser")):
                answer = self.web(method, order.ids)
                with self.subTest(role=role, method=method):
                    if role == may:
                        self.assertEqual(answer["result"]["res_model"], "res.users.identitycheck")
                        wrong = self.web(
                            "run_check",
                            [answer["result"]["res_id"]],
                            model="res.users.identitycheck",
                            context={"password": "guess"},
                        )
                        self.assertEqual(self.error(wrong), "UserError")
                    else:
                        self.assertEqual(self.error(answer), "AccessError")
        self.assertEqual((waiting | agreed).mapped("state"), ["proposed", "approved"])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_attack_12_what_is_confidential_leaks_by_no_way_of_reading(self):
        order = self.proposed(4321.09, is_confidential=True)
        order.sudo().note = "Salaries of the board"
        order.sudo().message_post(body="Salaries of the board")
        ways = (
            ("search_read", {"domain": [], "fields": ["amount", "note"]}),
            ("web_search_read", {"domain": [], "specification": {"amount": {}, "display_name": {}}}),
            ("name_search", {"name": order.name}),
            ("formatted_read_group", {"domain": [], "groupby": ["name"], "aggregates": ["amount:sum"]}),
            ("search_read", {"domain": [["line_ids.amount", ">", 4321]], "fields": ["name"]}),
        )
        for method, arguments in ways:
            with self.subTest(method=method):
                answer = self.json2("approver", method, **arguments)
                self.assertEqual(answer.status_code, 200, answer.text)
                self.assertNotIn(order.name, answer.text)
                self.assertNotIn("4321", answer.text)
        lines = self.json2("approver", "search_read", model="finance.payment.line", domain=[], fields=["amount"])
        self.assertNotIn("4321", lines.text)
        for thing in (order.message_ids[:1], order.approval_ids[:1]):
            answer = self.json2("approver", "read", thing.ids, model=thing._name, fields=["display_name"])
            self.assertEqual(answer.status_code, 403, thing._name)

    @mute_logger("odoo.http")
    def test_the_file_is_for_whoever_hands_it_over(self):
        order = self.released(5.0)
        url = f"/finance/payment/{order.id}/file"
        for role in PAYERS:
            self.log_in(role)
            self.assertEqual(self.url_open(url).status_code, 404, "released, and not taken yet")
        order._sending()
        for role, status in (("creator", 404), ("approver", 404), ("auditor", 404), ("releaser", 200)):
            self.log_in(role)
            answer = self.url_open(url)
            with self.subTest(role=role):
                self.assertEqual(answer.status_code, status)
        self.assertIn(order.line_ids.end_to_end_id.encode(), answer.content)
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.logout()
        self.assertIn("/web/login", self.url_open(url, allow_redirects=False).headers["Location"])
        # what shows how a person knows what became of a payment: for those who decide, and whoever audits them
        order._sent()
        order.line_ids.sudo().silent_since = "2026-01-01"
        releaser = self.people["releaser"]
        self.by(releaser, order)._say(self.by(releaser, order.line_ids), "executed", "because", ("letter", b"Proof"))
        url = f"/finance/payment/word/{order.word_ids.id}/evidence"
        for role, status in (("creator", 404), ("employee", 404), ("auditor", 200), ("approver", 200)):
            self.log_in(role)
            answer = self.url_open(url)
            with self.subTest(role=role, what="evidence"):
                self.assertEqual(answer.status_code, status)
        self.assertEqual(answer.content, b"Proof")
        self.assertEqual(self.url_open(f"{url[:-9]}0/evidence").status_code, 404, "there is no such word")

    def test_groups_are_told_apart(self):
        """No role brings another one by implication, and no administrator has one."""
        for role in ("operator", "connector", "system", "adviser", "auditor"):
            for group in (CREATOR, APPROVER, RELEASER):
                with self.subTest(role=role, group=group):
                    self.assertFalse(self.people[role].has_group(group))
        self.people["employee"].group_ids = [Command.link(self.env.ref(CREATOR).id)]
        self.assertFalse(self.people["employee"].has_group(APPROVER))
