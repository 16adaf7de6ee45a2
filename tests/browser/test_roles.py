"""Every role opens every screen that its menu shows: no error, no access refused, on lists, forms and tabs.

Each screen is drawn for one role, all roles in turn. The others ask the server for what the client would ask for:
views, the records of lists, and the first record with everything that its form shows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree
from playwright.sync_api import Browser, Page, Request, Response

from suite.server import Server
from tests.browser.conftest import log_in
from tests.conftest import Database

ROLES = {
    "viewer": "finance_group_viewer",
    "operator": "finance_group_operator",
    "steward": "finance_group_mapping_steward",
    "connector": "finance_group_admin",
    "auditor": "finance_group_auditor",
}

# A row may open a form, a list or nothing at all, so that there is no element to wait for: what follows a click has
# been asked for after a moment, and has been drawn two frames after the last answer.
MOMENT = """() => new Promise(done => setTimeout(done, 60))"""
TWO_FRAMES = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"""

# People, and one message for each fate, made before the server starts.
OFFICE = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps

for login, group in ROLES.items():
    env["res.users"].create({
        "name": login.capitalize(), "login": login, "password": login,
        "group_ids": [(6, 0, [env.ref("base.group_user").id, env.ref(f"finance_connector_base.{group}").id])],
    })
operator = env["res.users"].search([("login", "=", "operator")])
connection = env["finance.connection"].create({
    "name": "House bank", "adapter": "finance.adapter.test", "environment": "test", "owner_id": operator.id,
})
connection.action_test()
connection.action_activate()
flow = env["finance.flow"].create(
    {"name": "Statements", "connection_id": connection.id, "handler": "finance.handler.test", "fetch_interval": 60}
)
kind = env["finance.mapping.domain"].create({"code": "country", "name": "Countries", "res_model": "res.country"})
germany = env.ref("base.de")
env["finance.mapping"].create({"domain_id": kind.id, "code": "DEU", "label": "Germany", "res_id": germany.id})
payload = env["finance.payload"]._store(b"<Document>DE89370400440532013000</Document>", company=env.company)
env["finance.message"]._enqueue(flow, [
    Envelope(subject="done.xml", data={"do": "effect"}, payload_id=payload.id),
    Envelope(subject="ignored.xml", data={"do": "ignore"}),
    Envelope(subject="refused.xml", data={"do": "raise", "error": "RejectedError"}, payload_id=payload.id),
    Envelope(subject="login.xml", data={"do": "raise", "error": "AuthNeededError"}),
    Envelope(subject="unmapped.xml", data={"do": "map", "domain": "country", "code": "FRA"}),
    Envelope(subject="later.xml", data={"do": "raise", "error": "TransientError"}),
])
env.cr.commit()
env["finance.dispatcher"]._drain(CommittedSteps(env.cr))
env["finance.checkpoint"].action_take_now()
env.cr.commit()
"""


@pytest.fixture
def office(database: Database) -> None:
    database.shell(f"ROLES = {ROLES!r}\n{OFFICE}")


#: what is behind each menu
ACTIONS: dict[int, dict[str, Any]] = {}


class Desk:
    """A browser window of one person that notes whatever goes wrong."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        self.asked: set[Request] = set()
        # the script of a worker that tabs share is nobody's answer: its end is never told
        page.on("request", lambda request: "/bus/" in request.url or self.asked.add(request))
        page.on("requestfinished", lambda request: self.asked.discard(request))
        page.on("requestfailed", lambda request: self.asked.discard(request))
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("response", self._check)

    def _check(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status} {response.url}")

    def settle(self) -> None:
        """Wait until everything that was asked for is here and on the screen."""
        self.page.evaluate(MOMENT)
        deadline = time.monotonic() + 60
        while self.asked:
            assert time.monotonic() < deadline, f"no answer: {[request.url for request in self.asked]}"
            self.page.wait_for_timeout(20)
            if not self.asked:
                # an answer may ask for more
                self.page.evaluate(MOMENT)
        self.page.evaluate(TWO_FRAMES)

    def screens(self) -> list[tuple[str, int]]:
        """Name and action of everything in the suite's menu."""
        menus = self.page.request.get("/web/webclient/load_menus").json()
        [root] = [key for key in menus if menus[key].get("xmlid") == "finance_connector_base.finance_menu_root"]
        return list(self._below(menus, root))

    def _below(self, menus: dict[str, dict], key: str) -> Iterator[tuple[str, int]]:  # type: ignore[type-arg]
        for child in menus[key]["children"]:
            menu = menus[str(child)]
            if menu["actionID"] and menu.get("actionModel") == "ir.actions.act_window":
                yield menu["name"], menu["actionID"]
            yield from self._below(menus, str(child))

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """What the server answers to a call of the client."""
        return self._ask("/web/dataset/call_kw", model=model, method=method, args=list(args), kwargs=kwargs)

    def _ask(self, path: str, **params: Any) -> Any:
        answer = self.page.request.post(path, data={"jsonrpc": "2.0", "params": params}).json()
        if "error" in answer:
            self.problems.append(f"{params}: {answer['error']['data']['message']}")
        return answer.get("result")

    def ask_for(self, action_id: int) -> None:
        """What the client asks for when the screen is opened, and then its first record."""
        if action_id not in ACTIONS:
            # the same for everybody
            ACTIONS[action_id] = self._ask("/web/action/load", action_id=action_id)
        action = ACTIONS[action_id]
        model = action["res_model"]
        options = {"toolbar": True, "load_filters": True, "action_id": action_id}
        answer = self.call(model, "get_views", [*action["views"], [False, "search"]], options=options)
        views = {mode: etree.fromstring(view["arch"]) for mode, view in answer["views"].items()}
        known = {name: told["fields"] for name, told in answer["models"].items()}
        found = [{"id": False}]
        for mode in views.keys() & {"list", "kanban"}:
            told = self.call(model, "web_search_read", [], specification(views[mode], known, model), limit=20)
            found = told["records"] or found
        if "form" in views and found[0]["id"]:
            self.call(model, "web_read", [found[0]["id"]], specification(views["form"], known, model))

    def look_at(self, action: int) -> None:
        """The screen itself, then its first record with all tabs."""
        page = self.page
        # as a menu does, without loading the web client anew for each of some hundred screens
        page.evaluate(
            "action => odoo.__WOWL_DEBUG__.root.env.services.action.doAction(action, {clearBreadcrumbs: true})", action
        )
        page.wait_for_selector(".o_view_controller")
        first = page.locator("tr.o_data_row td.o_data_cell:not(.o_list_record_selector, .o_handle_cell)").first
        # under a dialog there may be the list of the screen before, whose rows open nothing
        opens = not page.locator(".modal, .o_list_view .o_list_table_editable, .o_editable_list").count()
        if opens and first.is_visible():
            first.click()
            self.settle()
            for tab in page.locator(".o_notebook_headers a").all():
                tab.click()
        self.settle()
        # what the server refuses is told in a dialog; a screen may be a dialog of its own
        self.problems += page.locator(".o_error_dialog, .modal:not(:has(.o_form_view)) .modal-body").all_inner_texts()


