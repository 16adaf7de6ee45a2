"""Files of the warehouse, their sums, and the high-water mark (S-25, C-20)."""

import csv
import gzip
import hashlib
import io
import json
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_consolidation_export.extracts import control, parquet
from odoo.addons.finance_consolidation_export.extracts import parts as parts_module
from odoo.addons.finance_consolidation_export.extracts.feed import LEADING, Column, Feed
from odoo.addons.finance_consolidation_export.extracts.feeds import FEEDS
from odoo.addons.finance_consolidation_export.extracts.mark import FARTHEST, WIDTH, Mark
from odoo.addons.finance_consolidation_export.extracts.parts import Parts

FEED = Feed(
    code="items",
    name="Items",
    table="item",
    amounts=(Column("balance", "decimal"), Column("amount_currency", "decimal")),
    columns=(Column("name", "text"),),
)
amounts = st.decimals(min_value=-(10**15), max_value=10**15, places=2)
rows = st.lists(
    st.tuples(
        st.sampled_from("UUUD"),
        st.integers(1, 3),
        st.sampled_from(["EUR", "USD", ""]),
        amounts | st.none(),
        amounts,
        st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\r"), max_size=20),
    ),
    max_size=30,
)


def copied(number, row):
    """As COPY writes it."""
    text = io.StringIO(newline="")
    op, company, currency, balance, foreign, name = row
    values = [op, number, company, currency, balance, foreign, name] if op == "U" else [op, number, *[""] * 5]
    csv.writer(text, lineterminator="\n").writerow(["" if one is None else str(one) for one in values])
    return text.getvalue().encode()


@given(rows=rows, limit=st.integers(1, 7), piece=st.integers(1, 200))
def test_parts_hold_every_row_once_and_their_sums(tmp_path_factory, rows, limit, piece):
    folder = tmp_path_factory.mktemp("parts")
    with patch.object(parts_module, "PIECE", piece):
        parts = Parts(FEED, folder, limit)
        for number, row in enumerate(rows):
            parts.write(copied(number, row))
        parts.close()
    found = []
    for part in parts.done:
        content = part.path.read_bytes()
        assert (part.sha256, part.size) == (hashlib.sha256(content).hexdigest(), len(content))
        read = list(csv.DictReader(io.StringIO(gzip.decompress(content).decode(), newline="")))
        assert len(read) == part.rows <= limit
        found += read
    assert [int(row["id"]) for row in found] == list(range(len(rows)))
    upserts = [row for row in rows if row[0] == "U"]
    assert (parts.upserts, parts.deletions) == (len(upserts), len(rows) - len(upserts))
    for key, sums in parts.sums.items():
        mine = [row for row in upserts if (str(row[1]), row[2]) == key]
        assert sums.rows == len(mine)
        assert sums.amounts == [sum((row[3] or Decimal(0)) for row in mine), sum(row[4] for row in mine)]
    # what passed is what there is: nothing differs, and one row or one cent more does
    ledger = [
        (int(company), currency or None, sums.rows, 0, *(text for one in sums.amounts for text in (str(one), "0")))
        for (company, currency), sums in parts.sums.items()
    ]
    assert all(total.is_even for total in control.compare(parts.sums, ledger, 2))
    for spoiled in [(0, None, 1, 0, "0", "0", "0", "0"), (0, None, 0, 0, "0.01", "0", "0", "0")]:
        assert not all(total.is_even for total in control.compare(parts.sums, [*ledger, spoiled], 2))
    if ledger:
        assert not all(total.is_even for total in control.compare(parts.sums, ledger[1:], 2))


def test_a_feed_without_rows_is_a_header():
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        [part] = Parts(FEED, Path(folder), 10).close()
        assert (part.rows, gzip.decompress(part.path.read_bytes()).decode()) == (0, ",".join(FEED.header) + "\n")


def test_a_full_disk_is_said(tmp_path):
    """What a thread could not write is no file that is delivered."""
    (tmp_path / "items-0001.csv.gz").symlink_to("/dev/full")
    parts = Parts(FEED, tmp_path, 10**6)
    row = b"U,1,7,EUR,1.00,2.00," + b"".join(b"%d" % (n * n) for n in range(2000)) + b"\n"
    with pytest.raises(OSError, match="No space left"):
        for _number in range(1000):
            parts.write(row)
        parts.close()
    assert not parts.done


def test_parquet_has_the_same_rows_with_types(tmp_path):
    table = pytest.importorskip("pyarrow.parquet", reason="pyarrow is an extra of the server")
    parts = Parts(FEED, tmp_path, 2, parquet.pack)
    for row in (b'U,1,7,EUR,-5.10,12345678901234567.89,"a ""q""\nb"\n', b"D,2,,,,,\n", b"U,3,7,,1,0.5,x\n"):
        parts.write(row)
    found = [row for part in parts.close() for row in table.read_table(part.path).to_pylist()]
    assert [part.rows for part in parts.done] == [2, 1]
    assert found[0]["amount_currency"] == Decimal("12345678901234567.89")
    assert (found[0]["name"], found[1]["op"], found[1]["balance"]) == ('a "q"\nb', "D", None)


def test_control_file_has_amounts_as_text():
    passed = {("1", "EUR"): control.Sums(rows=2, amounts=[Decimal("0.30"), Decimal("12345678901234567.89")])}
    totals = control.compare(passed, [(1, "EUR", 3, 1, "0.40", "0.10", "12345678901234567.89", "0")], 2)
    assert [total.is_even for total in totals] == [True]
    [told] = json.loads(control.dump({"totals": control.told(totals, ["balance", "amount_currency"])}))["totals"]
    assert told["written"] == {"rows": 2, "balance": "0.30", "amount_currency": "12345678901234567.89"}
    assert told["ledger"]["balance"] == "0.40"


numbers = st.integers(3, 1 << 40)


@given(oldest=numbers, running=st.integers(0, 1000), later=st.integers(0, FARTHEST * 2))
def test_a_mark_reads_from_the_oldest_that_was_running(oldest, running, later):
    known = Mark.of((f"{oldest}:{oldest + running}:", str(oldest), str(oldest + running), "7", "16384"))
    following = oldest + running + later
    now = Mark.of((f"{following}:{following}:", str(following), str(following), "7", "16384"))
    assert Mark.read(known.text) == known
    expected = oldest % WIDTH if following - oldest <= FARTHEST else None
    assert known.since(now) == expected
    if later:
        assert now.since(known) is None, "a mark of the future: the database was put back"


@pytest.mark.parametrize("text", ["", "x", "1/2/3:4", "1/2/a:b:", "1/2/3:4:5/6"])
def test_nonsense_is_no_mark(text):
    assert Mark.read(text) is None


def test_feeds_are_sound():
    assert len({feed.code for feed in FEEDS}) == len(FEEDS)
    for feed in FEEDS:
        assert feed.header[: len(LEADING)] == LEADING
        query, values = feed.upserts([1], 5)
        assert values["since"] == 5
        assert ("age(t.xmin)" in query) and "age(" not in feed.upserts([1], None)[0]
        if feed.amounts:
            assert feed.currency, "amounts are added up by currency"
    with pytest.raises(ValueError):
        Column("x", "float")
    with pytest.raises(ValueError):
        Feed(code="x", name="X", table="x", columns=(Column("op", "text"),))
    assert FEED.schema != Feed(code="items", name="Items", table="item", columns=FEED.columns).schema
