"""Chromium on a real Odoo server.

def test_x(page, person, web):   page: a Playwright page, logged in as admin; person("login"): one of somebody else,
                                 at a browser of his own; web: the server
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from suite import chromium, environment
from suite.server import Server

if TYPE_CHECKING:
    from tests.conftest import Database, StartServer

LOGIN = "admin"
#: a tooltip goes when the pointer moves on, but here the pointer waits until nothing is in its way
CLICK_THROUGH_TOOLTIPS = """
document.addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = ".o_popover:has(.o-tooltip), .o-tooltip { pointer-events: none; }";
    document.head.append(style);
});
"""
SCREENSHOTS = environment.paths.RUN / "screenshots"
# a loaded machine is slow, not wrong
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium.WRAPPER, headless=True)
        yield running
        running.close()


@pytest.fixture
def web(odoo_server: StartServer, database: Database, request: pytest.FixtureRequest) -> Server:
    """A server with two scheduled-action threads; what the mark `data` says is in the database before it starts."""
    for mark in request.node.iter_markers("data"):
        database.shell(mark.args[0])
    return odoo_server(cron_threads=2)


@pytest.fixture
def person(browser: Browser, web: Server) -> Iterator[Callable[[str], Page]]:
    """Somebody at a browser of his own: ``person(login)`` gives a page for that user, who is logged in."""
    contexts = []

    def sit_down(login: str) -> Page:
        context = browser.new_context(base_url=web.url, viewport={"width": 1366, "height": 768})
        contexts.append(context)
        context.set_default_timeout(60_000)
        context.add_init_script(CLICK_THROUGH_TOOLTIPS)
        page = context.new_page()
        # printed beside a test that fails
        page.on("pageerror", lambda error: print(f"page error of {login}: {error.stack or error}"))
        page.on("console", lambda message: message.type == "error" and print(f"console of {login}: {message.text}"))
        log_in(page, login)
        return page

    yield sit_down
    for context in contexts:
        context.close()


@pytest.fixture
def page(person: Callable[[str], Page], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page for admin, who is logged in. Its last picture is kept in .run/screenshots."""
    page = person(LOGIN)
    yield page
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{request.node.name}.png")


def log_in(page: Page, login: str) -> None:
    """Send the login form without showing it, nor the start page after it: no page is open yet.

    In test databases the password is the login.
    """
    form = page.context.request.get("/web/login").text()
    [token] = re.findall(r'name="csrf_token" value="([^"]+)"', form)
    sent = {"csrf_token": token, "login": login, "password": login}
    answer = page.context.request.post("/web/login", form=sent, max_redirects=0)
    assert answer.status == 303, f"{login} is not let in: {answer.status}"


def log_in_by_form(page: Page, login: str) -> None:
    """Log in as a person does, and arrive at the start page."""
    page.goto("/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", login)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


def expect_no_exception(page: Page) -> None:
    """Open the exceptions and see that none is open.

    The web client draws what it remembers of a list until the server has answered, and when the search panel
    is answered first, a group that has gone keeps its heading, with a count of 0: rows tell, headings do not.
    """
    with page.expect_response(re.compile(r"/finance\.exception/web_read_group")):
        page.goto("/odoo/action-finance_connector_base.finance_exception_action")
    expect(page.locator(".o_list_view")).to_be_visible()
    expect(page.locator(".o_data_row")).to_have_count(0)
