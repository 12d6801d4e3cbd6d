"""Image transforms: values against independent references, batches against single images, seeds and errors."""

import cmath
import math

import numpy as np
import pytest

import autograd
from nn.data import transforms as T


def make_batch(count=5, channels=3, height=7, width=9, kind=np.float32, seed=0):
    images = np.random.default_rng(seed).random((count, channels, height, width))
    return (images * 255).astype(kind) if np.dtype(kind).kind == "u" else images.astype(kind)


FIXED = {
    "convert": T.ConvertImageDtype(np.float64),
    "normalize": T.Normalize([0.1, 0.2, 0.3], [1.0, 2.0, 3.0]),
    "pad": T.Pad((1, 2, 3, 4), fill=0.5),
    "center crop": T.CenterCrop((3, 4)),
    "flip": T.RandomHorizontalFlip(1.0),
    "vertical flip": T.RandomVerticalFlip(1.0),
    "rotation": T.RandomRotation((30, 30), "bilinear"),
    "nearest rotation": T.RandomRotation((30, 30)),
    "resize": T.Resize(5),
    "nearest resize": T.Resize((4, 11), "nearest"),
    "compose": T.Compose([T.CenterCrop(5), T.Pad(1)]),
}

RANDOM = {
    "crop": T.RandomCrop(5, padding=1),
    "flip": T.RandomHorizontalFlip(),
    "vertical flip": T.RandomVerticalFlip(),
    "rotation": T.RandomRotation(40),
    "erasing": T.RandomErasing(p=0.8),
    "noise erasing": T.RandomErasing(p=0.8, value="random"),
    "cutout": T.Cutout(3, n_holes=2),
}


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", FIXED)
def test_a_batch_is_its_images(name, kind):
    transform, batch = FIXED[name], make_batch(kind=kind)
    given = batch.copy()
    result = transform(batch)
    np.testing.assert_array_equal(batch, given)
    assert isinstance(result, np.ndarray)
    assert result.dtype == (np.float64 if name == "convert" else kind)
    for image, expected in zip(batch, result, strict=True):
        np.testing.assert_allclose(transform(image), expected, rtol=1e-6)
    if name != "normalize":
        np.testing.assert_allclose(transform(batch[0, 0]), result[0, 0], rtol=1e-6)
        np.testing.assert_allclose(transform(batch[:, :1]), result[:, :1], rtol=1e-6)


