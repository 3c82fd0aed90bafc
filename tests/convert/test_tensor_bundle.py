"""The checkpoint format: the oracle's files were written by TensorFlow itself."""

import shutil

import numpy as np
import pytest

from bioalbert.convert import table
from bioalbert.convert.table import masked_crc, read_table, write_table
from bioalbert.convert.tensor_bundle import HEADER, TensorBundle, write_tensors
from bioalbert.errors import InputError
from bioalbert.protobuf import bytes_field, number_field, read_varint, varint

from .models import read_all

NAME = "bert/pooler/dense/kernel"
INDEX, DATA = "model.ckpt-3.index", "model.ckpt-3.data-00000-of-00001"


def test_writes_the_bytes_that_tensorflow_wrote(oracle, tmp_path):
    write_tensors(tmp_path / "again", read_all(oracle / "model.ckpt-3"))
    assert (tmp_path / "again.index").read_bytes() == (oracle / INDEX).read_bytes()
    assert (tmp_path / "again.data-00000-of-00001").read_bytes() == (oracle / DATA).read_bytes()


def test_crc_of_a_known_text():
    # CRC-32C of "123456789" is e3069283 (RFC 3720's polynomial); masked as in leveldb's crc32c.h.
    assert masked_crc(b"12345", b"6789") == (((0xE3069283 >> 15) | (0xE3069283 << 17)) + 0xA282EAD8) & 0xFFFFFFFF


@pytest.mark.parametrize("number", [0, 127, 128, 300, 2**35, 2**63])
def test_varint_comes_back(number):
    assert read_varint(b"x" + varint(number), 1) == (number, 1 + len(varint(number)))


def test_every_dtype_and_odd_shape_comes_back(tmp_path):
    tensors = {
        "scalar": np.array(7, np.int64),
        "empty": np.zeros((0, 3), np.float32),
        "half": np.arange(3, dtype=np.float16),
        "double": np.full((2, 1, 2), np.nan),
        "whole": np.arange(4, dtype=np.int32).reshape(2, 2).T,
    }
    write_tensors(tmp_path / "odd", tensors)
    found = read_all(tmp_path / "odd")
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        np.testing.assert_array_equal(found[name], tensor)


def test_index_of_many_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "BLOCK_BYTES", 500)
    entries = {f"layer_{i:04d}/kernel".encode(): bytes([i % 256]) * (i % 40) for i in range(1000)}
    written = write_table(entries)
    assert read_table(written) == entries
    meta_end = read_varint(written[-48:], read_varint(written[-48:], 0)[1])[1]
    pointers = list(table._entries(table._block(written, *table._read_handle(written[-48:], meta_end)[0])))
    assert len(pointers) > 30
    first = b""
    for separator, handle in pointers:  # as leveldb's doc says: at least a block's last key, below the next block's first
        keys = [key for key, _ in table._entries(table._block(written, *table._read_handle(handle, 0)[0]))]
        assert first < keys[0] <= keys[-1] <= separator
        first = separator


def test_tensors_are_views_of_the_mapped_file(oracle):
    tensor = TensorBundle(oracle / "model.ckpt-3").tensor(NAME)
    assert not tensor.flags.owndata and not tensor.flags.writeable


def test_two_shards(oracle):
    """The same tensors, the second half of the names moved to a shard of their own."""
    whole = read_all(oracle / "model.ckpt-3")
    entries = read_table((oracle / INDEX).read_bytes())
    data = (oracle / DATA).read_bytes()
    found = TensorBundle(oracle / "model.ckpt-3").entries
    cut = found["cls/predictions/output_bias"].offset
    for name, entry in found.items():
        if entry.offset >= cut:
            shape = b"".join(bytes_field(2, number_field(1, size)) for size in entry.shape)
            place = number_field(3, 1) + number_field(4, entry.offset - cut) + number_field(5, entry.size)
            crc = entries[name.encode()][-5:]  # the last field, fixed32
            entries[name.encode()] = number_field(1, entry.dtype) + bytes_field(2, shape) + place + crc
    entries[b""] = number_field(1, 2) + bytes_field(3, number_field(1, 1))
    (oracle / "two.index").write_bytes(write_table(entries))
    (oracle / "two.data-00000-of-00002").write_bytes(data[:cut])
    (oracle / "two.data-00001-of-00002").write_bytes(data[cut:])
    both = read_all(oracle / "two")
    assert all(np.array_equal(both[name], whole[name]) for name in whole)
    (oracle / "two.data-00001-of-00002").unlink()
    with pytest.raises(InputError, match=r"two.data-00001-of-00002: no such data file"):
        read_all(oracle / "two")


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(content)


