"""Evidence without Odoo: canonical form, keys, chain, Merkle tree, signed heads and what examines them."""
