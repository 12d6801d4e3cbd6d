"""States and tensors go to PyTorch and back."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import convert

torch = pytest.importorskip("torch")

DTYPES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_tensors_keep_values_and_dtypes(dtype: str, shape: tuple[int, ...]) -> None:
    theirs = torch.arange(int(np.prod(shape))).reshape(shape).to(getattr(torch, dtype))
    ours = convert.from_torch(theirs)
    assert ours.dtype is getattr(autograd, dtype)
    assert ours.shape == shape
    back = convert.to_torch(ours)
    assert back.dtype is theirs.dtype
    assert torch.equal(back, theirs)


def test_bfloat16_becomes_float32() -> None:
    ours = convert.from_torch(torch.tensor([1.5, -2.0], dtype=torch.bfloat16))
    assert ours.dtype is autograd.float32
    assert ours.tolist() == [1.5, -2.0]


def test_memory_is_not_shared_and_nothing_requires_grad() -> None:
    theirs = torch.ones(3, 2, requires_grad=True)
    ours = convert.from_torch(theirs.t())
    ours[0] = 7
    assert theirs.tolist() == [[1, 1]] * 3
    assert not ours.requires_grad
    weight = nn.Parameter(autograd.ones(2))
    back = convert.to_torch(weight)
    back[0] = 7
    assert weight.tolist() == [1, 1]
    assert not back.requires_grad


def test_nests_keep_their_form() -> None:
    nest = OrderedDict(a=[torch.ones(1), 2, None], b=(torch.zeros(1), {"c": "text", 3: 1.5}))
    ours = convert.from_torch(nest)
    assert isinstance(ours, OrderedDict)
    assert isinstance(ours["b"], tuple)
    assert ours["b"][1] == {"c": "text", 3: 1.5}
    assert isinstance(ours["a"][0], autograd.Tensor)
    assert convert.to_torch(ours)["a"][1:] == [2, None]


@pytest.mark.parametrize("function", [convert.from_torch, convert.to_torch])
def test_anything_else_is_refused(function: Any) -> None:
    with pytest.raises(TypeError, match="expected tensors, a module, a state or a nest of them, but got set"):
        function({"a": {1, 2}})


def network(lib: Any) -> Any:
    return lib.Sequential(lib.Conv2d(2, 4, 3), lib.BatchNorm2d(4), lib.ReLU(), lib.Flatten(), lib.Linear(36, 3))


def train(model: Any, optimizer: Any, x: Any, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("there_first", [True, False])
def test_training_goes_on_in_the_other_library(there_first: bool) -> None:
    """Two steps in one, two in the other, give the losses and logits of four in one."""
    torch.manual_seed(0)
    x = np.random.default_rng(0).standard_normal((5, 2, 5, 5))
    theirs, ours = network(torch.nn).double(), network(nn).double()
    ours.load_state_dict(convert.from_torch(theirs))
    alone = copy.deepcopy(theirs)
    expected = train(alone, torch.optim.Adam(alone.parameters(), 1e-2, amsgrad=True), torch.from_numpy(x), 4)
    their_optimizer = torch.optim.Adam(theirs.parameters(), 1e-2, amsgrad=True)
    our_optimizer = optim.Adam(ours.parameters(), 1e-2, amsgrad=True)
    if there_first:
        found = train(theirs, their_optimizer, torch.from_numpy(x), 2)
        ours.load_state_dict(convert.from_torch(theirs))
        our_optimizer.load_state_dict(convert.from_torch(their_optimizer.state_dict()))
        found += train(ours, our_optimizer, autograd.from_numpy(x), 2)
    else:
        found = train(ours, our_optimizer, autograd.from_numpy(x), 2)
        theirs.load_state_dict(convert.to_torch(ours))
        their_optimizer.load_state_dict(convert.to_torch(our_optimizer.state_dict()))
        found += train(theirs, their_optimizer, torch.from_numpy(x), 2)
        ours.load_state_dict(convert.from_torch(theirs.state_dict()))
    np.testing.assert_allclose(found, expected, 1e-9)
    logits = ours.eval()(autograd.from_numpy(x))
    np.testing.assert_allclose(logits.detach().numpy(), alone.eval()(torch.from_numpy(x)).detach().numpy(), 1e-8, 1e-9)
