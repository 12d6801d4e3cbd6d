"""Readers of idx and npz: what they read, and all that they must refuse, at no more memory than the file is worth."""

import gzip
import io
import os
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from nn.data import DatasetError
from nn.data.files import check_digest, read_bytes, read_idx, read_npz
from tests.nn.data.files import idx_bytes, write_idx


@pytest.fixture
def modest_memory():
    """Fail if more than 16 MB were allocated at any moment."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("kind", ["uint8", "int8", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("shape", [(5,), (2, 3), (4, 3, 2), (0,), (2, 0, 3)])
def test_idx_round_trip(tmp_path, suffix, kind, shape):
    array = (np.random.default_rng(0).standard_normal(shape) * 50).astype(kind)
    found = read_idx(write_idx(tmp_path / f"data{suffix}", array))
    assert found.dtype == array.dtype
    assert found.dtype.isnative
    assert found.flags.writeable
    np.testing.assert_array_equal(found, array)


def test_idx_wants_a_shape(tmp_path):
    path = write_idx(tmp_path / "data", np.zeros((3, 2), np.uint8))
    assert read_idx(path, (3, 2)).shape == (3, 2)
    with pytest.raises(DatasetError, match=r"(?s)wrong sizes.*says \[3, 2\], the data set has \[2, 3\]"):
        read_idx(path, (2, 3))


GOOD = idx_bytes(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))

DAMAGED = {
    "empty": (b"", "truncated"),
    "half a magic number": (GOOD[:3], "truncated"),
    "ends in the dimensions": (GOOD[:9], "truncated"),
    "one byte short": (GOOD[:-1], "truncated"),
    "one byte long": (GOOD + b"\0", "too long"),
    "flipped magic": (b"\x08\x03\0\0" + GOOD[4:], "wrong magic number"),
    "little-endian magic": (GOOD[:4][::-1] + GOOD[4:], "wrong magic number"),
    "unknown type": (b"\0\0\x0a\x03" + GOOD[4:], "wrong magic number"),
    "no dimensions": (b"\0\0\x08\0" + GOOD[4:], "wrong magic number"),
    "text": (b"<html>404 not found</html>", "wrong magic number"),
    "absurd size": (struct.pack(">4I", 0x803, 2**32 - 1, 2**32 - 1, 2**32 - 1) + b"abc", "absurd header"),
    "255 dimensions": (b"\0\0\x08\xff" + b"\xff" * 1020, "absurd header"),
    "4 GB announced": (struct.pack(">2I", 0x801, 2**32 - 1) + b"x" * 100, "absurd header"),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.usefixtures("modest_memory")
def test_damaged_idx(tmp_path, name, packed):
    data, problem = DAMAGED[name]
    path = tmp_path / "data"
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(DatasetError) as caught:
        read_idx(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.usefixtures("modest_memory")
def test_gzip_that_holds_less_than_announced(tmp_path):
    """The header stays within what DEFLATE could hold, but the elements are not there."""
    path = tmp_path / "data.gz"
    path.write_bytes(gzip.compress(struct.pack(">2I", 0x801, 200 << 20) + os.urandom(1 << 18)))
    with pytest.raises(DatasetError, match="truncated"):
        read_idx(path)


@pytest.mark.parametrize("cut", [1, 5, 12, 20])
def test_truncated_gzip(tmp_path, cut):
    path = tmp_path / "data.gz"
    path.write_bytes(gzip.compress(GOOD)[:-cut])
    with pytest.raises(DatasetError, match="damaged archive"):
        read_idx(path)


def test_flipped_bits_in_gzip(tmp_path):
    data = bytearray(gzip.compress(GOOD))
    data[-6] ^= 1
    path = tmp_path / "data.gz"
    path.write_bytes(data)
    with pytest.raises(DatasetError, match="damaged archive"):
        read_idx(path)


def test_unreadable_idx(tmp_path):
    with pytest.raises(DatasetError, match="no such file"):
        read_idx(tmp_path / "absent")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_idx(tmp_path)


def test_digest(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"hello")
    check_digest(path, "5d41402abc4b2a76b9719d911017c592")
    with pytest.raises(DatasetError, match=r"(?s)wrong checksum.*verify=False"):
        check_digest(path, "0" * 32)
    with pytest.raises(DatasetError, match="no such file"):
        check_digest(tmp_path / "absent", "0" * 32)


@pytest.mark.usefixtures("modest_memory")
def test_read_bytes_is_bounded(tmp_path):
    path = tmp_path / "data.gz"
    path.write_bytes(64 * gzip.compress(bytes(1 << 20)))
    with pytest.raises(DatasetError, match="wrong size"):
        read_bytes(path, 1 << 20)
    path.write_bytes(gzip.compress(b"abc"))
    assert read_bytes(path, 3) == b"abc"


def save(path, pack=np.savez, **arrays):
    with open(path, "wb") as stream:
        pack(stream, **arrays)
    return path


@pytest.mark.parametrize("pack", [np.savez, np.savez_compressed])
def test_npz_round_trip(tmp_path, pack):
    x, y = np.arange(12.0).reshape(3, 4).T, np.arange(3)
    found = read_npz(save(tmp_path / "a.npz", pack, x=x, y=y, other=np.array([None])), ("y", "x"))
    assert list(found) == ["y", "x"]
    np.testing.assert_array_equal(found["x"], x)
    np.testing.assert_array_equal(found["y"], y)


def test_npz_objects_are_never_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    path = save(tmp_path / "a.npz", x=np.array([Bomb()], dtype=object))
    with pytest.raises(DatasetError, match="only numbers are loaded"):
        read_npz(path, ("x",))
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("array", [np.array(["text"]), np.zeros(2, [("a", "u1")]), np.array(["2020-01-01"], "M8[D]")])
def test_npz_of_other_types(tmp_path, array):
    with pytest.raises(DatasetError, match="only numbers are loaded"):
        read_npz(save(tmp_path / "a.npz", x=array), ("x",))


def test_npz_missing_array(tmp_path):
    with pytest.raises(DatasetError, match=r"(?s)missing arrays.*no y, z among x\.npy"):
        read_npz(save(tmp_path / "a.npz", x=np.zeros(1)), ("x", "y", "z"))


def npy_bytes(shape, body=b"", descr="|u1"):
    stream = io.BytesIO()
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + body


def write_zip(path, data, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        archive.writestr("x.npy", data)
    return path


DAMAGED_NPY = {
    "a terabyte announced": npy_bytes((2**40,), b"abc"),
    "overflowing shape": npy_bytes((2**62, 2**62), b"abc"),
    "one byte short": npy_bytes((4,), b"abc"),
    "one byte long": npy_bytes((2,), b"abc"),
    "negative shape": npy_bytes((-1,), b""),
    "empty": b"",
    "no npy": b"not an array",
    "half a header": npy_bytes((3,), b"abc")[:20],
    "other version": b"\x93NUMPY\x03\x00" + npy_bytes((3,), b"abc")[8:],
    "4 GB of header": b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
    "code in the header": npy_bytes((3,), b"abc").replace(b"{'descr'", b"__import"),
    "no dict in the header": npy_bytes((3,), b"abc").replace(b"{'descr': '|u1'", b"['descr', '|u1'"),
}


@pytest.mark.parametrize("name", DAMAGED_NPY)
@pytest.mark.usefixtures("modest_memory")
def test_damaged_npz(tmp_path, name):
    with pytest.raises(DatasetError):
        read_npz(write_zip(tmp_path / "a.npz", DAMAGED_NPY[name]), ("x",))


@pytest.mark.usefixtures("modest_memory")
def test_npz_that_announces_more_than_it_can_hold(tmp_path):
    path = write_zip(tmp_path / "a.npz", npy_bytes((3,), b"abc"))
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 2**32 - 16)
    path.write_bytes(data)
    with pytest.raises(DatasetError, match="absurd sizes"):
        read_npz(path, ("x",))


def test_npz_with_flipped_bits(tmp_path):
    path = write_zip(tmp_path / "a.npz", npy_bytes((3,), b"abc"))
    path.write_bytes(path.read_bytes().replace(b"abc", b"abd"))
    with pytest.raises(DatasetError, match="damaged archive"):
        read_npz(path, ("x",))


def test_npz_with_another_compression(tmp_path):
    path = write_zip(tmp_path / "a.npz", npy_bytes((3,), b"abc"), compression=zipfile.ZIP_BZIP2)
    with pytest.raises(DatasetError, match="unknown compression"):
        read_npz(path, ("x",))


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive"])
def test_no_npz(tmp_path, data):
    path = tmp_path / "a.npz"
    path.write_bytes(data)
    with pytest.raises(DatasetError, match="damaged archive"):
        read_npz(path, ("x",))
    with pytest.raises(DatasetError, match="no such file"):
        read_npz(tmp_path / "absent.npz", ("x",))


def test_truncated_npz(tmp_path):
    path = save(tmp_path / "a.npz", x=np.arange(100))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DatasetError, match="damaged archive"):
        read_npz(path, ("x",))
