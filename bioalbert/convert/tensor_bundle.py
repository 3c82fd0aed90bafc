"""TensorFlow V2 checkpoints (TensorBundle) without TensorFlow: PREFIX.index names the tensors, PREFIX.data-* hold their bytes.

Sources: TensorFlow's core/util/tensor_bundle/tensor_bundle.cc and core/protobuf/tensor_bundle.proto.
"""

import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bioalbert.convert.table import FOOTER, MAGIC, TableError, masked_crc, read_table, write_table
from bioalbert.errors import InputError
from bioalbert.protobuf import bytes_field, fields, fixed32_field, number_field

# types.proto's DataType -> NumPy, little-endian: what variables of a model and its optimizer come in.
DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}
NUMBERS = {np.dtype(name): number for number, name in DTYPES.items()}
# BundleHeaderProto {num_shards: 1, version: {producer: 1}}: one shard, little-endian, as every Saver of one machine writes it.
HEADER = number_field(1, 1) + bytes_field(3, number_field(1, 1))
DAMAGED = "copy or download it again"


@dataclass(frozen=True)
class Entry:
    """One tensor's BundleEntryProto. dtype: types.proto's number; offset and size in bytes; crc: masked CRC-32C of its bytes."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    crc: int
    sliced: bool


class TensorBundle:
    """Reads a checkpoint: `entries` by variable name, `tensor(name)` as a read-only view of the memory-mapped data file."""

    def __init__(self, prefix: Path):
        """Raises InputError when PREFIX.index is absent, damaged, of a V1 checkpoint or big-endian."""
        self.prefix = prefix
        self._mapped: dict[Path, mmap.mmap | bytes] = {}
        self.index = prefix.with_name(prefix.name + ".index")
        if not self.index.is_file():
            raise _no_index(prefix, self.index)
        try:
            table = read_table(self.index.read_bytes())
            self._shards = self._read_header(table.pop(b"", None))
            self.entries = {name.decode(): _entry(value) for name, value in table.items()}
        except InputError:
            raise
        except TableError as error:
            raise InputError(str(error), file=self.index, fix=DAMAGED) from None
        except (ValueError, TypeError) as error:
            raise InputError(f"damaged index ({error})", file=self.index, fix=DAMAGED) from None

    def _read_header(self, value: bytes | None) -> int:
        if value is None:
            raise InputError("a table, but not a TensorFlow checkpoint's index (no header)", file=self.index)
        header = dict(fields(value))
        if header.get(2, 0):
            fix = "load and save it with TensorFlow on a little-endian machine"
            raise InputError("a big-endian checkpoint is not supported", file=self.index, fix=fix)
        return header.get(1, 0)

    def tensor(self, name: str) -> np.ndarray:
        """The tensor in the shape and dtype it was saved in. Raises InputError when it cannot be read or its checksum is wrong."""
        entry = self.entries[name]
        if entry.sliced:
            fix = "save the checkpoint again without a partitioner"
            raise InputError("a partitioned variable is not supported", file=self.index, place=name, fix=fix)
        if entry.dtype not in DTYPES:
            raise InputError(f"a tensor of TensorFlow's data type {entry.dtype} is not supported", file=self.index, place=name)
        path = self.prefix.with_name(f"{self.prefix.name}.data-{entry.shard:05d}-of-{self._shards:05d}")
        data = memoryview(self._data(path))[entry.offset : entry.offset + entry.size]
        dtype = np.dtype(DTYPES[entry.dtype])
        if len(data) < entry.size:
            end = entry.offset + entry.size
            raise InputError(f"truncated: needs {end} bytes, has {path.stat().st_size}", file=path, place=name, fix=DAMAGED)
        if entry.size != dtype.itemsize * int(np.prod(entry.shape)):
            raise InputError(f"damaged index ({entry.size} bytes for shape {entry.shape})", file=self.index, place=name, fix=DAMAGED)
        if masked_crc(data) != entry.crc:
            raise InputError("damaged data (checksum)", file=path, place=name, fix=DAMAGED)
        return np.frombuffer(data, dtype).reshape(entry.shape)

    def _data(self, path: Path) -> mmap.mmap | bytes:
        if path not in self._mapped:
            if not path.is_file():
                raise InputError("no such data file", file=path, fix="put every data file of the checkpoint beside its index")
            with path.open("rb") as stream:  # an empty file cannot be mapped
                self._mapped[path] = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
        return self._mapped[path]


def _no_index(prefix: Path, index: Path) -> InputError:
    """V1 checkpoints are one file, a table too: say so rather than that a file is missing."""
    if prefix.is_file():
        with prefix.open("rb") as stream:
            stream.seek(max(0, prefix.stat().st_size - FOOTER))
            if stream.read().endswith(MAGIC):
                fix = "save it again with TensorFlow's tf.train.Saver, whose default is V2"
                return InputError("a TensorFlow V1 checkpoint (one file, no .index) is not supported", file=prefix, fix=fix)
    return InputError("no such checkpoint index", file=index, fix="give the checkpoint's prefix (the path without .index) or its folder")


def _entry(value: bytes) -> Entry:
    shape: tuple[int, ...] = ()
    numbers: dict[int, int] = {}
    sliced = False
    for number, field in fields(value):
        if number == 2:  # TensorShapeProto {repeated Dim {size: 1} dim: 2}
            shape = tuple(dict(fields(dim)).get(1, 0) for key, dim in fields(field) if key == 2)
        elif number == 7:
            sliced = True
        else:
            numbers[number] = field
    dtype, shard, offset, size, crc = (numbers.get(number, 0) for number in (1, 3, 4, 5, 6))
    return Entry(dtype, shape, shard, offset, size, crc, sliced)


def write_tensors(prefix: Path, tensors: Mapping[str, np.ndarray]) -> None:
    """Writes PREFIX.index and PREFIX.data-00000-of-00001, byte for byte what TensorFlow's Saver writes for these tensors.

    The folder should be an unfinished one (files.whole_folder). Raises KeyError for a dtype that is not in DTYPES.
    """
    entries = {b"": HEADER}
    offset = 0
    with prefix.with_name(prefix.name + ".data-00000-of-00001").open("wb") as stream:
        for name in sorted(tensors):
            tensor = np.require(tensors[name], requirements="C")
            data = tensor.astype(tensor.dtype.newbyteorder("<"), copy=False).data if tensor.ndim else tensor.tobytes()
            shape = b"".join(bytes_field(2, number_field(1, size)) for size in tensor.shape)
            crc = fixed32_field(6, masked_crc(data))
            size = number_field(4, offset) + number_field(5, tensor.nbytes)
            entries[name.encode()] = number_field(1, NUMBERS[tensor.dtype]) + bytes_field(2, shape) + size + crc
            stream.write(data)
            offset += tensor.nbytes
    prefix.with_name(prefix.name + ".index").write_bytes(write_table(entries))
