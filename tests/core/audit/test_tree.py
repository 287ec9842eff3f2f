"""The tree against the published vectors of RFC 6962, and against one that is built naively each time."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.audit.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    Frontier,
    consistency_spans,
    extend,
    inclusion_spans,
    is_consistent,
    leaf_hash,
    leaf_hashes,
    root_from_inclusion,
    span_hash,
    tiles_of,
)

BODIES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Leaf number (from 0) and size, then the proof.
INCLUSION = [
    (0, 1, []),
    (0, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (5, 8, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (6, 8, [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 5, [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
    (6, 7, [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
]  # fmt: skip


def naive_root(hashes: list[bytes]) -> bytes:
    """The definition in RFC 6962, 2.1, word for word."""
    if not hashes:
        return sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\x01" + naive_root(hashes[:split]) + naive_root(hashes[split:])).digest()


def hashes_of(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4)) for number in range(count)]


class Grown:
    """A tree grown in the steps given, with its tiles as a store would keep them."""

    def __init__(self, hashes: list[bytes], steps: list[int]) -> None:
        self.frontier = Frontier()
        self.tiles: dict[tuple[int, int], bytes] = {}
        begin = 0
        for step in [*steps, len(hashes)]:
            self.grow(hashes[begin : begin + step])
            begin += step

    def grow(self, hashes: list[bytes]) -> None:
        self.frontier, parts = extend(self.frontier, b"".join(hashes))
        for part in parts:
            key = part.level, part.tile
            self.tiles[key] = self.tiles.get(key, b"") + part.hashes

    def proof(self, spans: list) -> list[bytes]:
        needed = {key: self.tiles[key] for key in tiles_of(spans)}
        return [span_hash(span, needed) for span in spans]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_published(size: int) -> None:
    grown = Grown([leaf_hash(body) for body in BODIES[:size]], [1] * size)
    assert grown.frontier.root().hex() == ROOTS[size - 1]


def test_many_leaves_are_hashed_as_one_by_one() -> None:
    joined = leaf_hashes(BODIES)
    assert joined == b"".join(map(leaf_hash, BODIES))
    assert extend(Frontier(), joined)[0].root().hex() == ROOTS[-1]


@pytest.mark.parametrize(("index", "size", "published"), INCLUSION)
def test_inclusion_proofs_are_those_published(index: int, size: int, published: list[str]) -> None:
    grown = Grown([leaf_hash(body) for body in BODIES], [])
    proof = grown.proof(inclusion_spans(index, size))
    assert [part.hex() for part in proof] == published
    root = root_from_inclusion(leaf_hash(BODIES[index]), index, size, proof)
    assert root is not None
    assert root.hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("old", "new", "published"), CONSISTENCY)
def test_consistency_proofs_are_those_published(old: int, new: int, published: list[str]) -> None:
    grown = Grown([leaf_hash(body) for body in BODIES], [])
    proof = grown.proof(consistency_spans(old, new))
    assert [part.hex() for part in proof] == published
    assert is_consistent(old, bytes.fromhex(ROOTS[old - 1]), new, bytes.fromhex(ROOTS[new - 1]), proof)


def test_no_leaves_have_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == naive_root([])
    assert is_consistent(0, EMPTY_ROOT, 3, naive_root(hashes_of(3)), [])


@given(count=st.integers(0, 2_200), steps=st.lists(st.integers(0, 700), max_size=8))
@settings(max_examples=60, deadline=None)
def test_growing_in_any_steps_gives_the_naive_tree(count: int, steps: list[int]) -> None:
    hashes = hashes_of(count)
    grown = Grown(hashes, steps)
    once = Grown(hashes, [])
    assert grown.frontier == once.frontier
    assert grown.tiles == once.tiles
    assert grown.frontier.size == count
    assert grown.frontier.root() == naive_root(hashes)
    assert all(len(held) <= 32 * HASH_BYTES for held in grown.tiles.values())


@given(data=st.data(), size=st.integers(1, 1_200))
@settings(max_examples=80, deadline=None)
def test_every_leaf_is_proven_and_no_other(data: st.DataObject, size: int) -> None:
    hashes = hashes_of(1_200)
    grown = Grown(hashes, [size])
    index = data.draw(st.integers(0, size - 1))
    proof = grown.proof(inclusion_spans(index, size))
    root = naive_root(hashes[:size])
    assert root_from_inclusion(hashes[index], index, size, proof) == root
    other = data.draw(st.integers(0, size).filter(lambda one: one != index))
    assert root_from_inclusion(hashes[index], other, size, proof) != root
    assert root_from_inclusion(leaf_hash(b"forged"), index, size, proof) != root
    assert root_from_inclusion(hashes[index], index, size, [*proof, root]) is None
    if proof:
        assert root_from_inclusion(hashes[index], index, size, proof[:-1]) is None
        at = data.draw(st.integers(0, len(proof) - 1))
        bent = [*proof[:at], leaf_hash(proof[at]), *proof[at + 1 :]]
        assert root_from_inclusion(hashes[index], index, size, bent) != root
        assert root_from_inclusion(hashes[index], index, size, [*proof[:-1], proof[-1][:31]]) is None


@given(data=st.data(), new=st.integers(1, 1_200))
@settings(max_examples=80, deadline=None)
def test_growth_is_proven_and_no_rewriting(data: st.DataObject, new: int) -> None:
    hashes = hashes_of(new)
    grown = Grown(hashes, [])
    old = data.draw(st.integers(1, new))
    proof = grown.proof(consistency_spans(old, new))
    old_root, new_root = naive_root(hashes[:old]), naive_root(hashes)
    assert is_consistent(old, old_root, new, new_root, proof)
    at = data.draw(st.integers(0, old - 1))
    rewritten = naive_root([*hashes[:at], leaf_hash(b"rewritten"), *hashes[at + 1 :]])
    assert not is_consistent(old, old_root, new, rewritten, proof)
    assert not is_consistent(old, leaf_hash(old_root), new, new_root, proof)
    assert not is_consistent(old, old_root, new, new_root, [*proof, old_root])
    assert not is_consistent(new + 1, old_root, new, new_root, proof)
    if old < new:
        assert not is_consistent(old, old_root, new, new_root, proof[:-1])
        bent = [*proof[:-1], leaf_hash(proof[-1])]
        assert not is_consistent(old, old_root, new, new_root, bent)


@given(old=st.integers(1, 40), more=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_a_tree_rewritten_by_its_owner_has_no_proof(old: int, more: int) -> None:
    hashes = hashes_of(old + more)
    other = Grown([leaf_hash(b"another past"), *hashes[1:]], [])
    proof = other.proof(consistency_spans(old, old + more))
    assert not is_consistent(old, naive_root(hashes[:old]), old + more, other.frontier.root(), proof)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_of_a_leaf_outside(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="leaf"):
        inclusion_spans(index, size)
    assert root_from_inclusion(EMPTY_ROOT, index, size, []) is None


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_no_proof_of_growth_backwards(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="tree"):
        consistency_spans(old, new)


def test_a_tile_cut_short_is_told() -> None:
    grown = Grown(hashes_of(40), [])
    grown.tiles[0, 1] = grown.tiles[0, 1][:-HASH_BYTES]
    with pytest.raises(ValueError, match="cut short"):
        grown.proof(inclusion_spans(38, 40))