@pytest.mark.parametrize("name", FIXED)
def test_tensors_and_other_layouts(name):
    transform, batch = FIXED[name], make_batch()
    expected = transform(batch)
    result = transform(autograd.from_numpy(batch))
    assert isinstance(result, autograd.Tensor)
    np.testing.assert_array_equal(result.numpy(), expected)
    channels_last = np.ascontiguousarray(batch.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(transform(channels_last), expected, rtol=1e-6)
    assert transform(batch[:0]).shape == (0, *expected.shape[1:])


@pytest.mark.parametrize("name", RANDOM)
def test_random_transforms_follow_the_seed_and_spare_the_input(name):
    transform, batch = RANDOM[name], make_batch(count=12)
    given = batch.copy()
    results = []
    for seed in (1, 1, 2):
        autograd.manual_seed(seed)
        results.append(transform(batch))
    np.testing.assert_array_equal(results[0], results[1])
    assert (results[0] != results[2]).any()
    np.testing.assert_array_equal(batch, given)
    assert results[0].dtype == batch.dtype
    assert transform(batch[:0]).shape[0] == 0


def naive_to_tensor(image):
    return image.astype(np.float32) / 255


def test_to_tensor():
    grey = make_batch(kind=np.uint8)[0, 0]
    np.testing.assert_array_equal(T.ToTensor()(grey).numpy(), naive_to_tensor(grey)[None])
    image = make_batch(kind=np.uint8)[0]
    np.testing.assert_array_equal(T.ToTensor()(image).numpy(), naive_to_tensor(image))
    np.testing.assert_array_equal(T.ToTensor()(image.transpose(1, 2, 0)).numpy(), naive_to_tensor(image))
    batch = make_batch(kind=np.uint8)
    result = T.ToTensor()(batch)
    np.testing.assert_array_equal(result.numpy(), naive_to_tensor(batch))
    assert result.dtype == autograd.float32
    floats = make_batch(kind=np.float64)
    result = T.ToTensor()(floats)
    np.testing.assert_array_equal(result.numpy(), floats)
    result.numpy()[:] = 0
    assert floats.any()


def test_to_tensor_refuses():
    with pytest.raises(TypeError, match="pic should be PIL Image or ndarray"):
        T.ToTensor()([1, 2])
    with pytest.raises(ValueError, match=r"pic should be 2/3 dimensional\. Got 1 dimensions"):
        T.ToTensor()(np.zeros(3))
    with pytest.raises(ValueError, match=r"(?s)1 to 4 channels.*images\[:, None\]"):
        T.ToTensor()(np.zeros((60, 28, 28), np.uint8))


@pytest.mark.parametrize(
    ("given", "wanted", "value", "expected"),
    [
        ("uint8", "float32", 51, 0.2),
        ("uint8", "float64", 255, 1.0),
        ("int16", "float32", 32767, 1.0),
        ("float32", "uint8", 1.0, 255),
        ("float32", "uint8", 0.5, 127),
        ("float32", "uint8", 0.0, 0),
        ("float64", "int32", 1.0, 2**31 - 1),
        ("float32", "float64", 0.25, 0.25),
        ("uint8", "int16", 3, 3 * 128),
        ("int16", "uint8", 3 * 128 + 5, 3),
        ("uint8", "uint8", 7, 7),
    ],
)
def test_convert_image_dtype(given, wanted, value, expected):
    result = T.ConvertImageDtype(wanted)(np.full((2, 2), value, given))
    assert result.dtype == wanted
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_convert_image_dtype_takes_our_types_and_refuses_unsafe_ones():
    assert T.ConvertImageDtype(autograd.float64)(np.zeros((2, 2), np.uint8)).dtype == np.float64
    for given, wanted in (("float32", "int32"), ("float64", "int64")):
        with pytest.raises(RuntimeError, match=f"The cast from {given} to {wanted} cannot be performed safely"):
            T.ConvertImageDtype(wanted)(np.zeros((2, 2), given))


def test_normalize():
    batch = make_batch()
    result = T.Normalize([0.5, 0.4, 0.3], [0.1, 0.2, 0.3])(batch)
    for channel, (mean, std) in enumerate([(0.5, 0.1), (0.4, 0.2), (0.3, 0.3)]):
        np.testing.assert_allclose(result[:, channel], (batch[:, channel] - mean) / std, rtol=1e-5)
    T.Normalize(0.5, 2.0, inplace=True)(given := batch.copy())
    np.testing.assert_allclose(given, (batch - 0.5) / 2, rtol=1e-6)


def test_normalize_refuses():
    with pytest.raises(ValueError, match="std evaluated to zero"):
        T.Normalize([0.0], [0.0])
    with pytest.raises(ValueError, match="finite"):
        T.Normalize([math.nan], [1.0])
    with pytest.raises(TypeError, match=r"Input tensor should be a float tensor\. Got uint8"):
        T.Normalize([0.0], [1.0])(np.zeros((2, 2), np.uint8))
    with pytest.raises(ValueError, match="one value per channel"):
        T.Normalize([0.0] * 2, [1.0] * 2)(make_batch())


def test_compose_and_lambda():
    both = T.Compose([T.Lambda(lambda image: image + 1), T.Lambda(lambda image: image * 2)])
    assert both(3) == 8
    assert not both.batchwise
    assert T.Compose([T.ToTensor(), T.RandomCrop(3)]).batchwise
    assert not T.Compose([T.ToTensor(), abs]).batchwise
    with pytest.raises(TypeError, match="Argument lambd should be callable"):
        T.Lambda(3)
    with pytest.raises(NotImplementedError):
        T.Transform()(np.zeros((2, 2)))


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_pad(mode):
    image = np.arange(12.0).reshape(1, 3, 4)
    result = T.Pad((1, 2), padding_mode=mode)(image)
    assert result.shape == (1, 7, 6)
    np.testing.assert_array_equal(result[:, 2:-2, 1:-1], image)
    corner = {"constant": 0, "edge": image[0, 0, 0], "reflect": image[0, 2, 1], "symmetric": image[0, 1, 0]}[mode]
    assert result[0, 0, 0] == corner


def test_pad_sides_and_errors():
    assert T.Pad(2)(np.zeros((3, 4))).shape == (7, 8)
    assert T.Pad([1])(np.zeros((3, 4))).shape == (5, 6)
    result = T.Pad((1, 2, 3, 4), fill=9)(np.zeros((1, 1), np.uint8))
    assert result.shape == (7, 5)
    assert result[2, 1] == 0
    assert result.sum() == 9 * 34
    assert result.dtype == np.uint8
    with pytest.raises(ValueError, match="Padding must be an int or a 1, 2, or 4 element tuple, not a 3 element"):
        T.Pad((1, 2, 3))
    with pytest.raises(ValueError, match="Padding mode should be either"):
        T.Pad(1, padding_mode="wrap")


@pytest.mark.parametrize(("size", "crop"), [((6, 8), (2, 4)), ((7, 9), (4, 4)), ((7, 8), (7, 3)), ((5, 5), (2, 2))])
def test_center_crop(size, crop):
    image = np.arange(math.prod(size)).reshape(1, *size)
    top, left = round((size[0] - crop[0]) / 2), round((size[1] - crop[1]) / 2)
    expected = image[:, top : top + crop[0], left : left + crop[1]]
    np.testing.assert_array_equal(T.CenterCrop(crop)(image), expected)


def test_center_crop_pads_small_images():
    result = T.CenterCrop((4, 2))(np.ones((1, 1, 3)))
    assert result.shape == (1, 4, 2)
    np.testing.assert_array_equal(result[0], [[0, 0], [1, 1], [0, 0], [0, 0]])


def test_random_crop_takes_windows_everywhere():
    batch = np.arange(6 * 7).reshape(1, 1, 6, 7).repeat(3000, axis=0)
    crops = T.RandomCrop((4, 5))(batch)
    first = crops[:, 0, 0, 0]
    top, left = first // 7, first % 7
    np.testing.assert_array_equal(crops, first[:, None, None, None] + (np.arange(4)[:, None] * 7 + np.arange(5)))
    counts = np.zeros((3, 3))
    np.add.at(counts, (top, left), 1)
    np.testing.assert_allclose(counts / 3000, 1 / 9, atol=0.03)


def test_random_crop_padding():
    image = np.ones((2, 4, 4), np.float32)
    assert T.RandomCrop(6, padding=1, fill=5)(image).sum() == 2 * (16 + 5 * 20)
    assert T.RandomCrop((4, 9), pad_if_needed=True)(image).shape == (2, 4, 9)
    assert (T.RandomCrop(6, padding=2, padding_mode="edge")(image) == 1).all()
    with pytest.raises(ValueError, match=r"Required crop size \(5, 5\) is larger than input image size \(4, 4\)"):
        T.RandomCrop(5)(image)
    for size in (0, (1, 2, 3), (3, -1), 2.5):
        with pytest.raises((ValueError, TypeError)):
            T.RandomCrop(size)


@pytest.mark.parametrize(("kind", "axis"), [(T.RandomHorizontalFlip, 3), (T.RandomVerticalFlip, 2)])
def test_flips(kind, axis):
    batch = make_batch(count=2000, height=2, width=3)
    np.testing.assert_array_equal(kind(1.0)(batch), np.flip(batch, axis))
    np.testing.assert_array_equal(kind(0.0)(batch), batch)
    result = kind(0.3)(batch)
    flipped = (result == np.flip(batch, axis)).all(axis=(1, 2, 3))
    kept = (result == batch).all(axis=(1, 2, 3))
    assert (flipped ^ kept).all()
    assert flipped.mean() == pytest.approx(0.3, abs=0.04)
    with pytest.raises(ValueError, match="between 0 and 1"):
        kind(1.5)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_rotation_by_right_angles(interpolation, quarters):
    image = make_batch(height=6, width=6)[0]
    result = T.RandomRotation((90 * quarters,) * 2, interpolation)(image)
    np.testing.assert_allclose(result, np.rot90(image, quarters, axes=(1, 2)), atol=1e-5)


@pytest.mark.parametrize("interpolation", [T.InterpolationMode.NEAREST, T.InterpolationMode.BILINEAR])
@pytest.mark.parametrize("center", [None, (2.0, 5.5)])
@pytest.mark.parametrize("angle", [17.0, -63.0, 140.0])
def test_rotation_against_scipy(interpolation, center, angle):
    """Coordinates by complex numbers, values by SciPy: nothing in common with the code under test."""
    from scipy.ndimage import map_coordinates

    image = make_batch(channels=1, height=8, width=11, kind=np.float64)[0]
    middle = complex(11 / 2, 8 / 2) if center is None else complex(*center)
    turn = cmath.exp(1j * math.radians(angle))
    coordinates = np.empty((2, 8, 11))
    for row, column in np.ndindex(8, 11):
        source = middle + (complex(column + 0.5, row + 0.5) - middle) * turn - (0.5 + 0.5j)
        coordinates[:, row, column] = source.imag, source.real
    if interpolation == "nearest":
        coordinates = np.rint(coordinates)
    expected = map_coordinates(image[0], coordinates, order=1, mode="grid-constant", cval=0.7)
    result = T.RandomRotation((angle, angle), interpolation, center=center, fill=0.7)(image)
    np.testing.assert_allclose(result[0], expected, atol=1e-12)


def test_rotation_draws_angles_for_each_image_and_keeps_integers():
    batch = make_batch(count=1, kind=np.uint8).repeat(8, axis=0)
    result = T.RandomRotation(90, "bilinear")(batch)
    assert result.dtype == np.uint8
    assert len({image.tobytes() for image in result}) == 8
    with pytest.raises(ValueError, match="it must be positive"):
        T.RandomRotation(-5)
    with pytest.raises(ValueError, match="length 2"):
        T.RandomRotation((1, 2, 3))
    with pytest.raises(ValueError, match="not a valid InterpolationMode"):
        T.RandomRotation(5, "cubic")


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("size", [(3, 4), (14, 18), (7, 9), (20, 2), (1, 1)])
def test_resize_as_pytorch(size, antialias):
    torch = pytest.importorskip("torch")
    batch = make_batch(kind=np.float64)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(batch), size, mode="bilinear", align_corners=False, antialias=antialias
    )
    np.testing.assert_allclose(T.Resize(size, antialias=antialias)(batch), expected.numpy(), atol=1e-12)
    nearest = torch.nn.functional.interpolate(torch.from_numpy(batch), size, mode="nearest")
    np.testing.assert_array_equal(T.Resize(size, "nearest")(batch), nearest.numpy())


