"""Pooling and unpooling beside PyTorch: values, indices, gradients of two orders, errors."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.parity.functional import compare, same_error

rng = np.random.default_rng(4)
r = rng.standard_normal

SIZE = {1: (9,), 2: (8, 7), 3: (5, 6, 5)}
WINDOWS = [
    {"kernel_size": k, "stride": s, "padding": p, "ceil_mode": c}
    for k, s, p, c in product((2, 3), (None, 1, 2, 3), (0, 1), (False, True))
]


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("how", WINDOWS, ids=str)
def test_windows(rank: int, how: dict[str, Any]) -> None:
    x = r((2, 2, *SIZE[rank]))
    compare(f"max_pool{rank}d", x, **how, return_indices=True)
    compare(f"max_pool{rank}d", x, **how, dilation=2)
    compare(f"avg_pool{rank}d", x, **how)
    compare(f"avg_pool{rank}d", x[0], **how, count_include_pad=False)
    if rank > 1:
        compare(f"avg_pool{rank}d", x, **how, divisor_override=5)
    if not how["padding"]:
        compare(f"lp_pool{rank}d", np.abs(x) + 0.1, 2.5, how["kernel_size"], how["stride"], how["ceil_mode"])


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("max_pool2d", (rng.integers(0, 3, (2, 3, 6, 6)).astype(float), 3, 1, 1, 1, False, True)),
        ("max_pool2d", (rng.integers(0, 9, (2, 3, 6, 6)), 2)),
        ("max_pool2d", (r((3, 6, 5)), (3, 2), (2, 1), (1, 0), (1, 2), True, True)),
        ("max_pool2d", (r((0, 3, 6, 5)), 2)),
        ("max_pool2d", (r((2, 3, 6, 5)).astype(np.float32), 2)),
        ("avg_pool2d", (r((0, 3, 6, 5)), 2)),
        ("avg_pool3d", (r((3, 4, 6, 5)), (2, 3, 2), (1, 2, 2), (1, 1, 0), False, False, 7)),
        ("lp_pool2d", (r((3, 6, 5)), 2, (2, 3))),
    ],
)
def test_forms(name: str, args: tuple[Any, ...]) -> None:
    compare(name, *args)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 0])
def test_adaptive(rank: int, size: int) -> None:
    x = r((2, 2, *SIZE[rank]))
    compare(f"adaptive_avg_pool{rank}d", x, size, orders=2 if size else 0)
    compare(f"adaptive_avg_pool{rank}d", x[0], (size,) * rank, orders=2 if size else 0)
    if size:
        compare(f"adaptive_max_pool{rank}d", x, size)
        compare(f"adaptive_max_pool{rank}d", x[0], size, return_indices=True)


def test_adaptive_leaves_axes_open() -> None:
    compare("adaptive_avg_pool2d", r((2, 3, 6, 5)), (None, 3))
    compare("adaptive_max_pool2d", r((2, 3, 6, 5)), (4, None))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, None, 0), (3, 2, 1), (2, 3, 0)])
def test_unpool(rank: int, kernel: int, stride: int | None, padding: int) -> None:
    import torch

    size = (7, 6, 5)[:rank]
    x = torch.tensor(r((2, 2, *size)))
    values, indices = getattr(torch.nn.functional, f"max_pool{rank}d")(x, kernel, stride, padding, return_indices=True)
    name = f"max_unpool{rank}d"
    compare(name, values.numpy(), indices.numpy(), kernel, stride, padding, size)
    compare(name, values[0].numpy(), indices[0].numpy(), kernel, stride, padding, (2, *size)[-rank:])


X = r((1, 1, 5, 5))
MISTAKES: list[tuple[Any, ...]] = [
    ("max_pool2d", (r((5, 5)), 2), {}, "non-empty 3D or 4D (batch mode) tensor expected for input"),
    ("max_pool3d", (r((5, 5, 5)), 2), {}, "non-empty 4D or 5D (batch mode) tensor expected for input"),
    ("max_pool1d", (r(5), 2), {}, ""),
    ("avg_pool1d", (r(5), 2), {}, ""),
    ("max_pool2d", (X, 0), {}, ""),
    ("max_pool2d", (X, 2, 0), {}, "stride should not be zero"),
    ("max_pool2d", (X, 2, 2, 2), {}),
    ("avg_pool2d", (X, 2, 2, 2), {}),
    ("max_pool2d", (X, 2, 2, -1), {}, "pad must be non-negative"),
    ("max_pool2d", (X, 2, 2, 0, 0), {}, "dilation should be greater than zero"),
    ("max_pool2d", (X[:, :, :1, :1].copy(), 2), {}, "Output size is too small"),
    ("max_pool3d", (r((1, 1, 1, 1, 1)), 2), {}, "Output size is too small"),
    ("max_pool1d", (r((1, 1, 1)), 2), {}, ""),
    ("max_pool2d", (X, (2, 2, 2)), {}, ""),
    ("max_pool2d", (X, "a"), {}, "argument 'kernel_size'"),
    ("max_pool2d", ([1], 2), {}),
    ("max_pool2d", (X.astype(bool), 2), {}, "not implemented for 'Bool'"),
    ("max_pool2d", (r((1, 0, 5, 5)), 2), {}),
    ("max_pool2d", (r((1, 1, 0, 5)), 2), {}),
    ("avg_pool2d", (X, 2), {"divisor_override": 0}),
    ("adaptive_avg_pool2d", (r((5, 5)), 2), {}, ""),
    ("adaptive_avg_pool2d", (X, (2, 2, 2)), {}),
    ("adaptive_avg_pool2d", (X, -1), {}),
    ("adaptive_avg_pool2d", (X.astype(int), 2), {}),
    ("adaptive_max_pool2d", (r((5, 5)), 2), {}, ""),
    ("adaptive_max_pool2d", (X.astype(int), 2), {}),
    ("max_unpool2d", (r((1, 1, 2, 2)), np.zeros((1, 1, 2, 2), np.float32), 2), {}),
    ("max_unpool2d", (r((1, 1, 2, 2)), np.zeros((1, 1, 2, 3), int), 2), {}),
    ("max_unpool2d", (r((2, 2)), np.zeros((2, 2), int), 2), {}, ""),
    ("max_unpool2d", (r((1, 1, 2, 2)), np.full((1, 1, 2, 2), 99), 2), {}),
    ("max_unpool2d", (r((1, 1, 2, 2)), np.full((1, 1, 2, 2), -1), 2), {}),
    ("max_unpool2d", (r((1, 1, 2, 2)), np.zeros((1, 1, 2, 2), int), 2, None, 0, (9, 9)), {}),
    ("max_unpool2d", (r((1, 1, 2, 2)), np.zeros((1, 1, 2, 2), int), 2, None, 0, (5, 5, 5)), {}),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=range(len(MISTAKES)))
def test_errors(mistake: tuple[Any, ...]) -> None:
    name, args, kwargs, *phrase = mistake
    same_error(name, *args, phrase=phrase[0] if phrase else None, **kwargs)
