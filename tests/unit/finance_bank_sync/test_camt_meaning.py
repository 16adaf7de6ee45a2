"""What the elements mean: signs, amounts, parties, remittance, charges, returns (K-02).

The sections named are those of specs/camt.md; each rule came from a real bank's habit.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import camt_text
import pytest

from odoo.addons.finance_bank_sync.formats.model import Charge, Detail, Entry, Money, Party

OWN = "<DbtrAcct><Id><IBAN>DE84999400100123456789</IBAN></Id></DbtrAcct>"
OTHER = "<DbtrAcct><Id><IBAN>DE57999400300987654321</IBAN></Id></DbtrAcct>"
PARTIES = "<RltdPties><Dbtr><Pty><Nm>Rosa Lindner</Nm></Pty></Dbtr></RltdPties>"


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def entry(old: str, new: str, *more: str) -> Entry:
    text = camt_text.changed(old, new)
    for before, after in zip(more[::2], more[1::2], strict=True):
        text = camt_text.changed(before, after, text)
    return camt_text.entry(text)


def detail(old: str, new: str, *more: str) -> Detail:
    (only,) = entry(old, new, *more).details
    return only


def party(parties: str, *more: str) -> Party | None:
    return detail(PARTIES, f"<RltdPties>{parties}</RltdPties>", *more).counterparty


def remittance(content: str) -> Detail:
    return detail("<RmtInf><Ustrd>INV/2025/0001</Ustrd></RmtInf>", f"<RmtInf>{content}</RmtInf>")


class TestEntry:
    """Section 4."""

    def test_debit_is_negative(self) -> None:
        assert entry("CRDT</CdtDbtInd>\n<Sts>", "DBIT</CdtDbtInd>\n<Sts>").money == eur("-100.00")

    @pytest.mark.parametrize("indicator", ["true", "1", "TRUE"])
    def test_reversal_does_not_flip(self, indicator: str) -> None:
        """CdtDbtInd already states the real direction of a reversal."""
        read = entry("<Sts>", f"<RvslInd>{indicator}</RvslInd><Sts>")
        assert read.is_reversal
        assert read.money == eur("100.00")

    @pytest.mark.parametrize("text", ["<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>", "<Sts><Prtry>PDNG</Prtry></Sts>"])
    def test_status_of_every_version(self, text: str) -> None:
        assert entry("<Sts><Cd>BOOK</Cd></Sts>", text).status == "PDNG"

    def test_without_status_it_is_booked_with_a_warning(self) -> None:
        text = camt_text.changed("<Sts><Cd>BOOK</Cd></Sts>", "")
        assert camt_text.entry(text).status == "BOOK"
        assert camt_text.warnings(text) == [("entry_without_status", "Ntry[1]")]

    def test_an_unknown_status_stays_and_warns(self) -> None:
        text = camt_text.changed("<Cd>BOOK</Cd>", "<Cd>SOON</Cd>")
        assert camt_text.entry(text).status == "SOON"
        assert camt_text.warnings(text) == [("status_unknown", "Ntry[1]/Sts")]

    @pytest.mark.parametrize(
        "text",
        [
            "<Dt>2025-11-12</Dt>",
            "<Dt>2025-11-12Z</Dt>",
            "<Dt>2025-11-12+01:00</Dt>",
            "<Dt>2025-11-12T23:30:00</Dt>",
            "<DtTm>2025-11-12T23:30:00-05:00</DtTm>",
            "<DtTm>2025-11-12T00:10:00.000+14:00</DtTm>",
            "<DtTm>2025-11-12T24:00:00</DtTm>",
            "<DtTm>2025-11-12T11:17:11:735</DtTm>",
            "<DtTm>2025-11-12</DtTm>",
        ],
    )
    def test_the_calendar_date_is_the_printed_one(self, text: str) -> None:
        """No time zone ever moves a booking to another day (invariant 5)."""
        assert entry("<BookgDt><Dt>2025-11-12</Dt>", f"<BookgDt>{text}").booking_date == date(2025, 11, 12)

    def test_another_currency_than_the_account_warns(self) -> None:
        text = camt_text.changed("<Ccy>EUR</Ccy>", "<Ccy>CHF</Ccy>")
        assert camt_text.entry(text).money.currency == "EUR"
        assert ("entry_currency_differs", "Ntry[1]") in camt_text.warnings(text)

    def test_warnings_of_one_kind_are_counted(self) -> None:
        text = camt_text.document(camt_text.statement(camt_text.ENTRY.replace("<Sts><Cd>BOOK</Cd></Sts>", "") * 50))
        assert camt_text.warnings(text) == [("entry_without_status", "Ntry[1] and 49 more")]

    @pytest.mark.parametrize("text", ["noon", "2025-11-12T20:00:00:735", "2025-11-12T25:00:00", "2025-13-01"])
    def test_an_unreadable_time_of_creation_warns(self, text: str) -> None:
        """Nothing depends on it; a live bank separates the milliseconds by a colon."""
        read = camt_text.changed("2025-11-12T20:00:00</CreDtTm>\n<Acct>", f"{text}</CreDtTm>\n<Acct>")
        assert camt_text.start(read).created_at is None
        assert camt_text.warnings(read) == [("created_at_invalid", "CreDtTm")]

    @pytest.mark.parametrize(
        ("text", "iso"),
        [
            ("2025-11-12T20:00:00", "2025-11-12T20:00:00"),
            ("2025-11-12T20:00:00Z", "2025-11-12T20:00:00+00:00"),
            ("2025-11-12T20:00:00.5-03:30", "2025-11-12T20:00:00.500000-03:30"),
            ("2025-11-12T20:00:00.123456789", "2025-11-12T20:00:00.123456"),
            ("2025-12-31T24:00:00", "2026-01-01T00:00:00"),
            ("2025-11-12", "2025-11-12T00:00:00"),
        ],
    )
    def test_the_time_of_creation(self, text: str, iso: str) -> None:
        read = camt_text.changed("2025-11-12T20:00:00</CreDtTm>\n<Acct>", f"{text}</CreDtTm>\n<Acct>")
        created = camt_text.start(read).created_at
        assert created is not None
        assert created.isoformat() == iso

    def test_several_blocks_of_details_are_one_entry(self) -> None:
        block = "<NtryDtls><TxDtls><Refs/></TxDtls></NtryDtls>"
        read = entry("</Ntry>", f"<NtryDtls><Btch><NbOfTxs>7</NbOfTxs></Btch></NtryDtls>{block}{block}</Ntry>")
        assert len(read.details) == 3
        assert read.batch is not None
        assert read.batch.count == 7

    def test_a_batch_without_details(self) -> None:
        start, end = camt_text.ENTRY.index("<TxDtls>"), camt_text.ENTRY.index("</NtryDtls>")
        read = entry(
            camt_text.ENTRY[start:end],
            '<Btch><MsgId>M</MsgId><PmtInfId>P</PmtInfId><NbOfTxs>2</NbOfTxs><TtlAmt Ccy="EUR">100</TtlAmt></Btch>',
        )
        assert read.details == ()
        assert read.batch is not None
        assert (read.batch.message_id, read.batch.payment_information_id) == ("M", "P")
        assert (read.batch.count, read.batch.total) == (2, Decimal(100))

    def test_balances_and_sums_may_follow_or_stand_between_the_entries(self) -> None:
        extra = camt_text.balance("CLAV", "7.00")
        summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"
        events = camt_text.parse(
            camt_text.document(camt_text.statement(camt_text.ENTRY + extra + camt_text.ENTRY + summary))
        )
        assert [balance.code for balance in events[0].balances] == ["OPBD", "CLBD"]
        assert [balance.code for balance in events[-1].balances] == ["OPBD", "CLBD", "CLAV"]
        assert events[-1].summary.count == 2


class TestAmounts:
    """Section 5: which amount of a detail is the account's."""

    def test_the_own_amount_wins(self) -> None:
        read = detail("<RltdPties>", '<AmtDtls><TxAmt><Amt Ccy="EUR">7</Amt></TxAmt></AmtDtls><RltdPties>')
        assert read.money == eur("100.00")

    def test_version_02_has_no_own_amount(self) -> None:
        """OCA #157: the total of the entry is not the amount of each detail."""
        tx = '<TxDtls><AmtDtls><{0}><Amt Ccy="EUR">{1}</Amt></{0}></AmtDtls></TxDtls>'
        start, end = camt_text.ENTRY.index("<TxDtls>"), camt_text.ENTRY.index("</NtryDtls>")
        read = entry(camt_text.ENTRY[start:end], tx.format("TxAmt", "60") + tx.format("InstdAmt", "40") + "<TxDtls/>")
        assert [item.money for item in read.details] == [eur("60"), eur("40"), None]

    def test_an_empty_amount_beside_the_own_one_states_nothing(self) -> None:
        read = detail("<RltdPties>", '<AmtDtls><TxAmt><Amt Ccy="EUR"/></TxAmt></AmtDtls><RltdPties>')
        assert (read.money, read.original) == (eur("100.00"), None)

    def test_a_single_detail_without_amount_has_the_entry_s(self) -> None:
        read = detail('<Amt Ccy="EUR">100.00</Amt>\n<CdtDbtInd>CRDT</CdtDbtInd>\n<RltdPties>', "<RltdPties>")
        assert read.money == eur("100.00")

    def test_a_detail_may_go_the_other_way(self) -> None:
        assert detail("CRDT</CdtDbtInd>\n<RltdPties>", "DBIT</CdtDbtInd>\n<RltdPties>").money == eur("-100.00")

    def test_a_detail_without_direction_goes_the_entry_s(self) -> None:
        read = detail(
            "CRDT</CdtDbtInd>\n<Sts>",
            "DBIT</CdtDbtInd>\n<Sts>",
            "<CdtDbtInd>CRDT</CdtDbtInd>\n<RltdPties>",
            "<RltdPties>",
        )
        assert read.money == eur("-100.00")

    @pytest.mark.parametrize("foreign", ["InstdAmt", "TxAmt", "CntrValAmt"])
    def test_the_account_currency_is_chosen(self, foreign: str) -> None:
        """OCA #385, #203, #233: the foreign amount never becomes the booked one."""
        own = "TxAmt" if foreign != "TxAmt" else "CntrValAmt"
        read = detail(
            '<Amt Ccy="EUR">100.00</Amt>\n<CdtDbtInd>CRDT</CdtDbtInd>\n<RltdPties>',
            f'<AmtDtls><{foreign}><Amt Ccy="USD">108.50</Amt><CcyXchg><SrcCcy>USD</SrcCcy><XchgRate>1.085</XchgRate>'
            f'</CcyXchg></{foreign}><{own}><Amt Ccy="EUR">100.00</Amt></{own}></AmtDtls><RltdPties>',
        )
        assert read.money == eur("100.00")
        assert read.original == Money(amount=Decimal("108.50"), currency="USD")
        assert read.exchange is not None
        assert read.exchange.rate == Decimal("1.085")

    def test_a_foreign_amount_of_the_detail_is_the_original(self) -> None:
        read = detail('<Amt Ccy="EUR">100.00</Amt>\n<CdtDbtInd>CRDT</CdtDbtInd>\n<RltdPties>',
                      '<Amt Ccy="SEK">1150</Amt>\n<RltdPties>')  # fmt: skip
        assert read.money == eur("100.00")
        assert read.original == Money(amount=Decimal(1150), currency="SEK")

    def test_the_entry_takes_the_original_of_its_only_detail(self) -> None:
        read = entry("<RltdPties>", '<AmtDtls><InstdAmt><Amt Ccy="USD">9</Amt></InstdAmt></AmtDtls><RltdPties>')
        assert read.original == Money(amount=Decimal(9), currency="USD")

    def test_details_need_not_add_up(self) -> None:
        """OCA bank-payment PR 976: 1526 booked for a payment of 1500 and charges of 26."""
        read = entry('<Ntry>\n<Amt Ccy="EUR">100.00', '<Ntry>\n<Amt Ccy="EUR">126.00')
        assert read.money == eur("126.00")
        assert read.details[0].money == eur("100.00")

    def test_the_instructed_amount_before_charges(self) -> None:
        read = detail("<RltdPties>", '<AmtDtls><InstdAmt><Amt Ccy="EUR">97</Amt></InstdAmt></AmtDtls><RltdPties>')
        assert (read.money, read.instructed, read.original) == (eur("100.00"), eur("97"), None)

    def test_many_cent_details_stay_exact(self) -> None:
        """0.10 + 0.20 is 0.30, which a float would not be."""
        start, end = camt_text.ENTRY.index("<TxDtls>"), camt_text.ENTRY.index("</NtryDtls>")
        tx = '<TxDtls><Amt Ccy="EUR">{}</Amt></TxDtls>'
        read = entry(camt_text.ENTRY[start:end], tx.format("0.10") + tx.format("0.20"))
        assert sum(item.money.amount for item in read.details if item.money) == Decimal("0.30")


