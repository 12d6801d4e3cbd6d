"""Image sets: reading, layout, checks, advice, and batches through the loader."""

import gzip
import hashlib
import io
import tarfile

import numpy as np
import pytest

import autograd
from nn.data import (
    CIFAR10,
    CIFAR100,
    MNIST,
    DataLoader,
    DatasetError,
    Digits,
    FashionMNIST,
    ImageFolder,
    Npz,
    load_images,
    transforms,
)
from nn.data.dataset import Columns, read_samples
from nn.data.datasets import idx
from tests.nn.data.files import (
    cifar_records,
    idx_bytes,
    make_images,
    python2_batch,
    python3_batch,
    write_idx,
    write_mnist,
    write_tar,
)


class TinyMNIST(MNIST):
    counts = {True: 6, False: 4}
    image_size = 5
    checksums = {}


class TinyFashion(FashionMNIST):
    counts = {True: 6, False: 4}
    image_size = 5
    checksums = {}


# The shipped digits


def test_digits():
    x_train, y_train, x_test, y_test = load_images("digits")
    assert (x_train.shape, x_test.shape) == ((3823, 8, 8), (1797, 8, 8))
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert x_train.max() == 16
    assert np.bincount(y_train).tolist() == [376, 389, 380, 389, 387, 376, 377, 387, 380, 382]
    assert np.bincount(y_test).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    train, test = Digits(), Digits(train=False)
    assert (len(train), len(test)) == (3823, 1797)
    np.testing.assert_allclose(train.data / 255, x_train / 16, atol=0.5 / 255)
    image, target = test[5]
    assert (image.shape, image.dtype) == ((1, 8, 8), np.uint8)
    assert type(target) is int
    assert target == y_test[5]
    assert train.class_to_idx["7"] == 7
    assert repr(train) == "Digits(3823 images of shape [1, 8, 8])"


def test_items_do_not_alias_the_data():
    digits = Digits()
    digits[0][0][:] = 7
    read_samples(digits, [0]).columns[0][:] = 7
    np.testing.assert_array_equal(digits.data[0], Digits().data[0])


def test_batches_equal_samples():
    normal = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.3], [0.4])])
    for options in ({}, {"transform": normal}, {"transform": transforms.Lambda(lambda image: image + 1)}):
        digits = Digits(**options)
        batch = read_samples(digits, [5, 900, 2])
        for (image, target), index in zip(batch, (5, 900, 2), strict=True):
            expected, label = digits[index]
            np.testing.assert_array_equal(np.asarray(image), np.asarray(expected))
            assert target == label
    assert isinstance(read_samples(Digits(transform=normal), [0]), Columns)
    assert not isinstance(read_samples(Digits(target_transform=str), [0]), Columns)


def test_loader_over_digits():
    loader = DataLoader(Digits(transform=transforms.ToTensor()), 100)
    images, targets = next(iter(loader))
    assert (images.shape, targets.shape) == ((100, 1, 8, 8), (100,))
    assert (images.dtype, targets.dtype) == (autograd.float32, autograd.int64)
    assert images.numpy().max() == 1.0
    assert len(loader) == 39


def test_transforms_of_image_and_target():
    digits = Digits(transform=lambda image: image.sum(), target_transform=lambda target: -target)
    image, target = digits[3]
    assert (image, target) == (Digits()[3][0].sum(), -Digits()[3][1])
    _, targets = next(iter(DataLoader(digits, 4)))
    assert (targets.numpy() <= 0).all()


# npz


def write_npz(path, **changes):
    x, y = make_images(6, 5, 4)
    arrays = {"x_train": x, "y_train": y, "x_test": x[:2], "y_test": y[:2]} | changes
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return arrays


def test_npz(tmp_path):
    path = tmp_path / "a.npz"
    arrays = write_npz(path, y_train=np.arange(6, dtype=np.int64))
    for found, name in zip(load_images(path), ("x_train", "y_train", "x_test", "y_test"), strict=True):
        np.testing.assert_array_equal(found, arrays[name])
        assert found.dtype == np.uint8
    assert load_images(str(path))[0].shape == (6, 5, 4)
    assert Npz(path, train=False)[1][0].shape == (1, 5, 4)
    assert len(Npz(path)) == 6


