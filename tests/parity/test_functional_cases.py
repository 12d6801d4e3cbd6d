"""The cases of the reference suite that are functions of networks, beside PyTorch: values, gradients of two orders."""

from __future__ import annotations

import pytest

import nn.functional
from autograd.ops import (
    attention,
    distance,
    fold,
    grid,
    interpolate,
    lookup,
    loss,
    loss_binary,
    loss_class,
    loss_margin,
    norm,
    norm_batch,
    norm_local,
    padding,
    pool,
    pool_adaptive,
    pool_power,
    products,
    unpool,
    vision,
)
from tests.parity.functional import compare, torch
from tests.reference_cases import Case, cases

# Positions and names of the floating-point arguments that PyTorch does not differentiate by.
CONSTANT: dict[str, tuple[int | str, ...]] = {
    "batch_norm": (1, 2),
    "instance_norm": (1, 2, "running_mean", "running_var"),
    "cross_entropy": (2,),
    "nll_loss": (2,),
    "multi_margin_loss": (4,),
    "binary_cross_entropy": (2,),
    "binary_cross_entropy_with_logits": (2, "pos_weight"),
    "soft_margin_loss": (1,),
}

# How many derivatives are compared where it is not two: PyTorch has no second one of these functions; the cases after
# them lie at kinks, where PyTorch's second derivative is infinite, NaN, or an error.
ORDERS = {
    "multi_margin_loss": 1,
    "multilabel_margin_loss": 1,
    "pixel_shuffle(0x4x5x6, 2)": 0,
    "embedding(0x2, 5x3)": 0,
    "cross_entropy(4x5, 4)": 1,
    "binary_cross_entropy(4, 4)": 1,
    "normalize(2x3, eps=0.1)": 1,
}

FAMILIES = (attention, distance, fold, grid, interpolate, lookup, loss, loss_binary, loss_class, loss_margin)
FAMILIES += (norm, norm_batch, norm_local, padding, pool, pool_adaptive, pool_power, products, unpool, vision)


def shared(case: Case) -> bool:
    function = getattr(nn.functional, case.name, None)
    return function is not None and function.__module__ in OURS and hasattr(torch.nn.functional, case.name)


OURS = {family.__name__ for family in FAMILIES}
FUNCTIONS = [c for c in cases() if shared(c)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", FUNCTIONS, ids=str)
def test_case(case: Case) -> None:
    given = dict(enumerate(case.args)) | case.kwargs
    fixed = tuple(given[k] for k in CONSTANT.get(case.name, ()) if k in given)
    orders = ORDERS.get(str(case), ORDERS.get(case.name, 2))
    compare(case.name, *case.args, fixed=fixed, orders=orders, **case.kwargs)


def test_every_family_has_cases() -> None:
    assert len(FUNCTIONS) > 500
