"""The Merkle tree of RFC 9162: known heads, and proofs for every size and place (A-01)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.trail import merkle
from odoo.addons.finance_integration_audit.verifier import verify_trail

#: leaves and heads that implementations of RFC 6962 and 9162 compare themselves with
VECTORS = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")]
VECTORS += [bytes(range(0x50, 0x58)), bytes(range(0x60, 0x70))]
HEADS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(hashlib.sha256(str(number).encode()).digest()) for number in range(count)]


@pytest.mark.parametrize("size", sorted(HEADS))
def test_heads_are_those_of_the_rfc(size):
    assert merkle.root_of([merkle.leaf_hash(data) for data in VECTORS[:size]]).hex() == HEADS[size]


@pytest.mark.parametrize("size", range(1, 34))
def test_every_leaf_is_proved_and_nothing_else(size):
    all_leaves = leaves(size)
    root = merkle.root_of(all_leaves)
    for index, leaf in enumerate(all_leaves):
        proof = merkle.inclusion_proof(all_leaves, index)
        assert merkle.is_included(root, size, index, leaf, proof)
        assert verify_trail.follows_proof(leaf, index, size, proof) == root
        assert not merkle.is_included(root, size, index, merkle.EMPTY, proof)
        assert not merkle.is_included(root, size, (index + 1) % size, leaf, proof) or size == 1
        if proof:
            assert not merkle.is_included(root, size, index, leaf, proof[:-1])
    assert not merkle.is_included(root, size, size, all_leaves[0], [])


@pytest.mark.parametrize("size", range(1, 34))
def test_every_older_head_is_proved_and_no_other(size):
    all_leaves = leaves(size)
    root = merkle.root_of(all_leaves)
    for former in range(1, size + 1):
        proof = merkle.consistency_proof(all_leaves, former)
        old = merkle.root_of(all_leaves[:former])
        assert merkle.is_consistent(old, former, root, size, proof)
        assert not merkle.is_consistent(merkle.EMPTY, former, root, size, proof)
        assert not merkle.is_consistent(old, former, merkle.EMPTY, size, proof)
    assert not merkle.is_consistent(root, 0, root, size, [])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300), st.data())
def test_a_head_grows_by_what_was_added(size, data):
    middle = data.draw(st.integers(0, size))
    all_leaves = leaves(size)
    tree = merkle.Tree()
    for leaf in all_leaves[:middle]:
        tree.add(leaf)
    later = merkle.Tree(tree.size, tree.peaks)
    for leaf in all_leaves[middle:]:
        later.add(leaf)
    assert later.root() == merkle.root_of(all_leaves)
    assert len(later.peaks) <= size.bit_length()
    frontier = verify_trail.Frontier()
    frontier.start(middle, list(tree.peaks))
    for leaf in all_leaves[middle:]:
        frontier.push(leaf)
    assert frontier.root() == later.root()


def test_a_tree_of_another_size_is_refused():
    with pytest.raises(ValueError, match="another number"):
        merkle.Tree(3, [b"x"])


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 80), st.data())
def test_proofs_of_leaves_that_pass_by_are_those_of_each(size, data):
    all_leaves = leaves(size)
    places = data.draw(st.sets(st.integers(0, size - 1)))
    prover = merkle.PassingProver(size, places)
    for leaf in all_leaves:
        prover.add(leaf)
    for index in places:
        assert prover.inclusion(index) == merkle.inclusion_proof(all_leaves, index)


def test_a_place_that_was_not_named_is_not_proved():
    prover = merkle.PassingProver(4, [0])
    with pytest.raises(KeyError):
        prover.inclusion(0)
    for leaf in leaves(4):
        prover.add(leaf)
    assert prover.inclusion(0)
    with pytest.raises(KeyError):
        prover.inclusion(3)