def test_npz_of_colour_images(tmp_path):
    x, _ = make_images(6, 3, 5, 4)
    write_npz(tmp_path / "a.npz", x_train=x, x_test=x[:2])
    assert load_images(tmp_path / "a.npz")[0].shape == (6, 3, 5, 4)
    assert Npz(tmp_path / "a.npz")[0][0].shape == (3, 5, 4)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"x_train": np.zeros((6, 5, 4), np.float32)}, "wrong dtype"),
        ({"x_train": np.zeros((6, 20), np.uint8)}, "wrong dtype"),
        ({"x_train": np.array([None] * 6)}, "only numbers"),
        ({"y_train": np.zeros(6, np.float32)}, "wrong dtype"),
        ({"y_train": np.zeros((6, 1), np.uint8)}, "wrong dtype"),
        ({"y_train": np.zeros(5, np.uint8)}, "sizes differ"),
        ({"y_train": np.full(6, 256)}, "wrong labels"),
        ({"y_train": np.full(6, -1)}, "wrong labels"),
        ({"x_test": np.zeros((2, 4, 4), np.uint8)}, "sizes differ"),
        ({"y_test": None}, "missing arrays"),
        ({"x_train": np.zeros((0, 5, 4), np.uint8), "y_train": np.zeros(0, np.uint8)}, "empty"),
    ],
)
def test_unfit_npz(tmp_path, changes, problem):
    write_npz(tmp_path / "a.npz", **changes)
    with pytest.raises(DatasetError, match=problem):
        load_images(tmp_path / "a.npz")


def test_load_images_of_nothing(tmp_path):
    with pytest.raises(DatasetError, match=r"(?s)Dataset not found.*digits.*npz.*idx"):
        load_images(tmp_path / "absent")
    with pytest.raises(DatasetError, match="missing file"):
        load_images(tmp_path)


def write_image_folders(root, image_module, channels, test_classes=("cat", "dog"), test_side=6):
    """Two images a class to train with, one to test with."""
    shape = (6, 6, 3) if channels == 3 else (6, 6)
    rng = np.random.default_rng(0)
    stored = {}
    for part, classes, count, side in (("train", ("cat", "dog"), 2, 6), ("test", test_classes, 1, test_side)):
        for name in classes:
            for number in range(count):
                path = root / part / name / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                image = rng.integers(0, 256, (side, side, *shape[2:]), dtype=np.uint8)
                image_module.fromarray(image).save(path)
                stored[part, name, number] = image
    return stored


@pytest.mark.parametrize("channels", [1, 3])
def test_folders_of_image_files(tmp_path, channels):
    stored = write_image_folders(tmp_path, pytest.importorskip("PIL.Image"), channels)
    x_train, y_train, x_test, y_test = load_images(tmp_path)
    assert x_train.shape == (4, channels, 6, 6)
    assert (y_train.tolist(), y_test.tolist()) == ([0, 0, 1, 1], [0, 1])
    expected = stored["test", "dog", 0]
    np.testing.assert_array_equal(x_test[1], expected.transpose(2, 0, 1) if channels == 3 else expected[None])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"test_classes": ("dog",)}, r"other classes[\s\S]*dog, those to train are cat, dog"),
        ({"test_side": 7}, "sizes differ"),
    ],
)
def test_unfit_folders_of_image_files(tmp_path, changes, problem):
    write_image_folders(tmp_path, pytest.importorskip("PIL.Image"), 1, **changes)
    with pytest.raises(DatasetError, match=problem):
        load_images(tmp_path)


