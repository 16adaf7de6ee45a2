"""Every role, model, operation and public method, in the own and in another company.

The tables (``access_models.py``, ``access_methods.py``) say who may. What is missing from them fails: a new model or
method is denied until somebody has written down whose it is.
"""

from contextlib import suppress

from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import tagged

from .access_dialogs import WITHOUT_A_ROW, values_of
from .access_methods import METHODS, ON_MODEL
from .access_models import ABSTRACT, MIXINS, MODELS, SHARED
from .access_records import AccessRecords
from .common import ROLES


@tagged("post_install", "-at_install")
class TestAccess(AccessRecords):
    """B-45, B-53 and fault 59."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_everything(cls.company)
        cls.foreign = cls.make_everything(cls.other_company)
        for role in ROLES:
            cls.user(role)
            cls.user(role, other_company=True)

    def suite_models(self):
        return {
            name: model
            for name, model in self.registry.items()
            if name.startswith("finance.") and model._original_module == "finance_connector_base"
        }

    def test_every_model_is_in_the_table(self):
        models = self.suite_models()
        stored = {name for name, model in models.items() if not model._abstract}
        self.assertEqual(stored, MODELS.keys())
        abstract = {name for name, model in models.items() if model._abstract}
        plugins = ("finance.adapter.", "finance.handler.", "finance.master.", "finance.step.")
        plugged = {name for name in abstract if name.startswith(plugins)}
        self.assertEqual(abstract - plugged, ABSTRACT)

    def test_b45_crud_of_every_role_in_the_own_company(self):
        for name, roles in MODELS.items():
            for role in ROLES:
                letters = roles.get(role, "")
                record = self.as_user(self.own.get(name, self.env[name]), role)
                for letter, operation in (("c", "create"), ("r", "read"), ("w", "write"), ("u", "unlink")):
                    with self.subTest(model=name, role=role, operation=operation):
                        target = record.browse() if operation == "create" else record
                        self.assertEqual(target.has_access(operation), letter in letters)

    def test_b53_nobody_reaches_records_of_another_company(self):
        for name, record in self.foreign.items():
            if name in SHARED:
                continue
            for role in ROLES:
                mine = self.as_user(record, role)
                for operation in ("read", "write", "unlink"):
                    with self.subTest(model=name, role=role, operation=operation):
                        self.assertFalse(mine.has_access(operation))
                if "r" in MODELS[name].get(role, ""):
                    self.assertNotIn(record.id, mine.search([]).ids)
                    self.assertFalse(mine.search_count([("id", "=", record.id)]))

    def test_attack_8_another_company_in_the_context_opens_nothing(self):
        record = self.foreign["finance.message"]
        user = self.user("operator")
        smuggled = record.with_user(user).with_context(allowed_company_ids=[self.company.id, self.other_company.id])
        with self.assertRaises(AccessError):
            smuggled.action_retry()

    # -- methods -------------------------------------------------------------------------------

    def public_methods(self, model):
        """What a client may call that this module defines, whatever it calls it."""
        record = self.env[model]
        found = set()
        for cls in type(record).mro():
            if not cls.__module__.startswith("odoo.addons.finance_connector_base"):
                continue
            for name, value in vars(cls).items():
                if name.startswith("_") or not callable(value) or name in ("create", "write", "unlink", "default_get"):
                    continue
                try:
                    get_public_method(record, name)
                except AccessError:
                    continue
                found.add(name)
        return found

    def test_every_public_method_is_in_the_table(self):
        for name in self.suite_models().keys() - MIXINS:
            with self.subTest(name):
                self.assertEqual(self.public_methods(name), METHODS.get(name, {}).keys())

    def call(self, record, method, role):
        """:return: True if the role may call it; that the state of the record forbids it is no matter here"""
        mine = self.as_user(record.browse() if method in ON_MODEL else record, role)
        if record._transient:
            mine = self.wizard(record._name, role)
        try:
            with self.env.cr.savepoint():
                getattr(mine, method)()
                raise _Undo
        except _Undo:
            return True
        except AccessError:
            return False
        except UserError:
            return True

    def wizard(self, name, role):
        # made with all rights: only the call is in question
        wizards, values = self.env[name].sudo(), values_of(name, self.own, self.env)
        make = wizards.new if name in WITHOUT_A_ROW else wizards.create
        return self.as_user(make(values), role)

    def test_b45_methods_by_role_in_the_own_company(self):
        for name, methods in METHODS.items():
            for method, allowed in methods.items():
                for role in ROLES:
                    with self.subTest(model=name, method=method, role=role):
                        record = self.own.get(name, self.env[name])
                        self.assertEqual(self.call(record, method, role), role in allowed)

    def test_b53_no_method_reaches_another_company(self):
        for name, methods in METHODS.items():
            if name not in self.foreign or name in SHARED:
                continue
            for method in methods.keys() - ON_MODEL:
                for role in ROLES:
                    with self.subTest(model=name, method=method, role=role):
                        self.assertFalse(self.call(self.foreign[name], method, role))

    def test_dialogs_do_not_reach_messages_of_another_company(self):
        foreign = self.foreign["finance.message"]
        for role, operation in (("operator", "discard"), ("admin", "replay")):
            wizard = self.env["finance.message.reason.wizard"].create(
                {"operation": operation, "reason": "r", "message_ids": [(6, 0, foreign.ids)]}
            )
            with self.subTest(role), self.trap() as trapped:
                with suppress(UserError):
                    self.as_user(wizard, role).action_confirm()
                self.assertState(foreign, "held")
                self.assertFalse(trapped.messages)
            with self.assertRaises(AccessError):
                self.as_user(foreign, "operator")._discard("r")
        with self.assertRaises(AccessError):
            self.as_user(foreign, "admin")._replay("r")

    def test_fault_59_states_cannot_be_written_by_anybody(self):
        """Fault 59: any employee may call any public method over JSON-2; none of them sets a state."""
        for name in ("finance.message", "finance.message.attempt", "finance.message.transition", "finance.checkpoint"):
            field = {"finance.message": "state", "finance.message.transition": "after"}.get(name, "id")
            for role in ROLES:
                mine = self.as_user(self.own[name], role)
                for act in (
                    lambda mine=mine, field=field: mine.write({field: "done"}),
                    lambda mine=mine: mine.create([{}]),
                    lambda mine=mine: mine.unlink(),
                    lambda mine=mine: mine.copy(),
                ):
                    with self.subTest(model=name, role=role), self.assertRaises(UserError):
                        act()


class _Undo(Exception):
    pass
