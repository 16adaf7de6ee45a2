"""Every screen of the suite opens, for everybody who has its menu."""

from lxml import etree

from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval


class ScreenCase(TransactionCase):
    """Finds the suite's groups, menus and window actions by the module of their XML ids."""

    @classmethod
    def own(cls, model):
        data = cls.env["ir.model.data"].search([("module", "=like", "finance\\_%"), ("model", "=", model)])
        return cls.env[model].browse(data.mapped("res_id")).exists()

    @classmethod
    def user_with(cls, groups, login):
        return cls.env["res.users"].create(
            {
                "name": login,
                "login": login,
                "group_ids": [Command.link(cls.env.ref("base.group_user").id), *map(Command.link, groups.ids)],
            }
        )

    def screens(self, user):
        """The window actions behind the suite's menus that the user sees."""
        visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
        for menu in self.own("ir.ui.menu"):
            if menu.id in visible and menu.action and menu.action._name == "ir.actions.act_window":
                yield menu, menu.action

    def context_of(self, action, user):
        return safe_eval(action.context or "{}", {"uid": user.id, "allowed_company_ids": user.company_ids.ids})

    def model_of(self, action, user):
        return self.env[action.res_model].with_user(user).with_context(self.context_of(action, user))

    def views_of(self, action, user):
        """What the web client asks for when the action is opened."""
        views = [*((view_id, mode) for view_id, mode in action.views), (action.search_view_id.id, "search")]
        options = {"toolbar": True, "load_filters": True, "action_id": action.id}
        return self.model_of(action, user).get_views(views, options)["views"]

    def open_list(self, action, user):
        domain = safe_eval(action.domain or "[]", {"uid": user.id, "context_today": None})
        self.model_of(action, user).web_search_read(domain, {"display_name": {}}, limit=20)


@tagged("post_install", "-at_install")
class TestScreens(ScreenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        system = cls.env.ref("base.group_system") | cls.env.ref("account.group_account_manager")
        cls.everything = cls.user_with(cls.own("res.groups") | system, "everything")

    def test_there_are_screens(self):
        self.assertTrue(list(self.screens(self.everything)))

    def test_views_open(self):
        for menu, action in self.screens(self.everything):
            with self.subTest(menu=menu.complete_name, model=action.res_model):
                self.views_of(action, self.everything)
                self.open_list(action, self.everything)

    def test_widgets_find_the_fields_that_they_read_besides(self):
        """What a widget asks the server for without being in the view; without it the record does not open."""
        besides = {"analytic_distribution": ["analytic_precision"]}
        found = 0
        for view in self.own("ir.ui.view"):
            if view.model in self.env and "widget" in (view.arch_db or ""):
                for model, node in self.fields_in(self.env[view.model], etree.fromstring(view.arch_db)):
                    for name in besides.get(node.get("widget"), ()):
                        found += 1
                        self.assertIn(name, model._fields, f"{view.xml_id}: {node.get('name')} of {model._name}")
        self.assertTrue(found)

    def fields_in(self, model, node):
        """:return: (model, element) of every field below an element, lists inside of forms too"""
        for child in node.iterchildren(etree.Element):
            inner = model
            if child.tag == "field" and child.get("name") in model._fields:
                yield model, child
                comodel = model._fields[child.get("name")].comodel_name
                inner = self.env[comodel] if comodel and len(child) else model
            yield from self.fields_in(inner, child)

    def test_amounts_are_added_up_in_groups(self):
        """What lists, pivots and charts ask of their amounts: sums, and the currencies that are in them."""
        asked = {}
        for view in self.own("ir.ui.view").filtered(lambda view: view.type in ("list", "pivot", "graph")):
            model = self.env.get(view.model)
            if model is None or model._abstract:
                continue
            shown = {node.get("name") for node in etree.fromstring(view.arch_db).iter("field")}
            known = model.fields_get(shown & model._fields.keys(), ["aggregator", "currency_field"])
            for name, field in known.items():
                if field.get("aggregator") and field.get("currency_field"):
                    asked.setdefault(model, {})[name] = field["currency_field"]
        self.assertTrue(asked)
        for model, amounts in asked.items():
            names = [f"{name}:sum_currency" for name in amounts]
            names += [f"{name}:array_agg_distinct" for name in set(amounts.values())]
            with self.subTest(model=model._name):
                model.formatted_read_group([], [], names)

    def test_default_filters_exist(self):
        for menu, action in self.screens(self.everything):
            defaults = {
                name.removeprefix("search_default_")
                for name, value in self.context_of(action, self.everything).items()
                if name.startswith("search_default_") and value
            }
            search = etree.fromstring(self.views_of(action, self.everything)["search"]["arch"])
            names = {node.get("name") for node in search.iter("filter", "field")}
            with self.subTest(menu=menu.complete_name):
                self.assertEqual(defaults - names, set(), "no such filter or field in the search view")

    def test_new_record_opens(self):
        for menu, action in self.screens(self.everything):
            modes = [mode for _id, mode in action.views]
            if "form" not in modes:
                continue
            arch = etree.fromstring(self.views_of(action, self.everything)["form"]["arch"])
            main = etree.fromstring(self.views_of(action, self.everything)[modes[0]]["arch"])
            if "0" in (arch.get("create"), main.get("create")) or "false" in (arch.get("create"), main.get("create")):
                continue
            with self.subTest(menu=menu.complete_name, model=action.res_model):
                Form(self.model_of(action, self.everything), action.view_id if modes[0] == "form" else None)

    def test_lists_say_what_to_do_when_empty(self):
        """A person who opens an empty list is told what belongs there."""
        for menu, action in self.screens(self.everything):
            with self.subTest(menu=menu.complete_name):
                if action.views and action.views[0][1] != "form":
                    self.assertTrue(action.help, "the action has no help text")


@tagged("post_install", "-at_install")
class TestRoles(ScreenCase):
    def test_each_role_opens_what_its_menu_shows(self):
        """A menu that ends in an access error should not have been there."""
        for number, group in enumerate(self.own("res.groups")):
            user = self.user_with(group, f"role-{number}")
            for menu, action in self.screens(user):
                with self.subTest(role=group.full_name, menu=menu.complete_name):
                    self.views_of(action, user)
                    self.open_list(action, user)

    def test_nobody_else_sees_the_app(self):
        """Default is no access: an internal user without a role has none of the suite's menus."""
        user = self.user_with(self.env["res.groups"], "nobody")
        own = self.own("ir.ui.menu")
        top = own.filtered(lambda menu: not menu.parent_id)
        self.assertEqual(set(top.ids) & set(self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()), set())