def specification(view: etree._Element, known: dict[str, dict[str, Any]], model: str) -> dict[str, Any]:
    """What a view reads, as the client tells the server."""
    found: dict[str, Any] = {}
    for node in view.iterchildren(etree.Element):
        name = node.get("name") if node.tag == "field" else None
        if name is None:
            found |= specification(node, known, model)
            continue
        about = known[model].get(name, {})
        relation = about.get("relation")
        if relation and about["type"] == "many2one":
            found[name] = {"fields": {"display_name": {}}}
        elif relation and about["type"] in ("one2many", "many2many"):
            found[name] = {"fields": specification(node, known, relation) if relation in known else {}}
        else:
            found[name] = {}
    return found


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("office")
def test_each_role_opens_its_screens(browser: Browser, database: Database, web: Server) -> None:
    desks = {}
    for login in ROLES:
        context = browser.new_context(base_url=web.url, viewport={"width": 1366, "height": 768})
        context.set_default_timeout(30_000)
        desks[login] = Desk(context.new_page())
        log_in(desks[login].page, login)
    screens = {login: desk.screens() for login, desk in desks.items()}
    eyes: dict[int, list[str]] = {}
    for login, shown in screens.items():
        for _name, action in shown:
            eyes.setdefault(action, []).append(login)
    drawn_for = {action: logins[number % len(logins)] for number, (action, logins) in enumerate(eyes.items())}
    assert set(drawn_for.values()) == set(ROLES)
    for login, desk in desks.items():
        desk.page.goto("/odoo")
        desk.page.wait_for_selector(".o_main_navbar")
        for name, action in screens[login]:
            if drawn_for[action] == login:
                desk.look_at(action)
            else:
                desk.ask_for(action)
            assert desk.problems == [], f"{login} opens {name}"
        desk.page.context.close()
    seen = {login: {name for name, _action in shown} for login, shown in screens.items()}
    everybody = {"Overview", "Exceptions", "Messages", "Mappings", "Checkpoints"}
    assert all(everybody <= names for names in seen.values())
    assert {"Connections", "Flows", "Causes", "Workers"} <= seen["connector"]
    assert all("Connections" not in seen[login] for login in ("viewer", "operator", "steward", "auditor"))
