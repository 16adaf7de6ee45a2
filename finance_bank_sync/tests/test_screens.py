"""What the bank's customers wrote, on real screens (attack 29)."""

from odoo.tests import HttpCase, tagged

from .camt_writer import Booking
from .common import ACCOUNTANT, OPERATOR, BankCase

EVIL = "Rent <img src=x onerror='window.evil=1'><script>window.evil=1</script><b>March</b>"

#: waits until the text is shown as text, then looks whether any of it was run or rendered
LOOK = """
    const started = Date.now();
    const inputs = () => [...document.querySelectorAll("input, textarea")].map((input) => input.value);
    const isShown = () => [document.body.innerText, ...inputs()].some((text) => text.includes("<img src=x"));
    const isRun = () => window.evil || document.querySelector("img[src='x']");
    const look = () => {
        if (isRun()) {
            console.error("text of the bank was run");
        } else if (isShown()) {
            setTimeout(() => isRun() ? console.error("text of the bank was run") : console.log("test successful"), 300);
        } else if (Date.now() - started > 20000) {
            console.error("the text was not shown: " + document.body.innerText.slice(0, 500));
        } else {
            setTimeout(look, 100);
        }
    };
    look();
"""


@tagged("post_install", "-at_install")
class TestText(BankCase, HttpCase):
    def test_attack_29_text_is_shown_as_text(self):
        """The list of lines; the form of a statement with its entries and its chatter."""
        user = self.make_user("text_reader", OPERATOR, ACCOUNTANT)
        [statement] = self.receive_statement(
            self.statement(Booking("5.00", text=EVIL, name=EVIL), identification=EVIL[:90])
        )
        statement.message_post(body=EVIL)
        for url in (
            "/odoo/action-finance_bank_sync.account_bank_statement_line_action",
            f"/odoo/action-finance_bank_sync.finance_bank_statement_action/{statement.id}",
        ):
            with self.subTest(url=url):
                self.browser_js(url, LOOK, ready="odoo.isReady === true", login=user.login, timeout=60)