def test_image_files_of_several_sizes(tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    write_image_folders(tmp_path, image_module, 1)
    image_module.fromarray(np.zeros((5, 6), np.uint8)).save(tmp_path / "train" / "dog" / "9.png")
    with pytest.raises(DatasetError, match=r"(?s)sizes differ.*9\.png.*give all images one size"):
        load_images(tmp_path)


def test_load_images_of_cifar(tmp_path, monkeypatch):
    images, labels, members = make_cifar10("python 3")
    store(tmp_path, members, False)
    monkeypatch.setattr(CIFAR10, "counts", {True: 10, False: 3})
    for place in (tmp_path, tmp_path / "cifar-10-batches-py"):
        x_train, y_train, x_test, _ = load_images(place)
        np.testing.assert_array_equal(x_train, images[:10])
        np.testing.assert_array_equal(x_test, images[10:])
        assert y_train.tolist() == labels[:10].tolist()


# idx


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("below", ["", "TinyMNIST/raw"])
def test_mnist(tmp_path, suffix, below):
    x_train, y_train, x_test, y_test = write_mnist(tmp_path / below, suffix=suffix)
    train, test = TinyMNIST(tmp_path), TinyMNIST(tmp_path, train=False)
    np.testing.assert_array_equal(train.data, x_train)
    np.testing.assert_array_equal(test.data, x_test)
    assert train.targets.tolist() == y_train.tolist()
    assert test[3][1] == y_test[3]
    assert train[0][0].shape == (1, 5, 5)
    for found, expected in zip(load_images(tmp_path / below), (x_train, y_train, x_test, y_test), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_idx_names_with_dots(tmp_path):
    arrays = write_mnist(tmp_path)
    for path in list(tmp_path.iterdir()):
        path.rename(tmp_path / path.name.replace("-idx", ".idx"))
    np.testing.assert_array_equal(load_images(tmp_path)[2], arrays[2])


@pytest.mark.parametrize("level", [1, 9])
def test_the_contents_are_verified_however_they_are_packed(tmp_path, level, monkeypatch):
    write_mnist(tmp_path)
    sums = {}
    for path in list(tmp_path.iterdir()):
        data = path.read_bytes()
        sums[path.name] = hashlib.md5(data).hexdigest()
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(data, level))
        path.unlink()
    monkeypatch.setattr(TinyMNIST, "checksums", sums)
    assert len(TinyMNIST(tmp_path)) == 6
    monkeypatch.setattr(TinyMNIST, "checksums", {**sums, "train-images-idx3-ubyte": "0" * 32})
    with pytest.raises(DatasetError, match="MD5 of the contents"):
        TinyMNIST(tmp_path)


def test_mnist_refusals(tmp_path):
    with pytest.raises(DatasetError, match=r"(?s)cannot be downloaded.*train-images-idx3-ubyte\.gz"):
        MNIST(tmp_path, download=True)
    with pytest.raises(DatasetError, match=r"(?s)Dataset not found.*put train-images"):
        MNIST(tmp_path)
    with pytest.raises(DatasetError, match="is no folder"):
        MNIST(tmp_path / "absent")
    write_mnist(tmp_path)
    with pytest.raises(DatasetError, match="wrong checksum"):
        MNIST(tmp_path)
    with pytest.raises(DatasetError, match=r"(?s)wrong sizes.*\[60000, 28, 28\]"):
        MNIST(tmp_path, verify=False)


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("train-labels-idx1-ubyte", None, "missing file"),
        ("train-labels-idx1-ubyte", idx_bytes(np.zeros(5, np.uint8)), "wrong sizes"),
        ("train-labels-idx1-ubyte", idx_bytes(np.full(6, 10, np.uint8)), "wrong labels"),
        ("train-labels-idx1-ubyte", idx_bytes(np.zeros(6, np.int32)), "wrong dtype"),
        ("train-images-idx3-ubyte", idx_bytes(np.zeros((6, 5, 5), np.uint8))[:-1], "truncated"),
        ("train-images-idx3-ubyte", idx_bytes(np.zeros((6, 25), np.uint8)), "wrong sizes"),
        ("train-images-idx3-ubyte", gzip.compress(b"PK"), "truncated"),
    ],
)
def test_damaged_mnist(tmp_path, name, data, problem):
    write_mnist(tmp_path)
    if data is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DatasetError, match=problem):
        TinyMNIST(tmp_path)
    assert len(TinyMNIST(tmp_path, train=False)) == 4


def test_load_images_checks_idx(tmp_path):
    write_mnist(tmp_path)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", np.zeros(3, np.uint8))
    with pytest.raises(DatasetError, match="sizes differ"):
        load_images(tmp_path)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", np.zeros((4, 1), np.uint8))
    with pytest.raises(DatasetError, match="wrong dtype"):
        load_images(tmp_path)


def test_fashion_mnist_where_debian_puts_it(tmp_path, monkeypatch):
    system = tmp_path / "system"
    arrays = write_mnist(system, suffix=".gz")
    monkeypatch.setattr(TinyFashion, "system_folder", system)
    np.testing.assert_array_equal(TinyFashion(tmp_path / "absent").data, arrays[0])
    np.testing.assert_array_equal(TinyFashion(tmp_path, train=False).data, arrays[2])
    write_mnist(tmp_path / "own", suffix=".gz")
    monkeypatch.setattr(TinyFashion, "checksums", FashionMNIST.checksums)
    with pytest.raises(DatasetError, match="wrong checksum"):
        TinyFashion(tmp_path / "own")
    assert len(TinyFashion(tmp_path / "own", verify=False)) == 6
    assert TinyFashion(tmp_path, verify=False).classes[9] == "Ankle boot"
    monkeypatch.setattr("nn.data.datasets.arrays.DEBIAN_FASHION_MNIST", system)
    np.testing.assert_array_equal(load_images("fashion-mnist")[0], arrays[0])


