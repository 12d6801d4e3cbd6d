"""Making tensors: what is shared, what is copied, and what the options do."""

from __future__ import annotations

import numpy as np
import pytest

import autograd


def test_tensor_copies_and_as_tensor_shares() -> None:
    array = np.zeros(2, np.float32)
    copied, shared = autograd.tensor(array), autograd.as_tensor(array)
    array[0] = 1
    assert copied.tolist() == [0, 0]
    assert shared.tolist() == [1, 0]
    assert autograd.as_tensor(shared) is shared
    assert autograd.asarray(array).data_ptr() == shared.data_ptr()
    assert autograd.asarray(array, copy=True).data_ptr() != shared.data_ptr()
    with pytest.raises(ValueError, match="can't alias"):
        autograd.asarray([1, 2], copy=False)


def test_the_default_dtype_is_that_of_python_floats_only() -> None:
    try:
        autograd.set_default_dtype(autograd.float64)
        assert autograd.tensor([1.0]).dtype is autograd.float64
        assert autograd.zeros(1).dtype is autograd.rand(1).dtype is autograd.linspace(0, 1, 2).dtype is autograd.float64
        assert autograd.tensor(np.float32([1])).dtype is autograd.float32
        assert autograd.tensor([1]).dtype is autograd.int64
    finally:
        autograd.set_default_dtype(autograd.float32)
    assert autograd.get_default_dtype() is autograd.float32


def test_memory_formats() -> None:
    x = autograd.empty(2, 3, 4, 5, memory_format=autograd.channels_last)
    assert x.is_contiguous(memory_format=autograd.channels_last)
    assert not x.is_contiguous()
    for like in (autograd.zeros_like(x), autograd.full_like(x, 2), x.clone(), x.double(), x + 1):
        assert like.stride() == x.stride()
    assert autograd.zeros_like(x, memory_format=autograd.contiguous_format).is_contiguous()
    assert autograd.empty(2, 3, 4, 5, 6, memory_format=autograd.channels_last_3d).stride(1) == 1
    with pytest.raises(RuntimeError, match="required rank 4 tensor to use channels_last format"):
        autograd.empty(2, 3, memory_format=autograd.channels_last)
    with pytest.raises(RuntimeError, match="preserve memory format is unsupported"):
        x.contiguous(memory_format=autograd.preserve_format)


def test_devices() -> None:
    assert autograd.zeros(1, device="cpu").device == autograd.device("cpu")
    with pytest.raises(RuntimeError, match="without support for device"):
        autograd.zeros(1, device="cuda")
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        autograd.zeros(1).to([])


def test_conversions_are_part_of_the_graph() -> None:
    x = autograd.ones(2, dtype=autograd.float64, requires_grad=True)
    y = x.float().half().to(autograd.float32)
    y.sum().backward()
    assert x.grad.dtype is autograd.float64
    assert x.long().requires_grad is False


def test_arange_has_no_element_too_many() -> None:
    assert autograd.arange(0, 1, 0.1).shape == (10,)
    assert autograd.arange(2**53, 2**53 + 3).tolist() == [2**53, 2**53 + 1, 2**53 + 2]
    assert autograd.arange(-3, 3, 2).tolist() == [-3, -1, 1]
