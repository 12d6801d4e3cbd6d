"""The reader of CIFAR's pickles: plain values and arrays of bytes, and nothing else whatever."""

import os
import pickle
import pickletools
import struct
import subprocess
import tracemalloc

import numpy as np
import pytest

from nn.data.pickled import read_pickle
from tests.nn.data.files import make_images, python2_batch, python3_batch

VALUES = [
    {},
    {"a": 1, b"b": [1, 2, 300, 70000, -5, 2**40], "t": (), "u": (1, (2, 3), (1, 2, 3, 4))},
    [None, True, False, "text", b"bytes", "x" * 300, b"y" * 300],
    {"labels": list(range(1500))},
    [[1], [1]],
]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("value", VALUES)
def test_plain_values(value, protocol):
    if protocol == 2 and b"bytes" in pickle.dumps(value, 4) + b"b" and "bytes" in repr(value) + "b'":
        value = [item for item in value if not isinstance(item, bytes)] if isinstance(value, list) else value
    data = pickle.dumps(value, protocol)
    if b"_codecs" in data:
        with pytest.raises(ValueError, match="it refers to '_codecs encode'"):
            read_pickle(data)
    else:
        assert read_pickle(data) == value


@pytest.mark.parametrize("protocol", [3, 4])
def test_arrays_of_bytes(protocol):
    for array in (np.arange(6, dtype=np.uint8).reshape(2, 3), np.arange(6, dtype=np.uint8).reshape(2, 3).T):
        found = read_pickle(pickle.dumps({"data": array, "again": array}, protocol))
        np.testing.assert_array_equal(found["data"], array)
        np.testing.assert_array_equal(found["again"], array)


def test_a_batch_of_python_2():
    images, labels = make_images(3, 3, 2, 2)
    data = python2_batch(images, labels)
    assert pickle.loads(data, encoding="bytes")[b"labels"] == labels.tolist()
    batch = read_pickle(data)
    assert batch[b"labels"] == labels.tolist()
    np.testing.assert_array_equal(batch[b"data"], images.reshape(3, -1))


class Bomb:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_nothing_is_called(tmp_path, protocol):
    target = str(tmp_path / "exploded")
    for bomb in (
        Bomb(os.mkdir, target),
        Bomb(eval, f"open({target!r}, 'w')"),
        Bomb(subprocess.getoutput, f"touch {target}"),
        Bomb(getattr, str, "upper"),
    ):
        for value in (bomb, {"labels": [1], "data": bomb}):
            with pytest.raises(ValueError, match="this pickle is not read"):
                read_pickle(pickle.dumps(value, protocol))
    assert not os.path.exists(target)


@pytest.mark.parametrize(
    "value",
    [
        np.arange(3),
        np.array([None]),
        np.zeros(2, np.float32),
        np.zeros(2, ">u2"),
        1.5,
        {1, 2},
        1j,
        bytearray(b"a"),
        np.uint8(3),
        np.dtype("u1"),
        np.ndarray,
        pickle.PickleError("x"),
    ],
)
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_other_values_are_refused(value, protocol):
    with pytest.raises(ValueError, match="this pickle is not read"):
        read_pickle(pickle.dumps({"data": value}, protocol))


RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
BYTES = b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR"

MALFORMED = {
    "empty": b"",
    "nothing on the stack": b"\x80\x02.",
    "two values": b"\x80\x02NN.",
    "no stop": b"\x80\x02N",
    "an open mark": b"\x80\x02(.",
    "tuple of nothing": b"\x80\x02\x87.",
    "no mark": b"\x80\x02Nt.",
    "absent memo": b"\x80\x02h\x05.",
    "list as a key": b"\x80\x02}]Ns.",
    "items of a list": b"\x80\x02]NNs.",
    "odd items": b"\x80\x02}(Nu.",
    "append to a dict": b"\x80\x02}(Ne.",
    "call of a number": b"\x80\x02K\x01)R.",
    "state of a dict": b"\x80\x02}Nb.",
    "bare name": b"\x80\x02cnumpy\nndarray\n.",
    "array without contents": b"\x80\x02" + RECONSTRUCT + b".",
    "wrong number of bytes": b"\x80\x02" + RECONSTRUCT + b"(K\x01K\x05\x85" + BYTES + b"\x89U\x01atb.",
    "negative shape": b"\x80\x02" + RECONSTRUCT + b"(K\x01J\xff\xff\xff\xff\x85" + BYTES + b"\x89U\x01atb.",
    "short state": b"\x80\x02" + RECONSTRUCT + b"K\x01\x85b.",
    "state that is no tuple": b"\x80\x02" + RECONSTRUCT + b"K\x01b.",
    "more bytes announced than there are": b"\x80\x02T" + struct.pack("<I", 2**31 - 1) + b"abc.",
    "2**60 bytes announced": b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"abc.",
    "absurd memo slot": b"\x80\x02Nr" + struct.pack("<I", 2**32 - 1) + b"j" + struct.pack("<I", 7) + b".",
    "persistent id": b"\x80\x02Nq.",
    "extension": b"\x80\x02\x82\x01.",
    "object": b"\x80\x02(cos\nsystem\nU\x02lso.",
    "instance": b"(U\x02lsios\nsystem\n.",
    "unknown opcode": b"\x80\x02\xff.",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name):
    tracemalloc.start()
    with pytest.raises(ValueError, match="this pickle is not read"):
        read_pickle(MALFORMED[name])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_every_flipped_byte_is_harmless(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images, labels = make_images(2, 3, 1, 1)
    for data in (python2_batch(images, labels), python3_batch(images, labels)):
        for at in range(len(data)):
            for flip in (0x01, 0x20, 0x80, 0xFF):
                damaged = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
                try:
                    read_pickle(damaged)
                except ValueError:
                    continue
    assert not os.listdir(tmp_path)


def test_a_dict_that_holds_itself():
    value = {}
    value["self"] = value
    assert isinstance(read_pickle(pickle.dumps(value, 2))["self"], dict)


def test_the_reader_knows_only_plain_opcodes():
    from nn.data import pickled

    known = {opcode.name for opcode in pickletools.opcodes}
    assert set(pickled._STEPS) <= known
    assert not {"INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "PERSID", "BINPERSID"} & set(pickled._STEPS)
