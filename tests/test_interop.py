"""NumPy, Python numbers, DLPack, copies and pickles."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import autograd
import nn


def test_numpy_shares_memory() -> None:
    x = autograd.zeros(3)
    x.numpy()[0] = 5
    assert x.tolist() == [5, 0, 0]
    array = np.zeros(2)
    autograd.from_numpy(array).add_(1)
    assert array.tolist() == [1, 1]


def test_numpy_of_what_requires_grad_is_refused_unless_forced() -> None:
    x = autograd.ones(2, requires_grad=True)
    for call in (lambda: x.numpy(), lambda: np.asarray(x), lambda: np.stack([x])):
        with pytest.raises(RuntimeError, match="Can't call numpy"):
            call()
    assert x.numpy(force=True).tolist() == [1, 1]


@pytest.mark.parametrize("ufunc", [np.exp, np.negative, np.abs, np.sqrt, np.tanh, np.arctan, np.rint])
def test_ufuncs_of_tensors_are_operations(ufunc: np.ufunc) -> None:
    x = autograd.tensor([0.25, 1.5], dtype=autograd.float64, requires_grad=True)
    y = ufunc(x)
    assert isinstance(y, autograd.Tensor)
    assert y.requires_grad
    np.testing.assert_allclose(y.detach().numpy(), ufunc(x.detach().numpy()))


def test_ufuncs_with_arrays_and_numbers() -> None:
    x = autograd.tensor([1.0, 2.0], requires_grad=True)
    for y in (np.multiply(np.float32([3, 4]), x), np.float32([3, 4]) * x, np.float32(3) * x, x * np.float32([3, 4])):
        assert isinstance(y, autograd.Tensor)
        assert y.requires_grad
        assert y.dtype is autograd.float32
    quotient, remainder = np.divmod(autograd.tensor([5.0]), 3)
    assert (quotient.item(), remainder.item()) == (1, 2)


def test_numpy_functions_take_tensors() -> None:
    x = autograd.arange(6.0).reshape(2, 3)
    assert np.asarray(x).dtype == np.float32
    assert np.stack([x, x]).shape == (2, 2, 3)
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        x.__array__(np.float64, copy=False)
    assert not np.shares_memory(x.__array__(copy=True), x.numpy())


def test_dlpack_both_ways() -> None:
    x = autograd.arange(4.0)
    array = np.from_dlpack(x)
    array[0] = 9
    assert x[0] == 9
    back = autograd.from_dlpack(np.arange(3))
    assert back.tolist() == [0, 1, 2]
    assert x.__dlpack_device__()[0] == 1
    with pytest.raises(BufferError, match="require gradient"):
        np.from_dlpack(autograd.ones(1, requires_grad=True))
    with pytest.raises(TypeError, match="__dlpack__"):
        autograd.from_dlpack([1])


def test_dlpack_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    x = autograd.arange(4.0)
    y = torch.from_dlpack(x)
    y[1] = 7
    assert x[1] == 7
    assert autograd.from_dlpack(torch.ones(2)).tolist() == [1, 1]


def test_a_read_only_array_is_announced() -> None:
    array = np.zeros(2)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        x = autograd.from_numpy(array)
    with pytest.raises(ValueError, match="read-only"):
        x.add_(1)


def test_deep_copies_keep_sharing_and_gradients() -> None:
    x = autograd.ones(4, requires_grad=True)
    x.grad = autograd.full((4,), 2.0)
    a, b = copy.deepcopy([x, x])
    assert a is b
    assert a.grad.tolist() == [2, 2, 2, 2]
    assert a.grad is not x.grad
    base = autograd.zeros(2, 3)
    first, row = copy.deepcopy((base, base[1]))
    first.add_(1)
    assert row.tolist() == [1, 1, 1]
    assert base.sum() == 0
    with pytest.raises(RuntimeError, match="deepcopy protocol"):
        copy.deepcopy(x * 2)


def test_shallow_copies_share_memory() -> None:
    x = autograd.ones(2, requires_grad=True)
    y = copy.copy(x)
    assert y is not x
    assert y.requires_grad
    assert y.is_leaf
    assert y.data_ptr() == x.data_ptr()


def test_pickles_keep_values_flags_and_attributes() -> None:
    x = autograd.arange(6.0).reshape(2, 3).t().requires_grad_()
    x.note = "kept"
    y = pickle.loads(pickle.dumps(x))
    np.testing.assert_array_equal(y.detach().numpy(), x.detach().numpy())
    assert y.requires_grad
    assert y.note == "kept"
    model = pickle.loads(pickle.dumps(nn.Linear(2, 3)))
    assert [p.shape for p in model.parameters()] == [(3, 2), (3,)]
    generator = autograd.Generator().manual_seed(5)
    autograd.rand(3, generator=generator)
    twin = pickle.loads(pickle.dumps(generator))
    assert autograd.rand(3, generator=twin).tolist() == autograd.rand(3, generator=generator).tolist()


def test_saved_tensors_hooks_see_what_is_saved() -> None:
    x = autograd.tensor([2.0, 3.0], requires_grad=True)
    packed = []

    def pack(tensor: autograd.Tensor) -> np.ndarray:
        packed.append(tensor.shape)
        return tensor.detach().numpy().copy()

    with autograd.graph.saved_tensors_hooks(pack, autograd.from_numpy):
        y = (x * x).exp()
    y.sum().backward()
    assert len(packed) == 3
    np.testing.assert_allclose(x.grad.numpy(), 2 * x.detach().numpy() * np.exp(x.detach().numpy() ** 2), rtol=1e-6)


def test_there_is_no_gpu() -> None:
    assert not autograd.cuda.is_available()
    assert autograd.cuda.device_count() == 0
    for call in (
        lambda: autograd.ones(1).cuda(),
        lambda: autograd.ones(1).to("cuda:0"),
        lambda: autograd.zeros(1, device="cuda"),
    ):
        with pytest.raises(RuntimeError, match="without support for device"):
            call()
