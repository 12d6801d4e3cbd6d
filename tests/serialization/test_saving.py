"""Saving and loading, and files that are not to be believed."""

from __future__ import annotations

import io
import json
import math
import os
import struct
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd.serialization import read_metadata, replacing

FORMATS = [".npz", ".safetensors"]
DTYPES = ["float64", "float32", "float16", "complex64", "int64", "int32", "int16", "int8", "uint8", "bool"]


def state() -> dict[str, Any]:
    tensors = {name: autograd.tensor(np.arange(6).reshape(2, 3).astype(name)) for name in DTYPES}
    return {
        **tensors,
        "a.b.weight": autograd.tensor(np.arange(12.0).reshape(3, 4).T),
        "empty": autograd.zeros(0, 3),
        "scalar": autograd.tensor(2.5),
    }


def same(a: Any, b: Any) -> bool:
    if isinstance(a, autograd.Tensor):
        return bool(a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a.numpy(), b.numpy(), equal_nan=True))
    if isinstance(a, dict):
        return type(b) is dict and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or (a != a and b != b))


@pytest.mark.parametrize("suffix", FORMATS)
class TestRoundTrip:
    def test_state(self, suffix: str, tmp_path: Path) -> None:
        path = tmp_path / f"w{suffix}"
        autograd.save(state(), path, metadata={"made by": "a test"})
        assert same(autograd.load(path), state())
        assert read_metadata(path) == {"made by": "a test"}

    def test_nest(self, suffix: str, tmp_path: Path) -> None:
        nest = {
            "model": state(),
            "optimizer": {"state": {0: {"step": autograd.tensor(3.0)}, 1: {}}, "betas": (0.9, 0.999)},
            "list": [1, 2.5, None, True, "text", [], (), math.inf, 1e-320, 0.1 + 0.2],
            "nan": float("nan"),
            "": {"a.b": autograd.ones(1)},
        }
        path = tmp_path / f"w{suffix}"
        autograd.save(nest, path)
        assert same(autograd.load(path), nest)
        assert read_metadata(path) == {}

    def test_a_tensor_by_itself(self, suffix: str, tmp_path: Path) -> None:
        autograd.save(autograd.arange(3), tmp_path / f"w{suffix}")
        assert autograd.load(tmp_path / f"w{suffix}").tolist() == [0, 1, 2]

    def test_paths_that_collide(self, suffix: str, tmp_path: Path) -> None:
        nest = {"a": {"b": autograd.zeros(1)}, "a.b": autograd.ones(1), "list": [autograd.ones(2)]}
        autograd.save(nest, tmp_path / f"w{suffix}")
        assert same(autograd.load(tmp_path / f"w{suffix}"), nest)

    def test_the_same_contents_give_the_same_bytes(self, suffix: str, tmp_path: Path) -> None:
        for name in "ab":
            autograd.save({"model": state()}, tmp_path / f"{name}{suffix}")
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()

    def test_what_cannot_be_saved_leaves_nothing(self, suffix: str, tmp_path: Path) -> None:
        for thing in ({"f": print}, {"d": {1.5: 2}}, [object()]):
            with pytest.raises(TypeError, match="cannot save"):
                autograd.save(thing, tmp_path / f"w{suffix}")
        assert list(tmp_path.iterdir()) == []

    def test_missing_file(self, suffix: str, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            autograd.load(tmp_path / f"none{suffix}")

    def test_every_truncation_is_noticed(self, suffix: str, tmp_path: Path) -> None:
        path = tmp_path / f"w{suffix}"
        autograd.save({"model": state()}, path)
        whole = path.read_bytes()
        for length in range(0, len(whole), 17):
            path.write_bytes(whole[:length])
            with pytest.raises(RuntimeError, match="file cannot be loaded"):
                autograd.load(path)

    def test_any_flipped_byte_raises_nothing_but_a_runtime_error(self, suffix: str, tmp_path: Path) -> None:
        path, rng = tmp_path / f"w{suffix}", np.random.default_rng(0)
        autograd.save({"model": state()}, path)
        whole = path.read_bytes()
        for place in rng.choice(len(whole), 300, replace=False):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(damaged)
            with suppress(RuntimeError):
                autograd.load(path)


def test_numpy_reads_a_state(tmp_path: Path) -> None:
    autograd.save(state(), tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz", allow_pickle=False) as archive:
        assert set(archive.files) == set(state())
        np.testing.assert_array_equal(archive["a.b.weight"], state()["a.b.weight"].numpy())


def test_an_archive_of_numpy_is_read(tmp_path: Path) -> None:
    for pack in (np.savez, np.savez_compressed):
        pack(tmp_path / "w.npz", a=np.eye(50), b=np.asfortranarray(np.ones((2, 3), np.float32)))
        loaded = autograd.load(tmp_path / "w.npz")
        assert loaded["a"].sum().item() == 50
        assert loaded["b"].shape == (2, 3)


def test_safetensors_own_library_agrees(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    autograd.save(state(), tmp_path / "w.safetensors", metadata={"a": "b"})
    found = library.load_file(tmp_path / "w.safetensors")
    assert all(np.array_equal(found[name], tensor.numpy()) for name, tensor in state().items())
    theirs = {name: tensor.numpy().copy(order="C") for name, tensor in state().items()}
    library.save_file(theirs, tmp_path / "x.safetensors")
    assert same(dict(sorted(autograd.load(tmp_path / "x.safetensors").items())), dict(sorted(state().items())))


class TestHostileFiles:
    def test_objects_are_refused(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "w.npz", a=np.array([{"a": 1}], dtype=object))
        with pytest.raises(RuntimeError, match="only numbers are loaded"):
            autograd.load(tmp_path / "w.npz")

    def test_nothing_is_unpickled_whatever_is_allowed(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "w.npz", a=np.array([{}], dtype=object))
        with pytest.raises(RuntimeError, match="only numbers are loaded"):
            autograd.load(tmp_path / "w.npz", weights_only=False)

    def test_an_absurd_npy_header_costs_no_memory(self, tmp_path: Path) -> None:
        header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }".ljust(117) + "\n"
        member = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
        with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
            archive.writestr("a.npy", member)
        tracemalloc.start()
        with pytest.raises(RuntimeError, match="wrong sizes"):
            autograd.load(tmp_path / "w.npz")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1 << 22

    @pytest.mark.parametrize(
        "header",
        [
            {"a": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}},
            {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
            {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}},
            {"a": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}},
            {"a": {"dtype": "X9", "shape": [1], "data_offsets": [0, 4]}},
            {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
            {"a": [1, 2]},
            {"__metadata__": {"a": 1}},
            [1],
        ],
    )
    def test_absurd_safetensors_headers(self, header: Any, tmp_path: Path) -> None:
        text = json.dumps(header).encode()
        (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * 4)
        with pytest.raises(RuntimeError, match="file cannot be loaded"):
            autograd.load(tmp_path / "w.safetensors")

    @pytest.mark.parametrize("length", [1 << 62, 1 << 20])
    def test_a_header_longer_than_the_file(self, length: int, tmp_path: Path) -> None:
        (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", length) + b"{}")
        with pytest.raises(RuntimeError, match="absurd header"):
            autograd.load(tmp_path / "w.safetensors")

    def test_a_name_that_occurs_twice(self, tmp_path: Path) -> None:
        entry = '"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'
        text = f"{{{entry},{entry}}}".encode()
        (tmp_path / "w.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"\0")
        with pytest.raises(RuntimeError, match="occurs twice"):
            autograd.load(tmp_path / "w.safetensors")

    @pytest.mark.parametrize("name", ["w.pt", "w.pth", "w"])
    def test_other_names_hold_npz_archives(self, name: str, tmp_path: Path) -> None:
        state = {"w": autograd.ones(2), "epoch": 3}
        autograd.save(state, tmp_path / name)
        assert autograd.load(tmp_path / name, weights_only=False)["epoch"] == 3

    def test_binary_files(self) -> None:
        buffer = io.BytesIO()
        autograd.save([autograd.ones(2), "text"], buffer)
        buffer.seek(0)
        tensor, text = autograd.load(buffer)
        assert tensor.tolist() == [1, 1]
        assert text == "text"

    def test_contents_that_are_no_archive(self, tmp_path: Path) -> None:
        (tmp_path / "w.pt").write_bytes(b"text")
        with pytest.raises(ValueError, match="unknown file format"):
            autograd.load(tmp_path / "w.pt")

    def test_a_pickle_of_pytorch(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "w.pt", "w") as archive:
            archive.writestr("archive/data.pkl", b"")
        with pytest.raises(ValueError, match="pickle of PyTorch"):
            autograd.load(tmp_path / "w.pt")


class TestReplacing:
    def test_a_failure_leaves_the_file_as_it_was(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"before")

        def write_half() -> None:
            with replacing(path) as file:
                file.write(b"half")
                raise RuntimeError("full disk")

        with pytest.raises(RuntimeError, match="full disk"):
            write_half()
        assert [p.name for p in tmp_path.iterdir()] == ["a"]
        assert path.read_bytes() == b"before"

    @pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
    def test_permissions(self, tmp_path: Path) -> None:
        (tmp_path / "plain").write_bytes(b"")
        (tmp_path / "private").write_bytes(b"")
        (tmp_path / "private").chmod(0o600)
        for name in ("new", "private"):
            with replacing(tmp_path / name) as file:
                file.write(b"x")
        mode = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        assert mode["new"] == mode["plain"]
        assert mode["private"] == 0o600