class TestCharges:
    """Section 7."""

    def charges(self, content: str) -> tuple[Charge, ...]:
        return entry("<NtryDtls>", f"{content}<NtryDtls>").charges

    def test_version_02_repeats_the_element(self) -> None:
        read = self.charges(
            '<Chrgs><Amt Ccy="EUR">1</Amt><CdtDbtInd>DBIT</CdtDbtInd></Chrgs>'
            '<Chrgs><Amt Ccy="EUR">2</Amt><CdtDbtInd>CRDT</CdtDbtInd><Br>SLEV</Br></Chrgs>'
        )
        assert [charge.money for charge in read] == [eur("-1"), eur("2")]
        assert read[1].bearer == "SLEV"

    def test_records_count_and_not_their_total(self) -> None:
        read = self.charges(
            '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">3</TtlChrgsAndTaxAmt>'
            '<Rcrd><Amt Ccy="EUR">1</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd>'
            '<Rcrd><Amt Ccy="EUR">2</Amt><ChrgInclInd>false</ChrgInclInd></Rcrd></Chrgs>'
        )
        assert [(charge.money, charge.included) for charge in read] == [(eur("-1"), True), (eur("-2"), False)]

    def test_a_total_alone_counts(self) -> None:
        (read,) = self.charges('<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">3</TtlChrgsAndTaxAmt></Chrgs>')
        assert (read.money, read.included) == (eur("-3"), None)

    def test_an_empty_element_is_no_charge(self) -> None:
        assert self.charges("<Chrgs/>") == ()