def test_flipped_bit_in_the_data_names_the_variable(oracle):
    entry = TensorBundle(oracle / "model.ckpt-3").entries[NAME]
    flip(oracle / DATA, entry.offset + 9)
    checkpoint = TensorBundle(oracle / "model.ckpt-3")
    checkpoint.tensor("bert/pooler/dense/bias")
    with pytest.raises(InputError, match=rf"{DATA}: {NAME}: damaged data \(checksum\); copy"):
        checkpoint.tensor(NAME)


def test_truncated_data_names_the_variable(oracle):
    content = (oracle / DATA).read_bytes()
    (oracle / DATA).write_bytes(content[:-5])
    with pytest.raises(InputError, match=r"global_step: truncated: needs 628160 bytes, has 628155"):
        TensorBundle(oracle / "model.ckpt-3").tensor("global_step")
    (oracle / DATA).write_bytes(b"")
    with pytest.raises(InputError, match="truncated"):
        TensorBundle(oracle / "model.ckpt-3").tensor(NAME)


def test_every_flipped_byte_of_the_index_is_found(oracle):
    """But for those of the footer's padding, no byte of the index may change unseen, nor end in a traceback."""
    original = (oracle / INDEX).read_bytes()
    sound = read_table(original)
    unseen = []
    for at in range(0, len(original), 7):
        flip(oracle / INDEX, at)
        try:
            TensorBundle(oracle / "model.ckpt-3")
            unseen.append(at)
            assert read_table((oracle / INDEX).read_bytes()) == sound
        except InputError:
            pass
        (oracle / INDEX).write_bytes(original)
    assert all(at >= len(original) - 48 for at in unseen)


@pytest.mark.parametrize("size", [0, 10, 2000, 3570])
def test_truncated_index(oracle, size):
    (oracle / INDEX).write_bytes((oracle / INDEX).read_bytes()[:size])
    with pytest.raises(InputError, match=f"{INDEX}: not a checkpoint index"):
        TensorBundle(oracle / "model.ckpt-3")


def test_v1_checkpoint_is_refused_by_name(oracle):
    shutil.move(oracle / INDEX, oracle / "old.ckpt")  # a V1 checkpoint is one such table without .index
    with pytest.raises(InputError, match=r"old.ckpt: a TensorFlow V1 checkpoint .* save it again"):
        TensorBundle(oracle / "old.ckpt")
    with pytest.raises(InputError, match=r"none.index: no such checkpoint index"):
        TensorBundle(oracle / "none")


def rewrite(oracle, key: bytes, value: bytes) -> TensorBundle:
    entries = read_table((oracle / INDEX).read_bytes())
    (oracle / INDEX).write_bytes(write_table(entries | {key: value}))
    return TensorBundle(oracle / "model.ckpt-3")


def test_big_endian_is_refused(oracle):
    with pytest.raises(InputError, match="big-endian"):
        rewrite(oracle, b"", HEADER + number_field(2, 1))


def test_partitioned_variable_is_refused(oracle):
    value = read_table((oracle / INDEX).read_bytes())[NAME.encode()]
    checkpoint = rewrite(oracle, NAME.encode(), value + bytes_field(7, b""))
    with pytest.raises(InputError, match=f"{NAME}: a partitioned variable"):
        checkpoint.tensor(NAME)


def test_unknown_dtype_is_refused(oracle):
    value = read_table((oracle / INDEX).read_bytes())[NAME.encode()]
    with pytest.raises(InputError, match=f"{NAME}: a tensor of TensorFlow's data type 7"):
        rewrite(oracle, NAME.encode(), number_field(1, 7) + value[2:]).tensor(NAME)


def test_compressed_block_is_refused(monkeypatch):
    block = write_table({b"key": b"value"})
    size = block.index(b"\0" + masked_crc_bytes(block))
    changed = block[:size] + b"\1" + masked_crc(block[:size], b"\1").to_bytes(4, "little") + block[size + 5 :]
    with pytest.raises(table.TableError, match="compressed"):
        read_table(changed)


def masked_crc_bytes(block: bytes) -> bytes:
    """The trailer's checksum of the first block: three varints, "keyvalue", one restart and its count."""
    return masked_crc(block[: 3 + 8 + 8], b"\0").to_bytes(4, "little")