@pytest.mark.parametrize(
    ("size", "max_size", "shape", "expected"),
    [
        (5, None, (10, 20), (5, 10)),
        (5, None, (20, 10), (10, 5)),
        ([5], None, (8, 8), (5, 5)),
        (5, 8, (10, 20), (4, 8)),
        (5, None, (7, 10), (5, 7)),
    ],
)
def test_resize_to_the_smaller_side(size, max_size, shape, expected):
    assert T.Resize(size, max_size=max_size)(np.zeros(shape)).shape == expected


def test_resize_of_integers_and_errors():
    result = T.Resize((2, 2))(np.full((1, 5, 5), 200, np.uint8))
    assert result.dtype == np.uint8
    assert (result == 200).all()
    with pytest.raises(ValueError, match="must be strictly greater"):
        T.Resize(5, max_size=5)
    with pytest.raises(ValueError, match="max_size"):
        T.Resize((5, 5), max_size=7)


def is_rectangle(mask):
    rows, columns = mask.any(axis=1), mask.any(axis=0)
    return (mask == (rows[:, None] & columns)).all() and not np.diff(np.flatnonzero(rows)).max(initial=1) > 1


def test_random_erasing():
    batch = np.ones((600, 2, 20, 16), np.float32)
    result = T.RandomErasing(p=0.5, scale=(0.1, 0.3), ratio=(0.5, 2.0), value=[7, 8])(batch)
    masks = result[:, 0] == 7
    np.testing.assert_array_equal(masks, result[:, 1] == 8)
    assert (result[:, 0][~masks] == 1).all()
    erased = masks.any(axis=(1, 2))
    assert erased.mean() == pytest.approx(0.5, abs=0.07)
    assert all(is_rectangle(mask) for mask in masks)
    area = masks[erased].sum(axis=(1, 2)) / 320
    assert area.min() > 0.06
    assert area.max() < 0.36
    assert area.mean() == pytest.approx(0.2, abs=0.02)
    assert masks.any(axis=0).all()