def test_fashion_mnist_advice(tmp_path, monkeypatch):
    monkeypatch.setattr(TinyFashion, "system_folder", tmp_path / "absent")
    with pytest.raises(DatasetError, match="dataset-fashion-mnist"):
        TinyFashion(tmp_path / "nothing")
    assert str(idx.DEBIAN_FASHION_MNIST) == "/usr/share/datasets/fashion-mnist"


# CIFAR


class TinyCIFAR10(CIFAR10):
    counts = {True: 10, False: 3}


class TinyCIFAR100(CIFAR100):
    counts = {True: 4, False: 3}


def make_cifar10(kind):
    images, labels = make_images(13, 3, 32, 32)
    parts = [slice(2 * i, 2 * i + 2) for i in range(5)] + [slice(10, 13)]
    if kind == "binary":
        folder, names = "cifar-10-batches-bin", [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
        files = [cifar_records(images[part], labels[part]) for part in parts]
    else:
        folder, names = "cifar-10-batches-py", [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
        pack = python2_batch if kind == "python 2" else python3_batch
        files = [pack(images[part], labels[part]) for part in parts]
    return images, labels, {f"{folder}/{name}": data for name, data in zip(names, files, strict=True)}


def store(root, members, archived):
    if archived:
        name = "cifar-10-binary.tar.gz" if "bin/" in next(iter(members)) else "cifar-10-python.tar.gz"
        return write_tar(root / name, members)
    for name, data in members.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data)
    return root


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("kind", ["binary", "python 2", "python 3"])
def test_cifar10(tmp_path, kind, archived):
    images, labels, members = make_cifar10(kind)
    store(tmp_path, members, archived)
    train, test = TinyCIFAR10(tmp_path, verify=False), TinyCIFAR10(tmp_path, train=False, verify=False)
    np.testing.assert_array_equal(train.data, images[:10])
    np.testing.assert_array_equal(test.data, images[10:])
    assert train.targets.tolist() == labels[:10].tolist()
    assert test[2][0].shape == (3, 32, 32)
    assert train.classes[test[2][1]] == CIFAR10.classes[labels[12]]
    (batch,) = DataLoader(train, 10)
    assert batch[0].shape == (10, 3, 32, 32)


def test_cifar100(tmp_path):
    images, fine = make_images(7, 3, 32, 32)
    fine = fine + 90
    coarse = fine // 5
    binary, pickled = tmp_path / "binary", tmp_path / "pickled"
    files = {"train": slice(4), "test": slice(4, 7)}
    binary.mkdir()
    pickled.mkdir()
    members = {
        f"cifar-100-binary/{name}.bin": cifar_records(images[part], coarse[part], fine[part])
        for name, part in files.items()
    }
    write_tar(binary / "cifar-100-binary.tar.gz", members)
    members = {
        f"cifar-100-python/{name}": python2_batch(images[part], fine[part], b"fine_labels")
        for name, part in files.items()
    }
    write_tar(pickled / "cifar-100-python.tar.gz", members)
    for root in (binary, pickled):
        train, test = TinyCIFAR100(root, verify=False), TinyCIFAR100(root, train=False, verify=False)
        np.testing.assert_array_equal(train.data, images[:4])
        assert test.targets.tolist() == fine[4:].tolist()
    assert len(CIFAR100.classes) == 100
    assert CIFAR100.classes[49] == "mountain"


def test_cifar_refusals(tmp_path):
    with pytest.raises(DatasetError, match=r"(?s)cannot be downloaded.*cifar-10-binary\.tar\.gz"):
        CIFAR10(tmp_path, download=True)
    with pytest.raises(DatasetError, match=r"(?s)Dataset not found.*www\.cs\.toronto\.edu"):
        CIFAR100(tmp_path)
    _, _, members = make_cifar10("binary")
    store(tmp_path, members, True)
    with pytest.raises(DatasetError, match="wrong checksum"):
        TinyCIFAR10(tmp_path)
    with pytest.raises(DatasetError, match=r"(?s)wrong sizes.*expected 50000"):
        CIFAR10(tmp_path, verify=False)


BATCH = make_images(2, 3, 32, 32)

DAMAGED_BATCHES = {
    "truncated records": ("binary", cifar_records(*BATCH)[:-1], "wrong size"),
    "no records": ("binary", b"", "wrong size"),
    "labels out of range": ("binary", cifar_records(BATCH[0], BATCH[1] + 10), "wrong labels"),
    "truncated pickle": ("python 2", python2_batch(*BATCH)[:-100], "cannot be read"),
    "a list": ("python 2", b"\x80\x02].", "wrong contents"),
    "no labels": ("python 2", python2_batch(*BATCH, key=b"other"), "wrong contents"),
    "negative labels": ("python 2", python3_batch(BATCH[0], -1 - BATCH[1].astype(int)), "wrong labels"),
    "small images": ("python 2", python3_batch(BATCH[0][:, :1], BATCH[1]), "wrong contents"),
    "fewer labels": ("python 2", python3_batch(BATCH[0], BATCH[1][:1]), "sizes differ"),
    "code": ("python 2", b"cos\nsystem\n(S'true'\ntR.", "cannot be read"),
}


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("name", DAMAGED_BATCHES)
def test_damaged_cifar(tmp_path, name, archived):
    kind, data, problem = DAMAGED_BATCHES[name]
    _, _, members = make_cifar10(kind)
    members[list(members)[2]] = data
    store(tmp_path, members, archived)
    with pytest.raises(DatasetError, match=problem):
        TinyCIFAR10(tmp_path, verify=False)


def test_damaged_cifar_archives(tmp_path):
    _, _, members = make_cifar10("binary")
    path = store(tmp_path, members, True)
    whole = path.read_bytes()
    for data in (whole[:-200], whole[:100], b"", b"no archive", gzip.compress(b"x" * 2000), gzip.compress(b"")):
        path.write_bytes(data)
        with pytest.raises(DatasetError):
            TinyCIFAR10(tmp_path, verify=False)
    members.pop("cifar-10-batches-bin/data_batch_3.bin")
    store(tmp_path, members, True)
    with pytest.raises(DatasetError, match=r"(?s)missing files.*data_batch_3\.bin"):
        TinyCIFAR10(tmp_path, verify=False)


def test_absurd_sizes_in_a_cifar_archive(tmp_path):
    stream = io.BytesIO()
    info = tarfile.TarInfo("cifar-10-batches-bin/data_batch_1.bin")
    info.size = 2**60
    stream.write(info.tobuf(tarfile.GNU_FORMAT))
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(gzip.compress(stream.getvalue() + bytes(2000)))
    with pytest.raises(DatasetError):
        TinyCIFAR10(tmp_path, verify=False)


# Folders of images


def make_folder(root):
    pillow = pytest.importorskip("PIL.Image")
    colours = {"cat/1.png": (255, 0, 0), "cat/deep/2.PNG": (0, 255, 0), "dog/0.bmp": (0, 0, 255)}
    for name, colour in colours.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        pillow.new("RGB", (4, 3), colour).save(root / name, format="BMP" if name.endswith("bmp") else "PNG")
    (root / "dog" / "notes.txt").write_text("no image")
    return root


def test_image_folder(tmp_path):
    folder = ImageFolder(make_folder(tmp_path))
    assert folder.classes == ["cat", "dog"]
    assert folder.class_to_idx == {"cat": 0, "dog": 1}
    assert folder.targets == [0, 0, 1]
    image, target = folder[0]
    assert (image.shape, image.dtype, target) == ((3, 3, 4), np.uint8, 0)
    assert image[:, 0, 0].tolist() == [255, 0, 0]
    (batch,) = DataLoader(ImageFolder(tmp_path, transform=transforms.ToTensor()), 3)
    assert batch[0].shape == (3, 3, 3, 4)
    assert batch[1].tolist() == [0, 0, 1]


def test_image_folder_of_grey_images(tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    (tmp_path / "a").mkdir()
    pillow.new("L", (2, 2), 9).save(tmp_path / "a" / "grey.png")
    assert ImageFolder(tmp_path)[0][0].tolist() == [[[9, 9], [9, 9]]] * 3


def test_image_folder_errors(tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        ImageFolder(tmp_path / "absent")
    with pytest.raises(DatasetError, match="Couldn't find any class folder in"):
        ImageFolder(tmp_path)
    make_folder(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="Found no valid file for the classes empty"):
        ImageFolder(tmp_path)
    folder = ImageFolder(tmp_path, allow_empty=True, is_valid_file=lambda path: path.endswith(".txt"))
    with pytest.raises(DatasetError, match="cannot be read as an image"):
        folder[0]
    whole = (tmp_path / "cat" / "1.png").read_bytes()
    (tmp_path / "cat" / "1.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatasetError, match="cannot be read as an image"):
        ImageFolder(tmp_path, allow_empty=True)[0]


def test_pil_images_through_transforms(tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    folder = ImageFolder(make_folder(tmp_path), loader=pillow.open, transform=transforms.ToTensor())
    assert folder[2][0].numpy()[:, 0, 0].tolist() == [0.0, 0.0, 1.0]
    assert transforms.CenterCrop(2)(pillow.new("L", (4, 4), 5)).tolist() == [[[5, 5], [5, 5]]]
