"""The libraries that are compared, each behind the same few calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from benchmarks.grid import Case

__all__ = ["Convgrad", "Jax", "Library", "MyGrad", "Torch", "libraries"]

Array = np.ndarray
DIRECTIONS = ("forward", "backward-data", "backward-weight")


class Library(Protocol):
    """One way to compute a convolution and its two gradients."""

    name: str

    def convolution(self, case: Case, x: Array, w: Array, g: Array) -> dict[str, tuple[Callable[[], Any], Callable]]:
        """Return by direction a call to time, and what turns its result into an array."""


class _Eager:
    """The libraries with PyTorch's interface: recorded once, replayed for one gradient at a time."""

    name: str
    framework: Any
    functional: Any

    def tensor(self, array: Array) -> Any:
        """Return an array as a tensor that requires grad."""
        raise TypeError

    def plain(self, tensor: Any) -> Array:
        """Return a tensor as an array."""
        return tensor.detach().numpy()

    def convolution(self, case: Case, x: Array, w: Array, g: Array) -> dict[str, Any]:
        """Return by direction a call to time, and what turns its result into an array."""
        settings = {
            "stride": case.stride,
            "padding": case.padding,
            "dilation": case.dilation,
            "groups": case.groups,
        }
        tx, tw, tg = self.tensor(x), self.tensor(w), self.tensor(g).detach()
        data = self.functional.conv2d(tx, tw.detach(), **settings)
        weight = self.functional.conv2d(tx.detach(), tw, **settings)
        plain_x, plain_w = tx.detach(), tw.detach()

        def forward() -> Any:
            return self.functional.conv2d(plain_x, plain_w, **settings)

        def backward_data() -> Any:
            return self.framework.autograd_grad(data, tx, tg, retain_graph=True)[0]

        def backward_weight() -> Any:
            return self.framework.autograd_grad(weight, tw, tg, retain_graph=True)[0]

        calls = (forward, backward_data, backward_weight)
        return {direction: (call, self.plain) for direction, call in zip(DIRECTIONS, calls, strict=True)}


class Convgrad(_Eager):
    """convgrad, through its public interface, activations in the layout its layers keep them in."""

    name = "convgrad"

    def __init__(self) -> None:
        import autograd
        import nn
        import nn.functional
        import optim

        class Framework:
            autograd_grad = staticmethod(autograd.grad)

        self.framework, self.functional = Framework, nn.functional
        self.autograd, self.nn, self.optim = autograd, nn, optim

    def tensor(self, array: Array) -> Any:
        """Return an array as a tensor that requires grad."""
        tensor = self.autograd.tensor(array)
        if array.ndim == 4 and array.shape[1] > 3 and min(array.shape[2:]) > 1:
            tensor = tensor.contiguous(memory_format=self.autograd.channels_last)
        return tensor.requires_grad_()


class Torch(_Eager):
    """PyTorch in one of its memory formats."""

    def __init__(self, channels_last: bool) -> None:
        import torch

        from autograd.kernels import threads

        torch.set_num_threads(threads.get_num_threads())

        class Framework:
            autograd_grad = staticmethod(torch.autograd.grad)

        self.name = "torch-nhwc" if channels_last else "torch-nchw"
        self.framework, self.functional = Framework, torch.nn.functional
        self.torch, self.nn, self.optim = torch, torch.nn, torch.optim
        self.format = torch.channels_last if channels_last else torch.contiguous_format

    def tensor(self, array: Array) -> Any:
        """Return an array as a tensor that requires grad."""
        tensor = self.torch.tensor(array)
        if array.ndim == 4:
            tensor = tensor.contiguous(memory_format=self.format)
        return tensor.requires_grad_()


class Jax:
    """JAX, compiled, on the CPU."""

    name = "jax"

    def __init__(self) -> None:
        import jax

        self.jax = jax

    def convolution(self, case: Case, x: Array, w: Array, g: Array) -> dict[str, Any]:
        """Return by direction a call to time, and what turns its result into an array."""
        jax = self.jax
        tx, tw, tg = (jax.numpy.asarray(a) for a in (x, w, g))

        def conv(a: Any, b: Any) -> Any:
            return jax.lax.conv_general_dilated(
                a,
                b,
                (case.stride,) * 2,
                [(case.padding,) * 2] * 2,
                rhs_dilation=(case.dilation,) * 2,
                feature_group_count=case.groups,
            )

        forward = jax.jit(conv)
        data = jax.jit(lambda u: jax.vjp(lambda a: conv(a, tw), tx)[1](u)[0])
        weight = jax.jit(lambda u: jax.vjp(lambda b: conv(tx, b), tw)[1](u)[0])
        calls = (
            lambda: forward(tx, tw).block_until_ready(),
            lambda: data(tg).block_until_ready(),
            lambda: weight(tg).block_until_ready(),
        )
        return {direction: (call, np.asarray) for direction, call in zip(DIRECTIONS, calls, strict=True)}


class MyGrad:
    """MyGrad, whose tensors are NumPy's: no groups and no single gradients, so only the forward pass."""

    name = "mygrad"

    def __init__(self) -> None:
        from mygrad.nnet.layers import conv_nd

        self.conv_nd = conv_nd

    def convolution(self, case: Case, x: Array, w: Array, g: Array) -> dict[str, Any]:
        """Return a call to time, and what turns its result into an array."""
        if case.groups != 1:
            return {}
        settings = {"stride": case.stride, "padding": case.padding, "dilation": case.dilation}
        return {"forward": (lambda: self.conv_nd(x, w, **settings, constant=True), lambda t: t.data)}


def libraries(against: list[str]) -> list[Any]:
    """Return this library and those of `against` that are installed; the others are named and left out."""
    makers: dict[str, list[Callable[[], Any]]] = {
        "torch": [lambda: Torch(channels_last=False), lambda: Torch(channels_last=True)],
        "jax": [Jax],
        "mygrad": [MyGrad],
    }
    found: list[Any] = [Convgrad()]
    for name in against:
        try:
            found += [make() for make in makers[name]]
        except ImportError:
            print(f"{name} is not installed; measured without it")
    return found
