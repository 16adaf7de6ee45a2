"""Reading camt.053 into canonical values, entry by entry.

The entries here are written alike, as a bank writes them, so that all but the first few are read without the parser
(docs/decisions/0044), in 58 % of the time that they take with it (100 us instead of 172 in one minute, the clock of
the machine at its half). What dominates then is choosing among the elements and making the values; finding the next
entry, fitting it and filling its texts in is a fifth. Where nothing repeats, a quarter is libxml2 building the
elements of an entry and freeing them, and nearly a quarter looking at each of them once from Python (an entry here has
47). Memory does not grow with the file, since each entry is freed before the next one (the peak is that of Odoo
itself); the floor holds the whole tree.

Tried and not kept: finding the shape of an entry in what the parser made of it, written out again (83 us instead of
92); an XPath for the texts (4 to 8 us, but it tells no shape); a target of the parser (65 us); expat, which needs as
much for its calls as lxml and the looking together.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

#: fetched with all they depend on
PEERS = ("account_statement_import_camt",)
#: the peer reads about 1,000 entries a second
PEER_LIMIT = 10_000

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>BENCH-1</MsgId><CreDtTm>2025-11-30T20:00:00+01:00</CreDtTm></GrpHdr>
    <Stmt>
      <Id>BENCH-1</Id>
      <ElctrncSeqNb>11</ElctrncSeqNb>
      <CreDtTm>2025-11-30T20:00:00+01:00</CreDtTm>
      <Acct><Id><IBAN>DE84999400100123456789</IBAN></Id><Ccy>EUR</Ccy></Acct>
      <Bal>
        <Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
        <Dt><Dt>2025-11-01</Dt></Dt>
      </Bal>
      <Bal>
        <Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
        <Dt><Dt>2025-11-30</Dt></Dt>
      </Bal>
"""
ENTRY = """      <Ntry>
        <NtryRef>{number}</NtryRef>
        <Amt Ccy="EUR">{amount}</Amt>
        <CdtDbtInd>CRDT</CdtDbtInd>
        <Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><Dt>2025-11-{day:02d}</Dt></BookgDt>
        <ValDt><Dt>2025-11-{day:02d}</Dt></ValDt>
        <AcctSvcrRef>2025{number:012d}</AcctSvcrRef>
        <BkTxCd>
          <Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>
          <Prtry><Cd>NTRF+166</Cd><Issr>DK</Issr></Prtry>
        </BkTxCd>
        <NtryDtls>
          <TxDtls>
            <Refs><EndToEndId>E2E-{number}</EndToEndId><TxId>T{number}</TxId></Refs>
            <Amt Ccy="EUR">{amount}</Amt>
            <CdtDbtInd>CRDT</CdtDbtInd>
            <AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>
            <RltdPties>
              <Dbtr><Pty><Nm>Kundin {customer} GmbH</Nm><PstlAdr><Ctry>DE</Ctry></PstlAdr></Pty></Dbtr>
              <DbtrAcct><Id><IBAN>DE{customer:020d}</IBAN></Id></DbtrAcct>
            </RltdPties>
            <RltdAgts><DbtrAgt><FinInstnId><BICFI>ELBKDEHHXXX</BICFI></FinInstnId></DbtrAgt></RltdAgts>
            <RmtInf><Ustrd>Rechnung INV/2025/{number:05d} vom 01.11.2025</Ustrd></RmtInf>
          </TxDtls>
        </NtryDtls>
        <AddtlNtryInf>SEPA-GUTSCHRIFT</AddtlNtryInf>
      </Ntry>
"""
TAIL = """    </Stmt>
  </BkToCstmrStmt>
</Document>
"""


def cents(number: int) -> int:
    return 1000 + number * 7919 % 250_000


def write(path: Path, size: int) -> None:
    """Write a balanced statement of single credits with invoice numbers."""
    closing = sum(cents(number) for number in range(1, size + 1))
    with path.open("w", encoding="utf-8") as stream:
        stream.write(HEAD.format(closing=f"{closing // 100}.{closing % 100:02d}"))
        for number in range(1, size + 1):
            amount = f"{cents(number) // 100}.{cents(number) % 100:02d}"
            stream.write(
                ENTRY.format(number=number, amount=amount, day=1 + number * 30 // (size + 1), customer=number % 5000)
            )
        stream.write(TAIL)


def read(path: Path) -> int:
    """Read the file to its end, as the import does: one value after the other."""
    from odoo.addons.finance_bank_sync.formats import Camt053
    from odoo.addons.finance_bank_sync.formats.model import Entry

    with path.open("rb") as stream:
        return sum(isinstance(event, Entry) for event in Camt053().parse(stream))


def prove(path: Path) -> int:
    """Read, prove and key the file."""
    from odoo.addons.finance_bank_sync.formats import Camt053
    from odoo.addons.finance_bank_sync.formats.model import Account, Entry, StatementEnd, StatementStart
    from odoo.addons.finance_bank_sync.proof import balance, control, keys

    seen = 0
    totals, sequence = control.Totals(), keys.EntryKeys(Account())
    with path.open("rb") as stream:
        for event in Camt053().parse(stream):
            if isinstance(event, Entry):
                totals.add(event)
                sequence.key(event)
                seen += 1
            elif isinstance(event, StatementStart):
                totals, sequence = control.Totals(), keys.EntryKeys(event.account)
            elif isinstance(event, StatementEnd):
                proof = control.prove_statement(event.balances, totals)
                assert proof.state == balance.PROVED, proof
    return seen


def run(context: Any) -> Iterator[dict[str, Any]]:
    """Parse alone, and parse with proof and keys, beside the peer and the plain tree."""
    with tempfile.TemporaryDirectory() as folder:
        files = {size: Path(folder) / f"{size}.xml" for size in context.sizes(1_000, 10_000, 100_000)}
        for size, path in files.items():
            write(path, size)
        with context.odoo(*PEERS) as env:
            # Ours first and the whole trees last: their memory is not given back, and would show as ours.
            ours = {size: context.measure(read, path, repeat=3) for size, path in files.items()}
            full = {size: context.measure(prove, path, repeat=3) for size, path in files.items()}
            parse = env["account.statement.import.camt.parser"].parse
            peers = {
                size: context.measure(parse, path.read_bytes()) for size, path in files.items() if size <= PEER_LIMIT
            }
            floors = {size: context.measure(_floor, path, repeat=3) for size, path in files.items()}
    for size in files:
        assert ours[size].result == full[size].result == size
        beside: dict[str, Any] = {"floor": "lxml.fromstring", "floor_measure": floors[size]}
        compared = size if size in peers else max(peers, default=None)
        if compared:
            beside |= {"peer": "OCA camt parser", "peer_measure": peers[compared], "peer_size": compared}
        yield context.row("camt.053 parse", size, ours[size], **beside)
        yield context.row("camt.053 parse, proof, keys", size, full[size], **beside)


def _floor(path: Path) -> None:
    etree.fromstring(path.read_bytes())
