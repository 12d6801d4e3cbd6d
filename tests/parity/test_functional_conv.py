"""Convolutions and their transposes beside PyTorch: values, gradients of two orders, errors."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.parity.functional import compare, same_error

rng = np.random.default_rng(3)
r = rng.standard_normal

SIZE = {1: (9,), 2: (8, 7), 3: (5, 6, 5)}
KERNEL = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}
SETTINGS = [
    {"stride": s, "padding": p, "dilation": d, "groups": g}
    for s, p, d, g in product((1, 2), (0, 1, "same", "valid"), (1, 2), (1, 2))
    if not (p == "same" and s != 1)
]


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("how", SETTINGS, ids=str)
def test_convolution(rank: int, how: dict[str, Any]) -> None:
    w = r((4, 4 // how["groups"], *KERNEL[rank]))
    compare(f"conv{rank}d", r((2, 4, *SIZE[rank])), w, r(4), **how)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    ("stride", "padding", "output_padding", "groups", "dilation"),
    [
        (1, 0, 0, 1, 1),
        (2, 1, 0, 1, 1),
        (2, 1, 1, 2, 1),
        (3, 0, 2, 1, 2),
        (1, 2, 1, 2, 2),
    ],
)
def test_transposed_convolution(
    rank: int, stride: int, padding: int, output_padding: int, groups: int, dilation: int
) -> None:
    size = {1: (5,), 2: (4, 3), 3: (3, 2, 3)}[rank]
    w = r((4, 3, *KERNEL[rank]))
    compare(
        f"conv_transpose{rank}d", r((2, 4, *size)), w, r(3 * groups), stride, padding, output_padding, groups, dilation
    )


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("conv2d", (r((2, 3, 6, 5)), r((4, 3, 2, 2)))),
        ("conv2d", (r((3, 6, 5)), r((4, 3, 2, 2)), r(4), [2, 1], [1, 0], [1, 2])),
        ("conv1d", (r((3, 6)), r((4, 3, 2)), r(4))),
        ("conv3d", (r((2, 4, 4, 4)), r((3, 2, 2, 2, 2)), None, 2)),
        ("conv2d", (r((2, 6, 5, 5)), r((6, 1, 3, 3)), r(6), 1, 1, 1, 6)),
        ("conv2d", (r((0, 3, 6, 5)), r((4, 3, 2, 2)), r(4))),
        ("conv_transpose2d", (r((3, 4, 5)), r((3, 2, 2, 2)), r(2), 2)),
        ("conv_transpose1d", (r((0, 3, 4)), r((3, 2, 2)))),
    ],
)
def test_forms(name: str, args: tuple[Any, ...]) -> None:
    compare(name, *args)


def test_float32_and_integers() -> None:
    x, w = r((2, 3, 8, 8)).astype(np.float32), r((4, 3, 3, 3)).astype(np.float32)
    compare("conv2d", x, w, padding=1, rtol=1e-4, atol=1e-4)
    compare("conv2d", rng.integers(-9, 9, (1, 2, 4, 4)), rng.integers(-9, 9, (3, 2, 2, 2)))


f, d = np.float32, np.float64
IMAGE, WEIGHT = r((1, 3, 5, 5)).astype(f), r((2, 3, 3, 3)).astype(f)
MISTAKES: list[tuple[Any, ...]] = [
    ("conv2d", (r((1, 4, 5, 5)).astype(f), WEIGHT), {}),
    ("conv2d", (r((4, 5, 5)).astype(f), WEIGHT), {}),
    ("conv2d", (r((5, 5)).astype(f), WEIGHT), {}),
    ("conv1d", (r(5), r((2, 3, 3))), {}),
    ("conv3d", (r((5, 5, 5)), r((2, 3, 3, 3, 3))), {}),
    (
        "conv2d",
        (IMAGE, r((2, 3, 3)).astype(f)),
        {},
        "expected stride to be a single integer value or a list of 1 values",
    ),
    ("conv2d", (IMAGE, WEIGHT, r(3).astype(f)), {}),
    ("conv2d", (IMAGE, WEIGHT, r((2, 1)).astype(f)), {}),
    ("conv2d", (IMAGE.astype(d), WEIGHT), {}),
    ("conv2d", (IMAGE, WEIGHT, r(2)), {}),
    ("conv2d", (IMAGE[:, :, :2, :2].copy(), WEIGHT), {}),
    ("conv2d", (IMAGE, WEIGHT), {"stride": 0}),
    ("conv2d", (IMAGE, WEIGHT), {"stride": -1}),
    ("conv2d", (IMAGE, WEIGHT), {"padding": -1}),
    ("conv2d", (IMAGE, WEIGHT), {"dilation": 0}, "dilation should be greater than zero"),
    ("conv2d", (IMAGE, WEIGHT), {"groups": 0}),
    ("conv2d", (r((1, 4, 5, 5)), r((3, 2, 3, 3))), {"groups": 2}),
    ("conv2d", (r((1, 4, 5, 5)), r((6, 1, 3, 3))), {"groups": 3}),
    ("conv2d", (IMAGE, WEIGHT), {"padding": "same", "stride": 2}),
    ("conv2d", (IMAGE, WEIGHT), {"padding": "foo"}),
    ("conv2d", (IMAGE, WEIGHT), {"padding": (1, 2, 3)}),
    ("conv2d", (IMAGE, WEIGHT), {"stride": 1.5}, ""),
    ("conv2d", (IMAGE.astype(bool), WEIGHT.astype(bool)), {}, "not implemented for 'Bool'"),
    ("conv2d", ([1.0], WEIGHT), {}, "conv2d() received an invalid combination of arguments - got (list, Tensor"),
    ("conv2d", (None, WEIGHT), {}, "conv2d() received an invalid combination of arguments - got (NoneType, Tensor"),
    ("conv2d", (IMAGE, r((0, 3, 3, 3)).astype(f)), {}),
    ("conv_transpose2d", (r((1, 4, 5, 5)), r((3, 2, 3, 3))), {}),
    ("conv_transpose2d", (r((5, 5)), r((3, 2, 3, 3))), {}),
    ("conv_transpose2d", (IMAGE, r((3, 2, 3, 3)).astype(f), r(3).astype(f)), {}),
    (
        "conv_transpose2d",
        (IMAGE, r((3, 2, 3, 3)).astype(f)),
        {"output_padding": 1},
        "output padding must be smaller than either stride or dilation",
    ),
    ("conv_transpose2d", (IMAGE, r((3, 2, 3, 3)).astype(f)), {"output_padding": -1}),
    ("conv_transpose2d", (r((1, 4, 5, 5)), r((4, 2, 3, 3))), {"groups": 3}),
    ("conv_transpose2d", (r((1, 4, 1, 1)), r((4, 2, 3, 3))), {"padding": 2}),
    ("conv_transpose2d", (r((1, 4, 1, 1)), r((4, 2, 3, 3))), {"padding": "same"}),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=range(len(MISTAKES)))
def test_errors(mistake: tuple[Any, ...]) -> None:
    name, args, kwargs, *phrase = mistake
    same_error(name, *args, phrase=phrase[0] if phrase else None, **kwargs)
