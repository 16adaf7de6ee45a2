"""A verification that is cut off anywhere and goes on says what it would have said without that (A-03)."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.trail import keys
from odoo.addons.finance_integration_audit.trail.canonical import Facts, digest
from odoo.addons.finance_integration_audit.trail.chain import START, is_genuine, leaf_of, link
from odoo.addons.finance_integration_audit.trail.examine import Examiner, Row
from odoo.addons.finance_integration_audit.trail.resume import frozen, thawed

ROW_KEY, CHAIN_KEY = b"r" * 32, b"c" * 32
ROW_NAME, CHAIN_NAME = keys.name_of(ROW_KEY, keys.ROW), keys.name_of(CHAIN_KEY, keys.CHAIN)
KNOWN = {ROW_NAME: ROW_KEY, CHAIN_NAME: CHAIN_KEY}


def make_rows(count):
    rows, chain = [], START
    for seq in range(1, count + 1):
        facts = Facts(seq, datetime(2030, 1, 1), "test", *[None] * 10, ROW_NAME)
        mac = keys.mac(ROW_KEY, digest(facts))
        leaf = leaf_of(seq, digest(facts), mac)
        chain = link(CHAIN_KEY, chain, seq, leaf)
        rows.append(Row(seq, seq, leaf, chain, CHAIN_NAME, facts, mac))
    return rows


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.data())
def test_it_goes_on_wherever_it_was_cut_off(count, data):
    rows = make_rows(count)
    attacks = data.draw(st.lists(st.tuples(st.sampled_from("ed-"), st.integers(0, count - 1)), max_size=4))
    for attack, place in attacks:
        facts = rows[place].facts
        if attack == "e" and facts:
            rows[place] = rows[place]._replace(facts=facts._replace(reason="mine"))
        elif attack == "d":
            rows[place] = rows[place]._replace(facts=None)
        else:
            one, other = rows[place], rows[0]
            rows[place], rows[0] = other._replace(seq=one.seq), one._replace(seq=other.seq)
    by_seq = {row.seq: row for row in rows}
    at_once, in_parts = Examiner(KNOWN, {}), Examiner(KNOWN, {})
    cuts = set(data.draw(st.lists(st.integers(1, count), max_size=5)))
    for row in rows:
        at_once.take(row)
        in_parts.take(row)
        if row.seq in cuts:
            in_parts, begun = thawed(frozen(in_parts, 0), KNOWN, {}, by_seq.get)
            assert begun == 0
    assert (in_parts.tree.root(), in_parts.chain, in_parts.count) == (at_once.tree.root(), at_once.chain, at_once.count)
    assert in_parts.end() == at_once.end()


def test_what_nobody_with_the_key_wrote_is_not_genuine():
    [row] = make_rows(1)
    content = digest(row.facts).hex()
    assert is_genuine(ROW_KEY, content, row.mac.hex())
    for key, text, mac in (
        (CHAIN_KEY, content, row.mac.hex()),
        (None, content, row.mac.hex()),
        (ROW_KEY, content, "00"),
        (ROW_KEY, content, "no hexadecimal"),
        (ROW_KEY, content, None),
        (ROW_KEY, None, row.mac.hex()),
    ):
        assert not is_genuine(key, text, mac)
