"""What the convolution methods share: copies of short runs, and blocks."""

from __future__ import annotations

import numpy as np
import pytest

from autograd.kernels.conv.layout import LEAST, blocks, copy, load
from tests.kernels.layouts import LAYOUTS


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.int64])
@pytest.mark.parametrize("shape", [(5,), (3, 1), (2, 3, 4), (4, 3, 7, 3), (2, 2, 5, 300), (0, 3, 4), (3, 4, 0)])
def test_copy_of_runs_in_any_layout(shape, dtype, layout):
    source = LAYOUTS[layout](np.random.default_rng(0).integers(-99, 99, shape).astype(dtype))
    for target in (np.empty(shape, dtype), np.empty(shape[::-1], dtype).T, np.empty((*shape, 2), dtype)[..., 0]):
        copy(source, target)
        np.testing.assert_array_equal(target, source)


def test_copy_of_overlapping_windows():
    held = np.arange(40.0)
    source = np.lib.stride_tricks.sliding_window_view(held, 5)[::2]
    target = np.empty(source.shape)
    copy(source, target)
    np.testing.assert_array_equal(target, source)


def test_copy_converts():
    target = np.empty((2, 3, 2), np.float64)
    copy(np.ones((2, 3, 2), np.float32), target)
    np.testing.assert_array_equal(target, 1)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("channels", [1, 3, 8])
def test_load_fills_with_zeros(channels, layout):
    x = LAYOUTS[layout](np.random.default_rng(0).standard_normal((2, channels, 5, 6))).transpose(0, 2, 3, 1)
    target = np.full((2, 9, 4, channels), np.nan)
    load(x, (-2, 3), target)
    expected = np.zeros(target.shape)
    expected[:, 2:7, :3] = x[:, :, 3:]
    np.testing.assert_array_equal(target, expected)


@pytest.mark.parametrize("images", [1, 2, 5, 17, 64])
@pytest.mark.parametrize("row", [1, 40, 500, 40000])
@pytest.mark.parametrize("target", [1000, 100_000, 400_000])
def test_blocks_cover_every_position_once(images, row, target):
    seen = np.zeros((images, 12), int)
    items = blocks(images, (12, 10), row, target)
    for block in items:
        seen[block.images, block.rows] += 1
    np.testing.assert_array_equal(seen, 1)
    if images % 2 == 0 and images * 120 * row >= LEAST:
        assert len(items) > 1


@pytest.mark.parametrize("per_image", [6000, 30000, 70000])
def test_blocks_of_whole_images_are_alike_and_even_in_number(per_image):
    items = blocks(64, (10, 10), per_image // 100, 400_000)
    sizes = [block.size for block in items]
    assert len(items) % 2 == 0
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) * per_image <= 400_000
