"""Writers of data files for the tests: idx, npz, CIFAR, written by hand so that they can be damaged by hand."""

import gzip
import io
import pickle
import struct
import tarfile

import numpy as np

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx_bytes(array):
    header = struct.pack(f">HBB{array.ndim}I", 0, CODES[str(array.dtype)], array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_idx(path, array):
    data = idx_bytes(array)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def make_images(count, *size, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, *size), np.uint8), rng.integers(0, 10, count, np.uint8)


def write_mnist(folder, counts=(6, 4), size=5, suffix=""):
    folder.mkdir(parents=True, exist_ok=True)
    arrays = []
    for prefix, count, seed in zip(("train", "t10k"), counts, (0, 1), strict=True):
        images, labels = make_images(count, size, size, seed=seed)
        write_idx(folder / f"{prefix}-images-idx3-ubyte{suffix}", images)
        write_idx(folder / f"{prefix}-labels-idx1-ubyte{suffix}", labels)
        arrays += [images, labels]
    return arrays


def cifar_records(images, *labels):
    columns = [label[:, None] for label in labels]
    return np.concatenate([*columns, images.reshape(len(images), -1)], axis=1).astype(np.uint8).tobytes()


def _short_string(text):
    return b"U" + bytes([len(text)]) + text


def python2_batch(images, labels, key=b"labels"):
    """Pickle a batch as Python 2 did it for CIFAR: protocol 2, strings as bytes, arrays by _reconstruct."""
    rows = images.reshape(len(images), -1)
    kind = b"cnumpy\ndtype\n(" + _short_string(b"u1") + b"K\x00K\x01tR(K\x03" + _short_string(b"|")
    kind += b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\nq\x01(cnumpy\nndarray\n(K\x00t" + _short_string(b"b") + b"tR"
    shape = b"J" + struct.pack("<i", rows.shape[0]) + b"J" + struct.pack("<i", rows.shape[1]) + b"\x86"
    array += b"(K\x01" + shape + kind + b"\x89T" + struct.pack("<I", rows.size) + rows.tobytes() + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(" + _short_string(key) + numbers + _short_string(b"data") + array + b"u."


def python3_batch(images, labels, key="labels", protocol=4):
    return pickle.dumps({key: [int(n) for n in labels], "data": images.reshape(len(images), -1)}, protocol)


def write_tar(path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path
