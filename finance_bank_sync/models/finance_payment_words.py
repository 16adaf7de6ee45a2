"""What the rules of banks say, in the words and the language of whoever makes an order.

The rules tell a stable code, and a sentence with details in English. Here each code has a sentence that is translated;
the details follow it where they say more.
"""

from odoo import models


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _in_words_of(self, code, message, fix):
        """:return: what is wrong and what to do, in the language of the user where it has a word for it"""
        title, advice = self._words().get(code, (None, None))
        if not title:
            return message, fix
        if (self.env.lang or "en").startswith("en"):
            return message, fix
        return title, advice or fix

    def _words(self):
        """:return: dict code -> (what is wrong, what to do)"""
        return {
            **self._words_of_parties(),
            "amount_digits": (self.env._("The amount has too many digits"), self.env._("Split the payment")),
            "amount_maximum": (self.env._("The amount is above what the bank takes"), self.env._("Split the payment")),
            "amount_minimum": (
                self.env._("The amount is below what the bank takes"),
                self.env._("Pay it together with others"),
            ),
            "amount_places": (
                self.env._("The amount has more decimal places than the currency"),
                self.env._("Round the amount"),
            ),
            "amount_sign": (self.env._("The amount is not above zero"), self.env._("Enter a positive amount")),
            "characters": (self.env._("Characters that the bank does not take"), self.env._("Use other characters")),
            "code_invalid": (self.env._("A code is not one of four characters"), self.env._("Take one of the list")),
            "code_refused": (
                self.env._("The bank does not take this code"),
                self.env._("Choose another one, or another profile"),
            ),
            "code_unknown": (
                self.env._("A code is not in the list of the standard"),
                self.env._("Take one of the list"),
            ),
            "currency_invalid": (self.env._("That is no currency"), self.env._("Enter three capital letters")),
            "currency_mixed": (
                self.env._("One order holds one currency only"),
                self.env._("Make an order for each currency"),
            ),
            "currency_refused": (
                self.env._("The profile does not take this currency"),
                self.env._("Choose another way to pay"),
            ),
            "date_past": (self.env._("The day of execution is over"), self.env._("Choose a day from today on")),
            "direction": (self.env._("The profile is for the other direction"), self.env._("Choose another profile")),
            "empty": (self.env._("There is nothing to pay"), self.env._("Add a payment")),
            "end_to_end_twice": (
                self.env._("The end-to-end id is there twice"),
                self.env._("Give each payment an id of its own"),
            ),
            "forbidden": (
                self.env._("The profile does not take this"),
                self.env._("Leave it out, or choose another way to pay"),
            ),
            "letters_lost": (
                self.env._("There are no letters for a part of the text"),
                self.env._("Enter it in Latin letters"),
            ),
            "qr_account": (
                self.env._("A QR reference belongs to a QR-IBAN"),
                self.env._("Enter the IBAN of the QR bill"),
            ),
            "qr_reference_missing": (
                self.env._("The account takes payments with QR reference only"),
                self.env._("Enter its 27 digits"),
            ),
            "reference_blank": (
                self.env._("Blanks at the beginning or end of a reference"),
                self.env._("Take them away"),
            ),
            "reference_invalid": (
                self.env._("The check digits of the reference do not fit"),
                self.env._("Compare it with the invoice"),
            ),
            "reference_slash": (
                self.env._("Slashes in a reference that the bank does not take"),
                self.env._("Use other signs"),
            ),
            "reference_type": (self.env._("The kind of the reference is missing"), self.env._("Enter it")),
            "remittance_mixed": (
                self.env._("A structured reference and a text do not go together"),
                self.env._("Keep the reference"),
            ),
            "remittance_structured": (
                self.env._("More structured references than the bank takes"),
                self.env._("Pay each by itself"),
            ),
            "remittance_texts": (self.env._("More texts than the bank takes"), self.env._("Put them into one text")),
            "required": (self.env._("Something that the bank needs is missing"), self.env._("Enter it")),
            "structured_length": (
                self.env._("The structured reference is too long"),
                self.env._("Keep the reference alone"),
            ),
            "text_empty": (self.env._("A text is empty"), self.env._("Leave it out, or enter it")),
            "text_too_long": (self.env._("A text is longer than the bank takes"), self.env._("Write it shorter")),
            "too_many_payments": (self.env._("More payments than a file may hold"), self.env._("Split the order")),
            "version_lacks": (
                self.env._("The version of the message cannot tell this"),
                self.env._("Choose a newer version"),
            ),
            "version_unknown": (self.env._("The profile has no such version"), self.env._("Choose another version")),
        }

    def _words_of_parties(self):
        return {
            "account_missing": (self.env._("The account has no number"), self.env._("Enter its IBAN or number")),
            "account_twice": (self.env._("The account has an IBAN and another number"), self.env._("Keep the IBAN")),
            "address_form": (
                self.env._("The bank does not take the address as it is"),
                self.env._("Enter town and country"),
            ),
            "address_lines": (self.env._("The address has too many lines"), self.env._("Write it shorter")),
            "address_missing": (self.env._("The address is needed"), self.env._("Enter at least town and country")),
            "address_repeats": (self.env._("A line of the address repeats the town"), self.env._("Take the line away")),
            "agent_unknown": (self.env._("Nothing says which bank it is"), self.env._("Enter its BIC")),
            "bic_invalid": (self.env._("That is no BIC"), self.env._("Enter its 8 or 11 capital letters and digits")),
            "clearing_invalid": (
                self.env._("The clearing number of the bank is not right"),
                self.env._("Compare it with the invoice of the vendor"),
            ),
            "clearing_member": (self.env._("The clearing number of the bank is missing"), self.env._("Enter it")),
            "country_invalid": (self.env._("That is no country code"), self.env._("Choose a country")),
            "creditor_id_invalid": (self.env._("The creditor identifier is not right"), self.env._("Compare it")),
            "iban_invalid": (
                self.env._("The IBAN is not right"),
                self.env._("Compare it with the invoice of the vendor"),
            ),
            "lei_invalid": (self.env._("The LEI is not right"), self.env._("Compare it")),
            "party_empty": (self.env._("Nothing says who it is"), self.env._("Enter a name")),
        }
