"""Protocol Buffers' wire format, as far as TensorFlow's checkpoint index and SentencePiece's models need it.

Source: https://protobuf.dev/programming-guides/encoding/. The protobuf package is not a dependency of this project.
"""

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def varint(number: int) -> bytes:
    """A non-negative number in groups of seven bits, the lowest first."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that starts at byte `at`, and where the next thing starts. Raises ValueError past the end or past 64 bits."""
    number = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
    raise ValueError("a number without an end")


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The (field number, value) pairs of a message, in file order. Raises ValueError for what is not a message."""
    at = 0
    while at < len(message):
        key, at = read_varint(message, at)
        kind = key & 7
        if kind == VARINT:
            value, at = read_varint(message, at)
            yield key >> 3, value
            continue
        if kind == BYTES:
            size, at = read_varint(message, at)
        else:
            size = {FIXED64: 8, FIXED32: 4}.get(kind, len(message) + 1)
        if at + size > len(message):
            raise ValueError("a field past the end")
        value, at = message[at : at + size], at + size
        yield key >> 3, value if kind == BYTES else int.from_bytes(value, "little")


def number_field(number: int, value: int) -> bytes:
    """A varint field; like TensorFlow's own protos (proto3), one that is zero is left out."""
    return varint(number << 3 | VARINT) + varint(value) if value else b""


def bytes_field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | BYTES) + varint(len(value)) + value


def fixed32_field(number: int, value: int) -> bytes:
    return varint(number << 3 | FIXED32) + struct.pack("<I", value) if value else b""
