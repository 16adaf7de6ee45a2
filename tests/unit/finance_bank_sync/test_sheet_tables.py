"""Tables as banks write them: fees, no header row, balances that stand alone, several texts (K-02, K-05)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sheet_reading import HEAD, PLAIN, Read, proposed, refused

from odoo.addons.finance_bank_sync.formats.sheet.guess import guess
from odoo.addons.finance_bank_sync.formats.sheet.profile import INSIDE, ON_TOP, numbered
from odoo.addons.finance_bank_sync.formats.sheet.words import is_balance, is_total

# -- fees ------------------------------------------------------------------------------------

ADDED = """Date,Text,Amount,Fee,Balance
2026-01-02,Top-up,100.00,0.00,100.00
2026-01-05,Cash,-50.00,1.00,49.00
2026-01-07,Exchange,-20.00,0.20,28.80
"""


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_k02_a_fee_on_top_is_proved_by_the_balances(is_newest_first: bool) -> None:
    head, *rows = ADDED.splitlines(keepends=True)
    text = "".join([head, *(rows[::-1] if is_newest_first else rows)])
    profile = proposed(text)
    assert (profile.columns["fee"], profile.fees, profile.fees_negative) == ("Fee", ON_TOP, False)
    read = Read(profile, text)
    assert (read.amounts, read.proofs, read.opening) == (["100.00", "-51.00", "-20.20"], ["proved"], "0.00")
    charges = [[(charge.money.amount, charge.included) for charge in e.details[0].charges] for e in read.entries]
    assert charges == [[], [(Decimal("-1.00"), True)], [(Decimal("-0.20"), True)]]


def test_k02_a_fee_that_the_amount_holds_changes_no_figure() -> None:
    text = ADDED.replace("-50.00,1.00,49.00", "-50.00,1.00,50.00").replace("0.20,28.80", "0.20,30.00")
    profile = proposed(text)
    assert profile.fees == INSIDE
    read = Read(profile, text)
    assert (read.amounts, read.proofs) == (["100.00", "-50.00", "-20.00"], ["proved"])
    assert read.entries[1].details[0].charges[0].money.amount == Decimal("-1.00")


def test_k02_a_fee_with_a_sign_and_an_amount_that_came_in() -> None:
    text = "Date,Text,Amount,Fee,Balance\n2026-01-02,a,100.00,-3.00,97.00\n2026-01-03,b,-7.00,-0.50,89.50\n"
    profile = proposed(text)
    assert (profile.fees, profile.fees_negative) == (ON_TOP, True)
    assert Read(profile, text).amounts == ["97.00", "-7.50"]


def test_k02_the_net_amount_holds_the_fee() -> None:
    text = "Date,Gross,Fee,Net\n2026-01-02,100.00,-3.25,96.75\n2026-01-03,-50.00,0.00,-50.00\n"
    profile = proposed(text)
    assert (profile.columns["amount"], profile.fees, profile.fees_negative) == ("Net", INSIDE, True)
    read = Read(profile, text)
    assert (read.amounts, read.entries[0].details[0].charges[0].money.amount) == (["96.75", "-50.00"], Decimal("-3.25"))


def test_k02_a_fee_that_nothing_proves_is_left_to_a_person() -> None:
    found = guess(b"Date,Amount,Fee\n2026-01-02,100.00,1.00\n2026-01-03,-50.00,0.00\n")
    assert found is not None and (found.unproved_fee, "fee" in found.columns) == ("Fee", False)


# -- no header row -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amounts", "opening"),
    [
        (
            '13/01/2026,"-12.50","SHOP","+987.50"\n12/01/2026,"+600.00","Pay","+1000.00"\n',
            ["600.00", "-12.50"],
            "400.00",
        ),
        ('"01/14/2026","-12.50","*","","STORE"\n"01/12/2026","200.00","*","1042","X"\n', ["200.00", "-12.50"], None),
        (
            "77\tEUR\t20260114\t5,00\t15,00\t20260114\t10,00\tA\n77\tEUR\t20260115\t15,00\t14,00\t20260115\t-1,00\tB\n",
            ["10.00", "-1.00"],
            "5.00",
        ),
        ("01.02.2026;Pay;;5,00;105,00\n02.02.2026;Shop;3,00;;102,00\n", ["5.00", "-3.00"], "100.00"),
        ("20.02.2026;Pay;5,00;H;105,00\n21.02.2026;Shop;3,00;S;102,00\n", ["5.00", "-3.00"], "100.00"),
    ],
)
def test_k02_tables_without_a_header_row(text: str, amounts: list[str], opening: str | None) -> None:
    profile = proposed(text)
    assert not profile.has_header and all(isinstance(place, int) for place in profile.columns.values())
    read = Read(profile, text)
    assert (read.amounts, read.opening) == (amounts, opening)


def test_k02_one_row_alone_says_that_its_columns_are_assumed() -> None:
    found = guess(b'01/02/2026,-12.50,"TEXT",1000.00\n')
    assert found is not None and found.is_assumed
    assert (found.columns["amount"], found.columns["balance"], found.columns["text"]) == (2, 4, 3)


def test_k02_columns_of_unknown_names_are_found_by_what_they_hold() -> None:
    profile = proposed("Kuna;Jina;Ka;Baki\n2026-01-14;Ab;10,00;110,00\n2026-01-15;Cd;-1,00;109,00\n")
    assert profile.columns == {"date": "Kuna", "amount": "Ka", "balance": "Baki", "text": "Jina"}


def test_k02_two_columns_of_figures_that_nothing_tells_apart_are_not_chosen() -> None:
    found = guess(b"2026-01-14,1.00,7.00\n2026-01-15,2.00,3.00\n")
    assert found is not None and "amount" not in found.columns


@pytest.mark.parametrize(
    ("place", "has_header", "number"),
    [
        ("3", False, 3),
        ("C", False, 3),
        ("aa", False, 27),
        ("#3", True, 3),
        ("3", True, "3"),
        ("C", True, "C"),
        ("#Kwota", True, "#Kwota"),
    ],
)
def test_k02_a_column_by_name_number_or_letter(place: str, has_header: bool, number: str | int) -> None:
    assert numbered(place, has_header=has_header) == number


# -- balances that stand alone -----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ",Opening balance,,500.00\n2026-01-14,A,10.00,\n2026-01-15,B,-1.00,\n,Closing balance,,509.00\n",
        HEAD + "2026-01-13,Balance brought forward,,500.00\n2026-01-14,A,10.00,510.00\n2026-01-15,B,-1.00,509.00\n",
        HEAD + "2026-01-15,Endsaldo,,509.00\n2026-01-15,B,-1.00,509.00\n2026-01-14,A,10.00,510.00\n",
        HEAD + "2026-01-13,Saldo inicial,500.00,\n2026-01-14,A,10.00,\n2026-01-15,B,-1.00,\n,Saldo final,509.00,\n",
        HEAD + "2026-01-15,B,-1.00,509.00\n2026-01-14,A,10.00,510.00\n,Closing balance,,509.00\n",
        HEAD + "2026-01-13,,,500.00\n2026-01-14,A,10.00,510.00\n2026-01-15,B,-1.00,509.00\n",
        HEAD + "2026-01-13,Saldo anterior,0.00,500.00\n2026-01-14,A,10.00,510.00\n2026-01-14,Saldo do dia,,510.00\n"
        "2026-01-15,B,-1.00,509.00\n",
    ],
)
def test_k05_a_row_that_holds_only_a_balance_proves_and_is_not_booked(text: str) -> None:
    read = Read(proposed(text), text)
    assert (read.amounts, read.opening, read.proofs) == (["10.00", "-1.00"], "500.00", ["proved"])


def test_k05_a_balance_that_contradicts_the_rows_fails_the_proof_or_is_refused() -> None:
    named = HEAD + ",Opening balance,,400.00\n2026-01-14,A,10.00,510.00\n"
    assert Read(PLAIN, named).proofs == ["failed"]
    nameless = HEAD + "2026-01-14,A,10.00,510.00\n2026-01-15,B,,509.00\n"
    assert refused(PLAIN, nameless) == ("amount_missing", "line 3, column amount (Amount)")
    elsewhere = "Date,Text,Amount,Other,Balance\n2026-01-14,A,,10.00,510.00\n2026-01-15,B,-1.00,,509.00\n"
    assert refused(PLAIN, elsewhere)[0] == "amount_missing"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Opening Balance", True),
        ("Kontostand am 01.02.2026", True),
        ("SALDO ANTERIOR", True),
        ("Solde au 31/01/2026", True),
        ("Beginning balance as of 01/01/2026", True),
        ("Balance transfer", False),
        ("Saldo Rechnung 12", False),
        ("Report 2026 Ltd", False),
        ("", False),
    ],
)
def test_k05_names_of_balances(text: str, is_one: bool) -> None:
    assert is_balance(text) is is_one


def test_k02_totals_are_no_bookings() -> None:
    assert is_total("Total") and is_total("Summe:") and not is_total("Total Energies filling station 12")


def test_k02_cards_write_what_was_spent_as_positive() -> None:
    text = (
        "Date,Description,Amount\n2026-01-13,Air,250.10\n2026-01-14,PAYMENT - THANK YOU,-300.00\n2026-01-15,Tea,4.50\n"
    )
    assert Read(proposed(text), text).amounts == ["-250.10", "300.00", "-4.50"]
    two = "Date,Description,Debit,Credit\n2026-01-13,Air,250.10,\n2026-01-14,PAYMENT THANK YOU,,-300.00\n"
    assert Read(proposed(two), two).amounts == ["-250.10", "300.00"]
    current = text.replace("PAYMENT - THANK YOU", "Rent")
    assert Read(proposed(current), current).amounts == ["250.10", "-300.00", "4.50"]


def test_k02_amounts_that_nothing_gives_a_direction_are_told() -> None:
    found = guess(b"Date,Description,Amount\n2026-01-13,Air,250.10\n2026-01-15,Tea,4.50\n")
    assert found is not None and found.is_undirected


def test_k05_a_balance_before_each_booking_turns_no_sign_round() -> None:
    head, rows = "Date,Text,Amount,Start balance", ["2026-01-14,A,10.00,5.00", "2026-01-15,B,-1.00,15.00"]
    text = "\n".join([head, *rows])
    found = guess(text.encode())
    assert found is not None and not found.profile.inverted
    both = "\n".join([head + ",End balance", rows[0] + ",15.00", rows[1] + ",14.00"])
    read = Read(proposed(both), both)
    assert (read.amounts, read.opening, read.proofs) == (["10.00", "-1.00"], "5.00", ["proved"])


def test_k02_of_two_amounts_the_one_in_the_currency_of_the_account() -> None:
    text = "Date;Amount;Currency;Amount;Currency\n2026-01-14;-5.00;USD;-4.50;EUR\n2026-01-15;-1.00;EUR;-1.00;EUR\n"
    read = Read(proposed(text), text)
    assert (read.amounts, {entry.money.currency for entry in read.entries}) == (["-4.50", "-1.00"], {"EUR"})


def test_k05_both_balances_below_the_newest_row_first_and_in_a_column_of_references() -> None:
    text = (
        "Buchungstag;Verwendungszweck;Kundenreferenz;Umsatz; \n"
        "15.01.2026;Strom;;85,00;S\n14.01.2026;RE 1;;1.000,00;H\n\n"
        "01.01.2026;;Anfangssaldo;500,00;H\n31.01.2026;;Endsaldo;1.415,00;H\n"
    )
    read = Read(proposed(text), text)
    assert (read.amounts, read.opening, read.proofs) == (["1000.00", "-85.00"], "500.00", ["proved"])


AMOUNTS = st.lists(st.integers(-(10**6), 10**6).filter(bool), min_size=3, max_size=12)


@settings(max_examples=60)
@given(
    amounts=AMOUNTS,
    fees=st.lists(st.integers(0, 500), min_size=12, max_size=12),
    opening=st.integers(-(10**6), 10**6),
    has_header=st.booleans(),
    has_fee=st.booleans(),
    newest_first=st.booleans(),
    marks=st.sampled_from([".", ","]),
)
def test_k05_what_a_bank_writes_is_read_and_proved(
    amounts: list[int], fees: list[int], opening: int, has_header: bool, has_fee: bool, newest_first: bool, marks: str
) -> None:
    """Balances prove the reading: whatever is proposed reads every figure as it was written, or proposes no amount."""
    rows, total, moved = [], opening, []
    has_fee = has_fee and has_header and any(fees[: len(amounts)])

    def figure(cents: int) -> str:
        return f"{cents / 100:.2f}".replace(".", marks)

    for at, amount in enumerate(amounts):
        change = amount - (fees[at] if has_fee else 0)
        total += change
        moved.append(change)
        cells = [
            f"{at + 13:02d}/01/2026",
            f"No {at} x",
            figure(amount),
            *([figure(fees[at])] if has_fee else []),
            figure(total),
        ]
        rows.append(";".join(cells))
    head = ["Date;Text;Amount;Fee;Balance" if has_fee else "Date;Text;Amount;Balance"] if has_header else []
    text = "\n".join(head + (rows[::-1] if newest_first else rows))
    found = guess(text.encode())
    assert found is not None
    profile = found.profile
    assert "amount" in found.columns
    if has_fee and not found.unproved_fee or not has_fee:
        read = Read(profile, text)
        assert [int(entry.money.amount * 100) for entry in read.entries] == moved
        assert read.proofs == ["proved"]
