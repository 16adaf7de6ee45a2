from odoo import api, fields, models
from odoo.tools import LazyTranslate

from odoo.addons.finance_connector_base.const import ADMIN, OPERATOR, STEWARD

_lt = LazyTranslate(__name__)

#: lenient readings: code of a reader -> what was done. A code without a sentence is shown as it is.
READINGS = {
    "amount_with_point": _lt("An amount with a point, where the format has a comma alone."),
    "amount_without_currency": _lt("An amount says no currency: that of the account was taken, where it has one."),
    "amount_without_comma": _lt("An amount without a decimal comma was taken as whole units."),
    "amounts_in_pairs": _lt("Amounts were read as pairs of code and amount, the Australian way."),
    "another_statement_announced": _lt("A statement is announced that the file lacks: ask the bank for it."),
    "balance_date_unreadable": _lt("The date of a balance could not be read and was left out."),
    "balance_empty": _lt("An empty balance was left out."),
    "balance_unreadable": _lt("A balance that proves nothing could not be read and was left out."),
    "balance_with_sign": _lt("A balance is called a credit and has a minus sign: it was taken as overdrawn."),
    "balance_without_currency": _lt("A balance says no currency: that of the bookings was taken."),
    "balance_without_sign": _lt("A balance says neither credit nor debit: it was taken as a credit."),
    "balances_missing": _lt("The statement carries no balances."),
    "bank_code_differs": _lt("Records have another bank code than their account; branch and number are the same."),
    "booking_date_missing": _lt("A booking says no day of booking: the day on which it was made was taken."),
    "closing_account_differs": _lt(
        "The closing balance names another account than the opening one; both balances agree with the bookings."
    ),
    "closing_balance_stale": _lt(
        "The bank has stopped telling the closing balance; bookings up to yesterday are taken."
    ),
    "columns_proposed": _lt("Which column is what was proposed, nobody has confirmed it."),
    "correction_not_booked": _lt("A correction of an earlier booking is listed and not booked: decide about it."),
    "created_at_invalid": _lt("When the file was written could not be read."),
    "currency_assumed": _lt("The file does not say its currency: US dollars were taken, as the format says."),
    "currency_unreadable": _lt("The currency of the statement is no code of one: a person confirms which it is."),
    "currency_untold": _lt("The file does not say its currency."),
    "date_order_assumed": _lt("Days and months could be the other way round: what is usual was taken."),
    "date_order_proposed": _lt("Days and months could be the other way round: please confirm the order."),
    "dates_day_first": _lt(
        "Dates were read with the day first: with the year first, as the format has it, the period is none."
    ),
    "direction_by_type": _lt(
        "No debit has a minus sign, or a person said so: the types told what came in and what went out."
    ),
    "encoding_assumed": _lt("The characters are not those that the file declares; the usual ones were taken."),
    "encoding_declared_wrong": _lt("The file declares other characters than it has."),
    "encoding_guessed": _lt("The file does not say its characters: names were read as their letters make likely."),
    "entry_currency_differs": _lt("A booking has another currency than the account."),
    "entry_without_status": _lt("A booking does not say whether it is booked; in a statement it is."),
    "group_correction": _lt("The bank calls these records a correction of earlier ones."),
    "investment_left_out": _lt("An investment statement beside those of the bank was left out."),
    "list_without_end": _lt("The end of the list of bookings is not marked."),
    "member_count_differs": _lt("The number of members that the file tells is not the number it has."),
    "period_unreadable": _lt("The period of the statement could not be read and was left out."),
    "rate_unreadable": _lt("A rate of exchange, which is only shown, could not be read and was left out."),
    "record_count_differs": _lt("The number of records that the file tells is not the number it has."),
    "repeated_on_pages": _lt("Bookings came on two pages of the download and were taken once."),
    "section_not_read": _lt("A table of the file was not read: it holds no bookings, or no profile has its columns."),
    "sequence_unreadable": _lt("The number of the statement could not be read and was left out."),
    "status_unknown": _lt("A status of a booking is not known: it is listed and not booked."),
    "structured_reference_invalid": _lt("The check digits of a structured reference are wrong; it was kept as text."),
    "thousands_assumed": _lt("A mark before three digits of an amount was taken to stand between thousands."),
    "trailer_missing": _lt("The record that ends the file is missing; all of its accounts are whole."),
    "transaction_without_amount": _lt("A line without an amount is listed and not booked."),
    "transaction_without_end": _lt("The end of a booking is not marked."),
    "value_date_30_february": _lt("A value date of 29 or 30 February was taken as the last day of the month."),
    "version_unknown": _lt("The version of the format is not known; it was read as the nearest one."),
}


class FinanceBankStatement(models.Model):
    """What a person is to know of a received statement: what holds it, and how it was read."""

    _inherit = "finance.bank.statement"

    # related fields are read by the engine's rights: who may read the statement may read what holds it, which is masked
    attention = fields.Text(related="message_id.exception_detail")
    remedy = fields.Text(related="message_id.exception_remedy", string="What to do")
    fix_label = fields.Char(related="message_id.fix_label")
    readings = fields.Text(
        string="Lenient readings",
        compute="_compute_readings",
        help="What of the file is not as its format has it, and was read nevertheless.",
    )

    @api.depends("warnings")
    @api.depends_context("lang")
    def _compute_readings(self):
        for statement in self:
            statement.readings = "\n".join(
                f"{self.env._(READINGS[code]) if code in READINGS else code.replace('_', ' ')} ({place})"
                for code, place in statement.warnings or []
            )

    def action_fix(self):
        """Open what mends the cause that holds the statement.

        :raise UserError: nothing holds it, or the cause has no fix of one click
        """
        self.ensure_one()
        self.check_access("read")
        self.env["finance.message"]._check_role(OPERATOR, STEWARD, ADMIN)
        return self.message_id.action_fix()
