"""Every model, method and route of the suite by role, company and channel, generated from tables (RELIABILITY 4.1).

The tables belong to the modules: ``tests/access_matrix.py`` of each, and of the control plane
``tests/access_models.py`` and ``access_methods.py``; its ``test_access.py`` runs them through the ORM.
Here the same tables are asked of every role by the entry that JSON-2 and ``call_kw`` share, and of roles in turn over
HTTP: JSON-2 with an API key, ``call_kw`` of the web client with a session, and no login at all.
docs/testing-security.md tells how to add a row.
"""

import importlib
import importlib.util
import json
import threading
from contextlib import nullcontext
from datetime import timedelta
from unittest.mock import patch

from passlib.context import CryptContext

from odoo import fields, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models import res_users
from odoo.addons.finance_connector_base.tests import access_methods, access_models
from odoo.addons.finance_connector_base.tests.access_records import AccessRecords
from odoo.addons.finance_connector_base.tests.common import ROLES
from odoo.addons.finance_connector_base.tests.fake_case import FakeCase

#: routes that answer without a login, with the reason; everything else must refuse
OPEN_ROUTES: dict[str, str] = {
    "/finance/api/v1": "the page that describes the interface: the contract, no data",
    "/finance/health/live": "a load balancer asks; one word",
    "/finance/health/ready": "a load balancer asks; one word, details with a key only",
    "/finance/events/asyncapi.json": "the types of events, the same in every database",
    "/finance/events/schemas/<string:name>/<int:version>": "the same, one type",
}
#: an id that no record has: rights on the model are asked before anybody looks for it
NOBODY = 2_000_000_000
#: what a refusal is called in the answers of the web client
REFUSALS = ("AccessError", "UserError", "MissingError")
LOGINS = [role for role in ROLES if role != "public"]
#: every refusal is told in the log
quiet = mute_logger("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
ADVICE = (
    "add it to {table} in {module}/tests/access_matrix.py, of the control plane in its access_models.py or"
    " access_methods.py (docs/testing-security.md)"
)


def tables(registry):
    """:return: the tables of the modules that are installed"""
    found = [access_models, access_methods]
    for name in sorted(registry._init_modules):
        path = f"odoo.addons.{name}.tests.access_matrix"
        if name.startswith("finance_") and importlib.util.find_spec(path):
            found.append(importlib.import_module(path))
    return found


def own_module(cls):
    """:return: name of the suite's module that a class is from, if any"""
    parts = cls.__module__.split(".")
    return parts[2] if len(parts) > 2 and parts[2].startswith("finance_") else None


class MatrixCase(FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = tables(cls.env.registry)
        cls.models = {name: row for table in cls.tables for name, row in getattr(table, "MODELS", {}).items()}
        cls.methods = {}
        for table in cls.tables:
            for name, row in getattr(table, "METHODS", {}).items():
                cls.methods.setdefault(name, {}).update(row)

    def public_methods(self, record):
        """Yield what a client may call and the suite has brought: (module, method)."""
        classes = type(record).mro()
        foreign = {name for cls in classes if not own_module(cls) for name in vars(cls)}
        for cls in classes:
            for name, value in vars(cls).items() if own_module(cls) else ():
                if name.startswith("_") or not callable(value) or name in foreign or hasattr(models.Model, name):
                    continue
                try:
                    get_public_method(record, name)
                except AccessError:
                    continue
                yield own_module(cls), name


@tagged("post_install", "-at_install")
class TestTables(MatrixCase):
    """What nobody has written down is nobody's: the build fails until somebody has."""

    def test_every_model_is_in_the_table_of_its_module(self):
        missing = [
            f"{name}: " + ADVICE.format(table="MODELS", module=model._original_module)
            for name, model in self.registry.items()
            if model._original_module.startswith("finance_") and not model._abstract and name not in self.models
        ]
        self.assertEqual(missing, [])
        unknown = sorted(name for name in self.models if name not in self.registry)
        self.assertEqual(unknown, [], "rows of models that are gone")

    def test_every_public_method_is_in_the_table_of_its_module(self):
        missing = {
            f"{name}.{method}: " + ADVICE.format(table="METHODS", module=module)
            for name in self.registry
            for module, method in self.public_methods(self.env[name])
            if method not in self.methods.get(name, {})
            # of a mixin: the models that have it have the row
            and not (self.env[name]._abstract and any(method in row for row in self.methods.values()))
        }
        self.assertEqual(sorted(missing), [])
        gone = [
            f"{name}.{method}"
            for name, row in self.methods.items()
            for method in row
            if not callable(getattr(self.env[name], method, None))
        ]
        self.assertEqual(gone, [], "rows of methods that are gone")

    def test_acl_of_every_role_is_what_the_table_says(self):
        letters = {"create": "c", "read": "r", "write": "w", "unlink": "u"}
        for role in ROLES:
            env = self.env(user=self.user(role), su=False)
            for name, row in self.models.items():
                given = "".join(letters[operation] for operation in letters if env[name].has_access(operation))
                with self.subTest(role=role, model=name):
                    self.assertEqual(sorted(given), sorted(row.get(role, "")))

    def test_what_begins_with_an_underscore_is_nobodys(self):
        for name, model in self.registry.items():
            if not model._original_module.startswith("finance_"):
                continue
            record = self.env[name]
            private = {
                method
                for cls in type(record).mro()
                if own_module(cls)
                for method, value in vars(cls).items()
                if method.startswith("_") and not method.startswith("__") and callable(value)
            }
            for method in private:
                try:
                    get_public_method(record, method)
                except (AccessError, AttributeError):
                    continue
                self.fail(f"{name}.{method} can be called")


@tagged("post_install", "-at_install")
class TestChannels(HttpCase, MatrixCase, AccessRecords):
    """B-45, B-53, fault 59, attacks 9, 12 and 43: the same answers over HTTP as inside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_everything(cls.company)
        cls.foreign = cls.make_everything(cls.other_company)
        cls.shared = set().union(*(getattr(table, "SHARED", ()) for table in cls.tables))
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        cls.keys = {}
        # thousands of calls check a key: how strong its hash is, is not what they are about
        with patch.object(res_users, "KEY_CRYPT_CONTEXT", CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=1)):
            for role in LOGINS:
                keys = cls.env(user=cls.user(role))["res.users.apikeys"].sudo()
                cls.keys[role] = keys._generate("rpc", "matrix", tomorrow)
        cls.env.flush_all()

    # -- channels --------------------------------------------------------------------------

    def json2(self, role, model, method, ids=(), **arguments):
        """:return: status of a call with the role's API key"""
        body = {**({"ids": list(ids)} if ids else {}), **arguments}
        headers = {"Authorization": f"Bearer {self.keys.get(role, 'no key of anybody')}"}
        return self.url_open(
            f"/json/2/{model}/{method}", json=body, headers=headers, method="POST", timeout=60
        ).status_code

    def web(self, model, method, ids=(), *args):
        """:return: name of the error a call of the web client got, or nothing"""
        arguments = [list(ids), *args] if ids else list(args)
        answer = self.url_open(
            "/web/dataset/call_kw",
            json={
                "jsonrpc": "2.0",
                "params": {"model": model, "method": method, "args": arguments, "kwargs": {}},
            },
            timeout=60,
        )
        return answer.json().get("error", {}).get("data", {}).get("name", "").rpartition(".")[2]

    def routes(self):
        """:return: the routing rules, which Odoo finds by the database of the thread"""
        thread = threading.current_thread()
        thread.dbname = self.env.cr.dbname
        self.addCleanup(delattr, thread, "dbname")
        return self.env["ir.http"].routing_map().iter_rules()

    def record_id(self, name, records=None):
        record = (self.own if records is None else records).get(name)
        return record.id if record else NOBODY

    def inside(self, role, model, method, ids=(), *, undo=None, **arguments):
        """What both channels do once they know who asks.

        :param undo: what takes back what the method has done before it refuses
        :return: class of the error that the call got, or None
        """
        model = self.env(user=self.user(role), su=False, context={})[model]
        try:
            with undo or nullcontext():
                get_public_method(model, method)(model.browse(ids), **arguments)
        except (AccessError, UserError, MissingError, AttributeError) as error:
            return type(error)
        return None

    def in_turn(self, *lists):
        """Yield one of each list, so that all roles have their turn over all models, methods and channels.

        Whether a role may do something is asked of each, :meth:`inside`. A channel knows a model only by its name and
        a role only by its key or session: one question for each model and method shows that it asks as well.
        """
        for roles in lists:
            self.turn += 1
            if roles:
                yield roles[self.turn % len(roles)]

    # -- tests -----------------------------------------------------------------------------

    turn = 0

    def crud(self, name, letter):
        """:return: (method, ids, arguments) of an operation"""
        own = [self.record_id(name)]
        return {
            "c": ("create", (), {"vals_list": [{}]}),
            "r": ("read", own, {"fields": ["display_name"]}),
            "w": ("write", own, {"vals": {}}),
            "u": ("unlink", own, {}),
        }[letter]

    @quiet
    def test_crud_by_role(self):
        for role in LOGINS:
            for name, row in self.models.items():
                for letter in "crwu":
                    if letter not in row.get(role, ""):
                        method, ids, arguments = self.crud(name, letter)
                        with self.subTest(role=role, model=name, operation=method):
                            # some refuse by a rule of their own before rights are asked
                            refusals = (AccessError, MissingError, *([UserError] if letter in "wu" else ()))
                            self.assertIn(self.inside(role, name, method, ids, **arguments), refusals)

    @quiet
    def test_json2_crud_by_role(self):
        for name, row in self.models.items():
            for letter in "crwu":
                method, ids, arguments = self.crud(name, letter)
                for role in self.in_turn([role for role in LOGINS if letter not in row.get(role, "")]):
                    with self.subTest(role=role, model=name, operation=method):
                        refusals = (403, 404, 422) if letter in "wu" else (403,)
                        self.assertIn(self.json2(role, name, method, ids, **arguments), refusals)
            if name in self.own:
                for role in self.in_turn([role for role in LOGINS if "r" in row.get(role, "")]):
                    with self.subTest(role=role, model=name, operation="read, allowed"):
                        self.assertEqual(self.json2(role, name, "read", [self.record_id(name)], fields=["id"]), 200)

    @quiet
    def test_nothing_of_another_company_is_reached(self):
        """Attack 9: by its id, whatever the role, also with the other company in the context (attack 8)."""
        ways = (("read", {"fields": ["display_name"]}), ("unlink", {}))
        for name, record in self.foreign.items():
            if name in self.shared:
                continue
            for role in LOGINS:
                for method, arguments in ways:
                    with self.subTest(role=role, model=name, operation=method):
                        self.assertIs(self.inside(role, name, method, record.ids, **arguments), AccessError)
            for role, (method, arguments) in zip(self.in_turn(LOGINS, LOGINS), ways, strict=True):
                with self.subTest(role=role, model=name, operation=method, channel="JSON-2"):
                    self.assertEqual(self.json2(role, name, method, record.ids, **arguments), 403)
        context = {"allowed_company_ids": (self.company | self.other_company).ids}
        name, record = "finance.message", self.foreign["finance.message"]
        status = self.json2("operator", name, "read", record.ids, fields=["subject"], context=context)
        self.assertEqual(status, 403)

    @quiet
    def test_methods_by_role(self):
        """Whoever may not is refused on the own record, everybody on that of another company."""
        on_model = set().union(*(getattr(table, "ON_MODEL", ()) for table in self.tables))
        for name, row in self.methods.items():
            for method, allowed in row.items():
                ids = () if method in on_model else [self.record_id(name)]
                refused = [
                    role
                    for role in LOGINS
                    # of a dialog that the role may open: what it then may is tested inside, with a real one
                    if role not in allowed
                    and not (self.env[name]._transient and "c" in self.models[name].get(role, ""))
                ]
                is_foreign = name in self.foreign and name not in self.shared and method not in on_model
                asked = [(role, ids) for role in refused]
                asked += [(role, self.foreign[name].ids) for role in LOGINS if is_foreign]
                for role, its in asked:
                    with self.subTest(model=name, method=method, role=role, ids=its):
                        with self.at_the_screen(self.user(role)):
                            error = self.inside(role, name, method, its, undo=self.env.cr.savepoint(flush=False))
                            self.assertIn(error, (AccessError, MissingError))
                self.env.invalidate_all(flush=False)
                for role, its in self.in_turn(asked):
                    with self.subTest(model=name, method=method, role=role, ids=its, channel="JSON-2"):
                        self.assertIn(self.json2(role, name, method, its), (403, 404))

    @quiet
    def test_web_client_by_role(self):
        asked = {role: [] for role in LOGINS}
        for name, row in self.models.items():
            own = [self.record_id(name)]
            for letter, method, *arguments in (("r", "read", ["display_name"]), ("w", "web_save", {}, {})):
                for role in self.in_turn([role for role in LOGINS if letter not in row.get(role, "")]):
                    asked[role].append((name, method, own, *arguments))
            if name in self.foreign and name not in self.shared:
                for role in self.in_turn(LOGINS):
                    asked[role].append((name, "unlink", self.foreign[name].ids))
        for role, calls in asked.items():
            self.assertTrue(calls, role)
            login = self.user(role).login
            self.authenticate(login, login + "x" * (8 - len(login)))
            for call in calls:
                with self.subTest(role=role, call=call):
                    self.assertIn(self.web(*call), REFUSALS)

    @quiet
    def test_attack_12_nothing_leaks_by_the_other_ways_of_reading(self):
        """Export, name search, grouping and counting are refused where reading is."""
        ways = {
            "search_read": {"domain": [], "fields": ["id"]},
            "search_count": {"domain": []},
            "name_search": {"name": ""},
            "formatted_read_group": {"domain": [], "aggregates": ["__count"]},
            "web_search_read": {"domain": [], "specification": {}},
            "export_data": {"fields_to_export": ["id"]},
        }
        for role in ("employee", "portal"):
            for name in self.models:
                if "r" in self.models[name].get(role, ""):
                    continue
                for method, arguments in ways.items():
                    ids = [self.record_id(name)] if method == "export_data" else ()
                    refusals = (AccessError, UserError) if ids else (AccessError,)
                    with self.subTest(role=role, model=name, way=method):
                        self.assertIn(self.inside(role, name, method, ids, **arguments), refusals)
                for method in self.in_turn(list(ways)):
                    ids = [self.record_id(name)] if method == "export_data" else ()
                    with self.subTest(role=role, model=name, way=method, channel="JSON-2"):
                        status = self.json2(role, name, method, ids, **ways[method])
                        self.assertIn(status, (403, 422) if ids else (403,))

    @mute_logger("odoo.http")
    def test_attack_43_without_a_login_no_method_answers(self):
        """Who asks is looked at before what is asked: one method of each model."""
        self.authenticate(None, None)
        for name, row in self.methods.items():
            for method in self.in_turn(list(row)):
                with self.subTest(model=name, method=method):
                    self.assertEqual(self.json2("nobody", name, method), 401)
            with self.subTest(model=name):
                self.assertEqual(self.web(name, "read", [1], ["id"]), "SessionExpiredException")

    @mute_logger("odoo.http", "werkzeug")
    def test_attack_43_routes_refuse_whom_they_do_not_know(self):
        """Every route of the suite, for portal users and for nobody: refused, not found, or sent to the login."""
        routes = [
            rule
            for rule in self.routes()
            if (rule.endpoint.func.__module__.split(".") + [""] * 3)[2].startswith("finance_")
            and rule.rule not in OPEN_ROUTES
        ]
        self.assertTrue(routes, "no route was found: the test looks at the wrong place")
        login = self.user("portal").login
        for visitor in (None, login):
            self.authenticate(visitor, visitor and visitor + "x" * (8 - len(visitor)))
            for rule in routes:
                url = rule.rule
                for argument in rule.arguments:
                    url = url.replace(f"<int:{argument}>", "1").replace(f"<{argument}>", "x")
                methods = rule.methods - {"HEAD", "OPTIONS"} if rule.methods else {"GET", "POST"}
                for method in sorted(methods):
                    data = json.dumps({}) if method == "POST" else None
                    headers = {"Content-Type": "application/json"} if data else {}
                    answer = self.url_open(
                        url, data=data, headers=headers, method=method, allow_redirects=False, timeout=60
                    )
                    with self.subTest(visitor=visitor, route=rule.rule, method=method, status=answer.status_code):
                        self.assertIn(answer.status_code, (303, 400, 401, 403, 404, 405, 415))
                        if answer.status_code == 303:
                            self.assertIn("/web/login", answer.headers["Location"])