def test_random_erasing_values_and_errors():
    image = np.ones((1, 30, 30))
    noise = T.RandomErasing(1.0, scale=(0.3, 0.3), value="random")(image)
    changed = noise[noise != 1]
    assert changed.std() == pytest.approx(1, abs=0.3)
    T.RandomErasing(1.0, inplace=True)(image)
    assert (image == 0).any()
    with pytest.raises(ValueError, match="it should be 'random'"):
        T.RandomErasing(value="noise")
    with pytest.raises(ValueError, match="single value or 1"):
        T.RandomErasing(1.0, value=[1, 2])(image)
    with pytest.raises(ValueError, match="Scale should be between 0 and 1"):
        T.RandomErasing(scale=(0.5, 0.1))
    with pytest.raises(ValueError, match="Ratio should be positive"):
        T.RandomErasing(ratio=(0, 1))


def test_cutout():
    batch = np.ones((400, 2, 9, 9), np.float32)
    result = T.Cutout(4)(batch)
    masks = result[:, 0] == 0
    np.testing.assert_array_equal(masks, result[:, 1] == 0)
    assert all(is_rectangle(mask) for mask in masks)
    sizes = masks.sum(axis=(1, 2))
    assert sizes.max() == 16
    assert sizes.min() == 4
    assert masks.any(axis=0).all()
    for bad in ((0,), (3, 0)):
        with pytest.raises(ValueError, match="should be positive"):
            T.Cutout(*bad)