class TestHabits:
    """What some countries write where nothing is to be said."""

    def test_a_currency_is_not_exchanged_into_itself(self) -> None:
        same = (
            '<AmtDtls><TxAmt><Amt Ccy="EUR">100.00</Amt><CcyXchg><SrcCcy>EUR</SrcCcy><TrgtCcy>EUR</TrgtCcy><XchgRate>{}'
        )
        end = "</XchgRate></CcyXchg></TxAmt></AmtDtls><RltdPties>"
        assert entry("<RltdPties>", same.format("1.000000") + end).exchange is None
        assert entry("<RltdPties>", same.format("1.02") + end).exchange is not None

    def test_the_croatian_model_of_no_reference(self) -> None:
        found = detail("E2E-1", "HR99")
        assert found.references.end_to_end_id is None


class TestParties:
    """Section 5: the counterparty is the side that is not the account owner."""

    DEBIT = ("CRDT</CdtDbtInd>\n<Sts>", "DBIT</CdtDbtInd>\n<Sts>", "CRDT</CdtDbtInd>\n<Rltd", "DBIT</CdtDbtInd>\n<Rltd")
    RETURN = ("</TxDtls>", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>")

    def name(self, parties: str, *more: str) -> str | None:
        found = party(parties, *more)
        return found.name if found else None

    def test_credit_comes_from_the_debtor(self) -> None:
        assert self.name("<Dbtr><Nm>Payer</Nm></Dbtr><Cdtr><Nm>Payee</Nm></Cdtr>") == "Payer"

    def test_debit_goes_to_the_creditor(self) -> None:
        assert self.name("<Dbtr><Nm>Payer</Nm></Dbtr><Cdtr><Nm>Payee</Nm></Cdtr>", *self.DEBIT) == "Payee"

    def test_own_account_is_never_the_counterparty(self) -> None:
        assert self.name(f"<Dbtr><Nm>Us</Nm></Dbtr>{OWN}<Cdtr><Nm>Them</Nm></Cdtr>") == "Them"

    def test_own_account_with_blanks_and_small_letters(self) -> None:
        own = OWN.replace("DE84999400100123456789", "de84 9994 0010 0123 4567 89")
        assert self.name(f"<Dbtr><Nm>Us</Nm></Dbtr>{own}<Cdtr><Nm>Them</Nm></Cdtr>") == "Them"

    def test_own_name_without_account(self) -> None:
        account = ("</IBAN></Id><Ccy>", "</IBAN></Id><Ownr><Nm>Lindner GmbH</Nm></Ownr><Ccy>")
        assert self.name("<Dbtr><Nm>LINDNER GMBH</Nm></Dbtr>", *account) is None
        assert self.name(f"<Dbtr><Nm>Lindner GmbH</Nm></Dbtr>{OTHER}", *account) == "Lindner GmbH"

    def test_an_empty_side_gives_way(self) -> None:
        assert self.name("<Dbtr/><Cdtr><Nm>Them</Nm></Cdtr>") == "Them"

    def test_only_ourselves_is_nobody(self) -> None:
        assert self.name(f"<Dbtr><Nm>Us</Nm></Dbtr>{OWN}") is None

    def test_a_return_keeps_the_original_roles(self) -> None:
        """A returned direct debit is a debit that shows the debtor as debtor."""
        parties = f"<Dbtr><Nm>Customer</Nm></Dbtr>{OTHER}<Cdtr><Nm>Our other name</Nm></Cdtr>"
        assert self.name(parties, *self.DEBIT, *self.RETURN) == "Customer"
        assert self.name(parties, *self.DEBIT, "<Sts>", "<RvslInd>true</RvslInd><Sts>") == "Customer"
        unpaid = "<Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn><Prtry>"
        assert self.name(parties, *self.DEBIT, "<Prtry>", unpaid) == "Customer"

    def test_a_return_with_swapped_roles_is_seen_by_our_account(self) -> None:
        parties = f"<Dbtr><Nm>Us</Nm></Dbtr>{OWN}<Cdtr><Nm>Customer</Nm></Cdtr>"
        assert self.name(parties, *self.DEBIT, *self.RETURN) == "Customer"

    def test_our_own_payment_that_comes_back_is_from_nobody_we_know(self) -> None:
        """The bank tells the original debtor alone: our name, shortened, with another account of ours."""
        account = ("</IBAN></Id><Ccy>", "</IBAN></Id><Ownr><Nm>Lindner GmbH Warenhandel</Nm></Ownr><Ccy>")
        ours = f"<Dbtr><Nm>Lindner  GMBH</Nm></Dbtr>{OTHER}"
        assert self.name(ours, *account, *self.RETURN) is None
        assert self.name(ours, *account) == "Lindner  GMBH"
        assert self.name(f"<Dbtr><Nm>Lindner</Nm></Dbtr>{OTHER}", *account, *self.RETURN) == "Lindner"

    def test_a_return_with_one_side_only(self) -> None:
        assert self.name("<Cdtr><Nm>Customer</Nm></Cdtr>", *self.DEBIT, *self.RETURN) == "Customer"

    @pytest.mark.parametrize("wrap", ["{}", "<Pty>{}</Pty>"])
    def test_wrapped_or_not(self, wrap: str) -> None:
        found = party(f"<Dbtr>{wrap.format('<Nm>A</Nm>')}</Dbtr><UltmtDbtr>{wrap.format('<Nm>B</Nm>')}</UltmtDbtr>")
        assert found is not None
        assert (found.name, found.ultimate_name) == ("A", "B")

    @pytest.mark.parametrize("tag", ["BIC", "BICFI"])
    def test_bank_of_every_version(self, tag: str) -> None:
        agent = (
            f"<RltdAgts><DbtrAgt><FinInstnId><{tag}>ELBKDEHH</{tag}><Nm>Elbbank</Nm></FinInstnId></DbtrAgt></RltdAgts>"
        )
        found = party("<Dbtr><Nm>A</Nm></Dbtr>", "</RltdPties>", f"</RltdPties>{agent}")
        assert found is not None
        assert (found.bic, found.bank_name) == ("ELBKDEHH", "Elbbank")

    def test_a_bank_as_party(self) -> None:
        found = party("<Dbtr><Agt><FinInstnId><BICFI>ELBKDEHH</BICFI></FinInstnId></Agt></Dbtr>")
        assert found is not None
        assert (found.name, found.bic) == ("ELBKDEHH", "ELBKDEHH")

    def test_identification_and_address(self) -> None:
        found = party(
            "<Dbtr><Pty><Nm>A</Nm><PstlAdr><StrtNm>Gasse</StrtNm><BldgNb>3</BldgNb><PstCd>1010</PstCd>"
            "<TwnNm>Wien</TwnNm><Ctry>AT</Ctry><AdrLine>Hof 2</AdrLine></PstlAdr>"
            "<Id><PrvtId><DtAndPlcOfBirth/><Othr><Id>AT98ZZZ0</Id></Othr></PrvtId></Id>"
            "<CtctDtls><Nm>Somebody else</Nm></CtctDtls></Pty></Dbtr>"
        )
        assert found == Party(
            name="A", identifier="AT98ZZZ0", address=("Hof 2", "Gasse 3", "1010 Wien", "AT"), country="AT"
        )


class TestRemittance:
    """Section 5."""

    def test_lines_are_joined_with_a_blank(self) -> None:
        assert remittance("<Ustrd> one </Ustrd><Ustrd/><Ustrd>two</Ustrd>").remittance == "one two"

    def test_a_full_line_goes_on(self) -> None:
        """A line of 140 characters was cut by the length and not by the sender."""
        assert remittance(f"<Ustrd>{'x' * 140}</Ustrd><Ustrd>yz</Ustrd>").remittance == "x" * 140 + "yz"
        assert remittance(f"<Ustrd>{'x' * 139} </Ustrd><Ustrd>yz</Ustrd>").remittance == "x" * 139 + " yz"
        assert remittance(f"<Ustrd>{'x' * 140}</Ustrd><Ustrd> yz</Ustrd>").remittance == "x" * 140 + " yz"
        assert remittance(f"<Ustrd>{'x' * 139}</Ustrd><Ustrd>yz</Ustrd>").remittance == "x" * 139 + " yz"

    def test_no_reference_is_no_text(self) -> None:
        assert remittance("<Ustrd>NOTPROVIDED</Ustrd>").remittance is None

    def test_markup_in_text_is_text(self) -> None:
        """Attack case 29 starts here: the text arrives as it is, escaping is the screen's task."""
        assert remittance("<Ustrd>&lt;img onerror=&quot;x&quot;&gt;</Ustrd>").remittance == '<img onerror="x">'

    @pytest.mark.parametrize("kind", ["<Cd>SCOR</Cd>", "<Prtry>QRR</Prtry>", "<Prtry>ISR Reference</Prtry>", ""])
    def test_structured_references_lose_their_blanks(self, kind: str) -> None:
        tp = f"<Tp><CdOrPrtry>{kind}</CdOrPrtry></Tp>" if kind else ""
        read = remittance(f"<Strd><CdtrRefInf>{tp}<Ref> RF95 2025 1100 42 </Ref></CdtrRefInf></Strd>" * 2)
        assert read.structured_references == ("RF952025110042",) * 2

    def test_references(self) -> None:
        refs = detail(
            "<Refs><EndToEndId>E2E-1</EndToEndId></Refs>",
            "<Refs><MsgId>NOTPROVIDED</MsgId><AcctSvcrRef>NONREF</AcctSvcrRef><EndToEndId>Not Provided</EndToEndId>"
            "<UETR>u</UETR><MndtId>m</MndtId><Prtry><Tp>t</Tp><Ref>r</Ref></Prtry><Prtry><Ref>s</Ref></Prtry></Refs>",
        ).references
        assert (refs.message_id, refs.account_servicer_reference, refs.end_to_end_id) == (None, None, None)
        assert (refs.uetr, refs.mandate_id, refs.proprietary) == ("u", "m", (("t", "r"), ("", "s")))

    def test_return_reason(self) -> None:
        info = "<RtrInf><Rsn>{}</Rsn><AddtlInf>" + "x" * 105 + "</AddtlInf><AddtlInf>y</AddtlInf></RtrInf></TxDtls>"
        coded = detail("</TxDtls>", info.format("<Cd>AC04</Cd>")).return_reason
        own = detail("</TxDtls>", info.format("<Prtry>R02</Prtry>")).return_reason
        assert coded is not None
        assert own is not None
        assert (coded.code, own.code, coded.text) == ("AC04", "R02", "x" * 105 + "y")


def test_details_do_not_leak_into_each_other() -> None:
    """A peer's parser showed the first detail's reference in the second (STYLE.md section 2)."""
    start, end = camt_text.ENTRY.index("<TxDtls>"), camt_text.ENTRY.index("</NtryDtls>")
    first = camt_text.ENTRY[start:end]
    second = '<TxDtls><Amt Ccy="EUR">0.00</Amt></TxDtls>'
    read = entry(first, first + second)
    assert read.details[1] == Detail(money=eur("0.00"))


@pytest.mark.parametrize("count", [255, 256, 257, 3000])
def test_large_batches_read_the_same_in_portions(count: int) -> None:
    """Fault 50: details are freed while their entry still grows, and none is lost or doubled."""
    start, end = camt_text.ENTRY.index("<TxDtls>"), camt_text.ENTRY.index("</NtryDtls>")
    filler = f"<AddtlTxInf>{'x' * 900}</AddtlTxInf>"
    details = "".join(
        f'<TxDtls><Refs><EndToEndId>E{i}</EndToEndId></Refs><Amt Ccy="EUR">{i}.01</Amt>{filler}</TxDtls>'
        for i in range(count)
    )
    batch = f"<Btch><NbOfTxs>{count}</NbOfTxs></Btch>"
    middle = "</NtryDtls><NtryDtls>"
    half = details.index(f"<TxDtls><Refs><EndToEndId>E{count // 2}<")
    text = camt_text.document(
        camt_text.statement(
            camt_text.ENTRY
            + camt_text.ENTRY[:start]
            + batch
            + details[:half]
            + middle
            + details[half:]
            + camt_text.ENTRY[end:]
            + camt_text.ENTRY
        )
    )
    before, large, after = camt_text.entries(text)
    assert [item.references.end_to_end_id for item in large.details] == [f"E{i}" for i in range(count)]
    assert [str(item.money.amount) for item in large.details if item.money] == [f"{i}.01" for i in range(count)]
    assert large.batch is not None
    assert large.batch.count == count
    assert len(before.details) == len(after.details) == 1
    assert after.batch is None
