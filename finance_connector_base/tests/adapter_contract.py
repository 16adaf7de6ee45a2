"""What every adapter and every handler must keep, also those of third parties.

class TestMyConnector(AdapterContract, FinanceCase):
    adapters = ("acme.adapter",)
    handlers = ("acme.handler.invoice",)
"""

import inspect
import re
from pathlib import Path

from odoo import models
from odoo.modules import Manifest
from odoo.orm.model_classes import is_model_definition

#: handlers that are no choice on a flow
NOT_CHOSEN = {"finance.handler.fetch"}


class AdapterContract:
    """Mixin of test methods; empty tuples look at everything that is installed."""

    adapters = ()
    handlers = ()

    def _all(self, base, named):
        found = set(self.env.registry.descendants([base], "_inherit")) - {base}
        self.assertLessEqual(set(named), found, "not in the registry, or not inheriting from the base")
        return sorted(named or found)

    def _values(self, model, field):
        return {value for value, _label in self.env[model]._fields[field]._description_selection(self.env)}

    def test_contract_what_can_be_chosen_is_what_there_is(self):
        """A choice without its code, or code that nobody can choose, is a wiring mistake."""
        for base, model, field, apart in (
            ("finance.adapter", "finance.connection", "adapter", set()),
            ("finance.handler", "finance.flow", "handler", NOT_CHOSEN),
        ):
            concrete = {
                name
                for name in self.env.registry.descendants([base], "_inherit")
                # a shared mixin announces itself by a leading underscore in the last part of its name
                if name != base and not name.rpartition(".")[2].startswith("_")
            }
            self.assertEqual(self._values(model, field), concrete - apart)

    def test_contract_selection_survives_an_uninstall(self):
        for model, field in (("finance.connection", "adapter"), ("finance.flow", "handler")):
            ondelete = self.env[model]._fields[field].ondelete or {}
            self.assertLessEqual(self._values(model, field), ondelete.keys(), f"ondelete of {model}.{field}")

    def test_contract_capabilities_are_implemented(self):
        base = type(self.env["finance.adapter"])
        capabilities = self.env["finance.adapter"]._capabilities()
        for name in self._all("finance.adapter", self.adapters):
            if name.rpartition(".")[2].startswith("_"):
                # shared by adapters, itself none
                continue
            adapter = type(self.env[name])
            with self.subTest(name):
                self.assertIsInstance(adapter._supports, frozenset)
                self.assertLessEqual(adapter._supports, capabilities.keys(), "unknown capability")
                self.assertIsNot(_function(adapter, "_check"), _function(base, "_check"), "every adapter can be tested")
                for capability in adapter._supports:
                    for verb in capabilities[capability]:
                        self.assertTrue(hasattr(adapter, verb), f"{capability} needs {verb}")
                        self.assertIsNot(_function(adapter, verb), _function(base, verb), f"{verb} is not implemented")

    def test_contract_handlers_work(self):
        base = type(self.env["finance.handler"])
        for name in self._all("finance.handler", self.handlers):
            if name.rpartition(".")[2].startswith("_"):
                # shared by handlers, itself none
                continue
            handler = type(self.env[name])
            verbs = ("_call", "_settle") if handler._calls_out else ("_handle",)
            verbs = ("_begin", "_end") if handler._ends_together else verbs
            with self.subTest(name):
                for verb in verbs:
                    self.assertIsNot(_function(handler, verb), _function(base, verb), f"{verb} is not implemented")
                self.assertTrue(handler._schema_versions, "it understands at least one version of its data")

    def test_contract_verbs_have_names_of_their_own(self):
        """A verb named like a method of every model (read, search, load ...) breaks the framework."""
        own = set(dir(models.AbstractModel))
        for base in ("finance.adapter", "finance.handler"):
            named = self.adapters if base == "finance.adapter" else self.handlers
            for name in self._all(base, named):
                for cls in _own_classes(type(self.env[name])):
                    clashes = {
                        attribute
                        for attribute, value in vars(cls).items()
                        if inspect.isfunction(value) and attribute in own and not attribute.startswith("__")
                    }
                    with self.subTest(name):
                        self.assertFalse(clashes)

    def test_contract_nothing_can_be_called_by_clients(self):
        for base in ("finance.adapter", "finance.handler"):
            named = self.adapters if base == "finance.adapter" else self.handlers
            for name in self._all(base, named):
                for cls in _own_classes(type(self.env[name])):
                    public = [
                        attribute
                        for attribute, value in vars(cls).items()
                        if inspect.isfunction(value)
                        and not attribute.startswith("_")
                        and not getattr(value, "_api_private", False)
                    ]
                    with self.subTest(name):
                        self.assertFalse(public, "name it with a leading underscore")

    def test_contract_no_state_is_kept_between_calls(self):
        """Adapters serve every connection of every database at once."""
        for base in ("finance.adapter", "finance.handler"):
            named = self.adapters if base == "finance.adapter" else self.handlers
            for name in self._all(base, named):
                for cls in _own_classes(type(self.env[name])):
                    kept = [
                        attribute
                        for attribute, value in vars(cls).items()
                        if isinstance(value, list | dict | set)
                        and attribute not in dir(models.BaseModel)
                        and not attribute.startswith("__")
                    ]
                    with self.subTest(name):
                        self.assertFalse(kept, "use a frozenset, a tuple, or an object made per call")

    def test_contract_endpoint_fields_exist(self):
        names = self.env["finance.connection"]._endpoint_fields()
        self.assertLessEqual(names, self.env["finance.connection"]._fields.keys())

    def test_contract_neutralize_sql_is_there(self):
        """A copy of the database must not reach the outside world."""
        for name in self._all("finance.adapter", self.adapters):
            module = type(self.env[name])._original_module
            path = Path(Manifest.for_addon(module).path) / "data" / "neutralize.sql"
            with self.subTest(module):
                self.assertTrue(path.is_file() or _is_fake(module), f"{module} has no data/neutralize.sql")
                if path.is_file():
                    self.assertTrue(re.search(r"\b(UPDATE|DELETE)\b", path.read_text()))


def _function(cls, name):
    return getattr(cls, name, None)


def _own_classes(cls):
    """The classes that a module wrote for this model: not the framework's, not what extends every model."""
    for base in cls.__mro__:
        is_own = base.__module__.startswith("odoo.addons.") and is_model_definition(base)
        if is_own and base._name not in ("base", "finance.adapter", "finance.handler"):
            yield base


def _is_fake(module):
    return module.startswith("test_")
