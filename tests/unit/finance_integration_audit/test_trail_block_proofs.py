"""Proofs block by block are those of the whole tree (A-06)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.trail import block_proofs, merkle

LEAVES = [merkle.leaf_hash(hashlib.sha256(str(number).encode()).digest()) for number in range(140)]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 140), st.data())
def test_they_lead_to_the_head(size: int, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(block_proofs, "BLOCK", 8)
        wanted = sorted(data.draw(st.sets(st.integers(0, size - 1), max_size=20)))
        leaves = LEAVES[:size]
        prover = block_proofs.BlockProver(size, wanted, leaves)
        root, proved = merkle.root_of(leaves), []
        for block, places in block_proofs.blocks(wanted):
            own = leaves[8 * block : 8 * block + 8]
            for place, proof in zip(places, prover.proofs(block, places, own), strict=True):
                assert proof == merkle.inclusion_proof(leaves, place)
                assert merkle.is_included(root, size, place, leaves[place], proof)
                proved.append(place)
        assert proved == wanted
