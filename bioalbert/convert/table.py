"""LevelDB's sorted string table, the container of a checkpoint's index file, as TensorFlow reads and writes it.

Blocks of prefix-compressed (key, value) entries, each block with a masked CRC-32C, then a block that points at the blocks, then a footer.
Sources: leveldb's doc/table_format.md; TensorFlow's core/lib/io/table_builder.cc, block_builder.cc, table_options.h.
"""

import struct
from collections.abc import Iterator

import google_crc32c

from bioalbert.protobuf import read_varint, varint

MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
FOOTER = 48  # two block handles padded to 40 bytes, then the magic number
BLOCK_BYTES = 262144  # table_options.h: a data block is closed when it has reached this size
ENTRIES_BETWEEN_RESTARTS = 16  # table_options.h; 1 in the block of pointers


class TableError(ValueError):
    """What is wrong with a table, in words for the user."""


def masked_crc(*parts: bytes | memoryview) -> int:
    """CRC-32C over `parts`, rotated and shifted by a constant so that a CRC of data that holds CRCs stays sound (leveldb's crc32c.h)."""
    crc = 0
    for part in parts:
        crc = google_crc32c.extend(crc, bytes(part))  # it takes no memoryview
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def read_table(data: bytes) -> dict[bytes, bytes]:
    """Every entry of a table, in key order. Raises TableError for anything else, and for damage."""
    if len(data) < FOOTER or data[-8:] != MAGIC:
        raise TableError("not a checkpoint index (the mark at its end is missing: truncated, or another kind of file)")
    try:
        meta, at = _read_handle(data[-FOOTER:], 0)
        pointers, _ = _read_handle(data[-FOOTER:], at)
        _block(data, *meta)  # meta data, which TensorFlow leaves empty: only its checksum matters
        entries = {}
        for _, handle in _entries(_block(data, *pointers)):
            entries.update(_entries(_block(data, *_read_handle(handle, 0)[0])))
        return entries
    except (ValueError, struct.error) as error:
        raise error if isinstance(error, TableError) else TableError(f"damaged index ({error})") from None


def _read_handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = read_varint(data, at)
    size, at = read_varint(data, at)
    return (offset, size), at


def _block(data: bytes, offset: int, size: int) -> bytes:
    block, trailer = data[offset : offset + size], data[offset + size : offset + size + 5]
    kind, crc = struct.unpack("<BI", trailer)
    if masked_crc(block, trailer[:1]) != crc:
        raise TableError(f"damaged index (checksum of the block at byte {offset})")
    if kind:
        raise TableError("compressed index blocks are not supported")
    return block


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    (restarts,) = struct.unpack("<I", block[-4:])
    at, end, key = 0, len(block) - 4 * (restarts + 1), b""
    while at < end:
        shared, at = read_varint(block, at)
        own, at = read_varint(block, at)
        size, at = read_varint(block, at)
        key = key[:shared] + block[at : at + own]
        at += own
        yield key, block[at : at + size]
        at += size


def write_table(entries: dict[bytes, bytes]) -> bytes:
    """A table of `entries`, byte for byte what TensorFlow writes for them."""
    output, pointers, block = bytearray(), _Block(1), _Block(ENTRIES_BETWEEN_RESTARTS)
    last, pending = b"", None
    for key in sorted(entries):
        if pending is not None:
            pointers.add(_between(last, key), pending)
            pending = None
        block.add(key, entries[key])
        last = key
        if block.size() >= BLOCK_BYTES:
            pending, block = _write_block(output, block), _Block(ENTRIES_BETWEEN_RESTARTS)
    if block.data:
        pending = _write_block(output, block)
    meta = _write_block(output, _Block(ENTRIES_BETWEEN_RESTARTS))
    if pending is not None:
        pointers.add(_after(last), pending)
    handles = meta + _write_block(output, pointers)
    return bytes(output) + handles.ljust(FOOTER - len(MAGIC), b"\0") + MAGIC


class _Block:
    """A block under construction: each key is stored as what it does not share with the key before it."""

    def __init__(self, interval: int):
        self.data, self._interval, self._restarts, self._count, self._last = bytearray(), interval, [0], 0, b""

    def add(self, key: bytes, value: bytes) -> None:
        shared = 0
        if self._count < self._interval:
            shared = _common(self._last, key)
        else:
            self._restarts.append(len(self.data))
            self._count = 0
        self.data += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        self._last = key
        self._count += 1

    def size(self) -> int:
        return len(self.data) + 4 * len(self._restarts) + 4

    def finish(self) -> bytes:
        return bytes(self.data) + struct.pack(f"<{len(self._restarts) + 1}I", *self._restarts, len(self._restarts))


def _write_block(output: bytearray, block: _Block) -> bytes:
    """Appends the block and its trailer; returns its handle (offset and size)."""
    handle, data, kind = varint(len(output)), block.finish(), b"\0"
    output += data + kind + struct.pack("<I", masked_crc(data, kind))
    return handle + varint(len(data))


def _common(one: bytes, other: bytes) -> int:
    limit = min(len(one), len(other))
    return next((i for i in range(limit) if one[i] != other[i]), limit)


def _between(last: bytes, following: bytes) -> bytes:
    """A short key k with last <= k < following (FindShortestSeparator)."""
    at = _common(last, following)
    if at < min(len(last), len(following)) and last[at] + 1 < following[at]:
        return last[:at] + bytes([last[at] + 1])
    return last


def _after(last: bytes) -> bytes:
    """A short key k >= last (FindShortSuccessor)."""
    for at, byte in enumerate(last):
        if byte != 0xFF:
            return last[:at] + bytes([byte + 1])
    return last
