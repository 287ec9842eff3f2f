"""The Merkle tree of RFC 6962, grown at its right edge: hashes, roots, proofs that a leaf is in, that a tree grew.

A `Frontier` is all that growing needs: the roots of the complete subtrees that make up the tree. `extend` costs in
proportion to the new leaves alone. What proofs need is kept in **tiles**: a tile of level L holds up to 32 neighbouring
hashes, each the root of 32**L leaves. A hash stands in one tile for ever and never changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

HASH_BYTES = 32
TILE_HEIGHT = 5
TILE_WIDTH = 1 << TILE_HEIGHT
PAIR_BYTES = 2 * HASH_BYTES
EMPTY_ROOT = sha256().digest()
LEAF = sha256(b"\x00")
NODE = sha256(b"\x01")
"""What every hash of a leaf, and of a node, begins with."""

TileKey = tuple[int, int]
"""Level and index of a tile."""


class Span(NamedTuple):
    """Leaves `begin` to `end` (excluded) of a tree."""

    begin: int
    end: int


class TilePart(NamedTuple):
    """Hashes that are new in one tile: they stand after those that it already holds."""

    level: int
    tile: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree's right edge: `peaks` are the roots of its complete subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def root(self) -> bytes:
        """The tree's root hash; that of no leaves is the hash of nothing."""
        return _fold(self.peaks) if self.peaks else EMPTY_ROOT


def leaf_hash(body: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees."""
    return sha256(b"\x01" + left + right).digest()


def leaf_hashes(bodies: Iterable[bytes]) -> bytes:
    """The hashes of many leaves, joined."""
    return _hashes(LEAF, bodies)


def extend(frontier: Frontier, hashes: bytes) -> tuple[Frontier, list[TilePart]]:
    """The tree with these hashes (joined) as its next leaves, and what is new in the tiles. O(leaves)."""
    size = frontier.size + len(hashes) // HASH_BYTES
    peaks = dict(zip(_heights(frontier.size), frontier.peaks, strict=True))
    left_over: dict[int, bytes] = {}
    parts: list[TilePart] = []
    row, height = hashes, 0
    while row or peaks:
        level, above = divmod(height, TILE_HEIGHT)
        if row and not above:
            parts.extend(_parts(level, frontier.size >> height, row))
        row = peaks.pop(height, b"") + row
        if len(row) % PAIR_BYTES:
            row, left_over[height] = row[:-HASH_BYTES], row[-HASH_BYTES:]
        row = _parents(row)
        height += 1
    return Frontier(size, tuple(left_over[height] for height in _heights(size))), parts


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The subtrees whose hashes prove that leaf `index` is in a tree of `size`, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} of {size}")
    spans: list[Span] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The subtrees whose hashes prove that a tree of `new` leaves begins with the tree of `old`."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {new} leaves from one of {old}")
    spans: list[Span] = []
    begin, end = 0, new
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin = middle
    if begin:
        spans.append(Span(begin, end))
    return spans[::-1]


def tiles_of(spans: Iterable[Span]) -> list[TileKey]:
    """The tiles that `span_hash` reads for these spans, each once."""
    return sorted({_place(height, index)[:2] for span in spans for height, index in _complete(span)})


def span_hash(span: Span, tiles: Mapping[TileKey, bytes]) -> bytes:
    """The hash of a subtree from the tiles. Raises KeyError where one is missing, ValueError where it is short."""
    return _fold([_subtree(height, index, tiles) for height, index in _complete(span)])


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a leaf's hash and its proof lead to (RFC 9162, 2.1.3.2); None where they fit no such tree."""
    if not 0 <= index < size or any(len(part) != HASH_BYTES for part in proof):
        return None
    node, last, root = index, size - 1, leaf
    for part in proof:
        if not last:
            return None
        if node % 2 or node == last:
            root = node_hash(part, root)
            while not node % 2 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, part)
        node, last = node >> 1, last >> 1
    return None if last else root


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the newer tree begins with the older one (RFC 9162, 2.1.4.2)."""
    if old == new or not old:
        return not proof and (old_root == new_root if old else old_root == EMPTY_ROOT) and old <= new
    if not 0 < old < new or any(len(part) != HASH_BYTES for part in proof):
        return False
    # A complete older tree is itself the proof's first hash.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    node, last = old - 1, new - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    from_old = from_new = path[0]
    for part in path[1:]:
        if not last:
            return False
        if node % 2 or node == last:
            from_old, from_new = node_hash(part, from_old), node_hash(part, from_new)
            while not node % 2 and node:
                node, last = node >> 1, last >> 1
        else:
            from_new = node_hash(from_new, part)
        node, last = node >> 1, last >> 1
    return not last and from_old == old_root and from_new == new_root


def _heights(size: int) -> list[int]:
    """The heights of the complete subtrees of a tree, the largest first."""
    return [height for height in range(size.bit_length() - 1, -1, -1) if size >> height & 1]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _fold(hashes: Sequence[bytes]) -> bytes:
    """One hash of complete subtrees that stand beside each other, the largest first."""
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _hashes(begun: "Hash", bodies: Iterable[bytes]) -> bytes:
    """Hashes that begin alike, joined. A copy of one that was begun costs half of a new one."""
    digests = []
    for body in bodies:
        one = begun.copy()
        one.update(body)
        digests.append(one.digest())
    return b"".join(digests)


def _parents(row: bytes) -> bytes:
    """The hashes one height up; of two, four, six ... hashes."""
    return _hashes(NODE, (row[at : at + PAIR_BYTES] for at in range(0, len(row), PAIR_BYTES)))


def _parts(level: int, first: int, row: bytes) -> list[TilePart]:
    """Hashes number `first` and following of a level, cut where tiles end."""
    count = len(row) // HASH_BYTES
    return [
        TilePart(
            level,
            tile,
            row[
                max(tile * TILE_WIDTH - first, 0) * HASH_BYTES : ((tile + 1) * TILE_WIDTH - first)
                * HASH_BYTES
            ],
        )
        for tile in range(first // TILE_WIDTH, (first + count - 1) // TILE_WIDTH + 1)
    ]


def _complete(span: Span) -> list[tuple[int, int]]:
    """The complete subtrees of a span as height and index, the largest first."""
    found, begin = [], span.begin
    for height in _heights(span.end - span.begin):
        found.append((height, begin >> height))
        begin += 1 << height
    return found


def _place(height: int, index: int) -> tuple[int, int, int]:
    """Level, tile, and place in the tile of the first hash below a node."""
    level, above = divmod(height, TILE_HEIGHT)
    return level, *divmod(index << above, TILE_WIDTH)


def _subtree(height: int, index: int, tiles: Mapping[TileKey, bytes]) -> bytes:
    """The hash of a complete subtree, from the tile below it."""
    level, tile, place = _place(height, index)
    count = 1 << height % TILE_HEIGHT
    held = tiles[level, tile][place * HASH_BYTES : (place + count) * HASH_BYTES]
    if len(held) != count * HASH_BYTES:
        raise ValueError(f"tile {tile} of level {level} is cut short")
    while len(held) > HASH_BYTES:
        held = _parents(held)
    return held
