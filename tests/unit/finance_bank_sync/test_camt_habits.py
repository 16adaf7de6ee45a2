"""What programs write where the schema wants something and they know nothing (K-02).

Empty elements, NOTPROVIDED, and figures that only say more: none of them may become a name, and none may refuse a file.
"""

from __future__ import annotations

import camt_text
import pytest

from odoo.addons.finance_bank_sync.formats.model import Party

PARTIES = "<RltdPties><Dbtr><Pty><Nm>Rosa Lindner</Nm></Pty></Dbtr></RltdPties>"
UNKNOWN = "<Id><Othr><Id>NOTPROVIDED</Id></Othr></Id>"


def party(parties: str, agents: str = "") -> Party | None:
    text = camt_text.changed(PARTIES, f"<RltdPties>{parties}</RltdPties>{agents}")
    return camt_text.entry(text).details[0].counterparty


@pytest.mark.parametrize("word", ["NOTPROVIDED", "Notprovided", " NOTPROVIDED ", "NOT PROVIDED"])
def test_k02_who_is_not_told_has_no_name_and_no_account(word: str) -> None:
    parties = f"<Dbtr><Pty><Nm>{word}</Nm></Pty></Dbtr><DbtrAcct><Id><Othr><Id>{word}</Id></Othr></Id></DbtrAcct>"
    assert party(parties) is None
    assert party(f"<Dbtr><Nm>{word}</Nm></Dbtr><DbtrAcct><Id><IBAN>{word}</IBAN></Id></DbtrAcct>") is None


def test_k02_what_is_told_stays_beside_what_is_not() -> None:
    agents = "<RltdAgts><DbtrAgt><FinInstnId><BICFI>NOTPROVIDED</BICFI><Nm>Hill Bank</Nm></FinInstnId></DbtrAgt></RltdAgts>"
    told = party(f"<Dbtr><Pty><Nm>Nora Hale</Nm></Pty></Dbtr><DbtrAcct>{UNKNOWN}</DbtrAcct>", agents)
    assert told == Party(name="Nora Hale", bank_name="Hill Bank")
    ultimate = "<Dbtr><Pty><Nm>NOTPROVIDED</Nm></Pty></Dbtr><UltmtDbtr><Pty><Nm>Nora Hale</Nm></Pty></UltmtDbtr>"
    assert party(ultimate) == Party(ultimate_name="Nora Hale")


def test_k02_an_account_is_named_after_its_holder_where_the_party_is_not_named() -> None:
    account = "<DbtrAcct><Id><Othr><Id>20304012345678</Id></Othr></Id><Nm>HALE AND SONS</Nm></DbtrAcct>"
    assert party(account) == Party(name="HALE AND SONS", account_number="20304012345678")
    named = party(f"<Dbtr><Pty><Nm>Nora Hale</Nm></Pty></Dbtr>{account}")
    assert named is not None and named.name == "Nora Hale"


@pytest.mark.parametrize("written", ["DE57999400300987654321", "DE57 9994 0030 0987 6543 21", "de57999400300987654321"])
def test_k02_an_iban_in_the_place_for_other_numbers_is_one(written: str) -> None:
    told = party(f"<DbtrAcct><Id><Othr><Id>{written}</Id></Othr></Id></DbtrAcct>")
    assert told == Party(iban="DE57999400300987654321")
    wrong = party("<DbtrAcct><Id><Othr><Id>DE58999400300987654321</Id></Othr></Id></DbtrAcct>")
    assert wrong == Party(account_number="DE58999400300987654321")
