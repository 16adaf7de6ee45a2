from .camt_writer import Booking, camt053
from .common import BankCase


class TestWay(BankCase):
    def test_file_to_reconciled_invoice(self):
        invoice = self.make_invoice(100)
        message = self.receive(camt053(self.statement(Booking("100.00", text=f"Payment {invoice.name}"))))
        self.assertEqual(message.state, "done")
        statement = self.statements_of(message)
        self.assertPosted(statement)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self.balance(), 100)
