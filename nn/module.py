"""The base class of all layers and models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import autograd
from autograd import Tensor
from autograd.config import MODES
from autograd.errors import describe, locate
from nn.hooks import Hooked
from nn.state import Stateful

__all__ = ["Module"]


class Module(Stateful):
    """A layer or a model: parameters, buffers and submodules, and a `forward` that computes with them.

    A subclass calls ``super().__init__()``, assigns parameters and submodules as attributes and defines `forward`; the
    instance is then called like a function.

    Attributes
    ----------
    training : bool
        Whether layers that behave differently in training (dropout, batch normalisation) do so.

    Examples
    --------
    >>> import autograd, nn
    >>> class Affine(nn.Module):
    ...     def __init__(self, size):
    ...         super().__init__()
    ...         self.scale = nn.Parameter(autograd.ones(size))
    ...         self.shift = nn.Parameter(autograd.zeros(size))
    ...
    ...     def forward(self, x):
    ...         return x * self.scale + self.shift
    >>> Affine(3)(autograd.ones(2, 3)).shape
    autograd.Size([2, 3])
    """

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every subclass defines it.

        Raises
        ------
        NotImplementedError
            If the subclass does not.
        """
        raise NotImplementedError(
            describe(
                f'Module [{type(self).__name__}] is missing the required "forward" function',
                fix="define forward(self, x), indented as a method of the class",
            )
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call `forward` with the hooks around it; an exception that passes learns the path of the failing layer."""
        observer = MODES.get().observer
        try:
            if observer is not None:
                return self._call_observed(observer, args, kwargs)
            if self._hooks is None and Hooked._global_hooks is None:
                return self.forward(*args, **kwargs)
            return self._call_with_hooks(args, kwargs)
        except Exception as error:
            locate(error, self._name_of_failing(error), type(self).__name__)
            raise

    def _call_observed(self, observer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        observer.enter_module(self)
        try:
            return self._call_with_hooks(args, kwargs)
        finally:
            observer.exit_module(self)

    def _name_of_failing(self, error: BaseException) -> str:
        """Return by which path this module knows the one whose call raised; empty if it was this one's own forward."""
        trace = error.__traceback__
        while trace is not None:
            frame = trace.tb_frame
            if frame.f_code is Module.__call__.__code__ and frame.f_locals["self"] is not self:
                failing = frame.f_locals["self"]
                return next((path for path, module in self.named_modules() if module is failing), "")
            trace = trace.tb_next
        return ""

    # ---- modes

    def train(self, mode: bool = True) -> Self:
        """Set this module and all below it to training mode, or to evaluation mode if `mode` is False.

        Parameters
        ----------
        mode : bool, default True

        Returns
        -------
        Module
            Itself.

        Raises
        ------
        ValueError
            If `mode` is not a bool.

        Examples
        --------
        >>> import nn
        >>> model = nn.Sequential(nn.Dropout())
        >>> model.train(False)[0].training
        False
        """
        if not isinstance(mode, bool):
            raise ValueError(describe("training mode is expected to be boolean", rule=f"got {mode!r}"))
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Set this module and all below it to evaluation mode.

        Examples
        --------
        >>> import autograd, nn
        >>> nn.Dropout().eval()(autograd.ones(3))
        tensor([1., 1., 1.])
        """
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Switch recording for all parameters: False freezes the module.

        Examples
        --------
        >>> import nn
        >>> [p.requires_grad for p in nn.Linear(2, 3).requires_grad_(False).parameters()]
        [False, False]
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients of all parameters.

        Parameters
        ----------
        set_to_none : bool, default True
            Drop the gradients rather than fill them with zeros.

        Examples
        --------
        >>> import autograd, nn
        >>> layer = nn.Linear(2, 3)
        >>> layer(autograd.ones(1, 2)).sum().backward()
        >>> layer.zero_grad()
        >>> layer.weight.grad is None
        True
        """
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                if parameter.grad.requires_grad:
                    parameter.grad = parameter.grad.detach()
                parameter.grad.zero_()

    # ---- conversion

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call ``fn(module)`` on all modules below this one, then on this one; used to initialise weights.

        Parameters
        ----------
        fn : callable
            Takes a module; what it returns is ignored.

        Examples
        --------
        >>> import nn
        >>> def reset(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.init.zeros_(module.weight)
        >>> model = nn.Sequential(nn.Linear(2, 1)).apply(reset)
        >>> model[0].weight.detach()
        tensor([[0., 0.]])
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace the memory of every parameter, gradient and buffer by what `fn` makes of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            grad = parameter.grad
            parameter.grad = None
            _replace_data(parameter, fn)
            if grad is not None:
                _replace_data(grad, fn)
                parameter.grad = grad
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert floating-point parameters and buffers, in place: `to(dtype)`, `to(device, dtype)` or `to(tensor)`.

        Raises
        ------
        TypeError
            If the dtype is not a floating-point one.
        RuntimeError
            If the device is not the CPU.

        Examples
        --------
        >>> import autograd, nn
        >>> nn.Linear(2, 3).to(autograd.float64).weight.dtype
        autograd.float64
        """
        device, dtype = _parse_to(args, kwargs)
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                describe(
                    f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}",
                    fix="parameters need gradients: pass autograd.float32 or autograd.float64",
                )
            )
        autograd.empty(0, device=device)
        return self if dtype is None else self._apply(lambda t: t.to(dtype) if _is_real_or_complex(t) else t)

    def float(self) -> Self:
        """Convert all floating-point parameters and buffers to float32.

        Examples
        --------
        >>> import nn
        >>> nn.Linear(2, 3).double().float().weight.dtype
        autograd.float32
        """
        return self.to(autograd.float32)

    def double(self) -> Self:
        """Convert all floating-point parameters and buffers to float64.

        Examples
        --------
        >>> import nn
        >>> nn.Linear(2, 3).double().weight.dtype
        autograd.float64
        """
        return self.to(autograd.float64)

    def half(self) -> Self:
        """Convert all floating-point parameters and buffers to float16.

        Examples
        --------
        >>> import nn
        >>> nn.Linear(2, 3).half().weight.dtype
        autograd.float16
        """
        return self.to(autograd.float16)

    def type(self, dst_type: Any) -> Self:
        """Convert all parameters and buffers, integers too, to a dtype.

        Parameters
        ----------
        dst_type : dtype

        Examples
        --------
        >>> import autograd, nn
        >>> nn.Linear(2, 3).type(autograd.float64).weight.dtype
        autograd.float64
        """
        return self._apply(lambda t: t.to(dst_type))

    def cpu(self) -> Self:
        """Return the module: it is on the CPU."""
        return self

    def cuda(self, device: Any = None) -> Self:
        """Refused: there is no other device than the CPU.

        Parameters
        ----------
        device : optional

        Raises
        ------
        RuntimeError
            Always.
        """
        return self.to("cuda" if device is None else device)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Accepted and without effect: kernels are chosen when they run."""

    # ---- text

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """Return what `repr` shows of the module besides its submodules.

        Examples
        --------
        >>> import nn
        >>> class Scale(nn.Module):
        ...     def extra_repr(self):
        ...         return "factor=2"
        >>> Scale()
        Scale(factor=2)
        """
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        children = [f"({name}): " + repr(module).replace("\n", "\n  ") for name, module in self._modules.items()]
        if not children and "\n" not in extra:
            return f"{self._get_name()}({extra})"
        lines = (extra.split("\n") if extra else []) + children
        return f"{self._get_name()}(\n  " + "\n  ".join(lines) + "\n)"


def _is_real_or_complex(tensor: Tensor) -> bool:
    return tensor.dtype.is_floating_point or tensor.dtype.is_complex


def _replace_data(tensor: Tensor, fn: Callable[[Tensor], Tensor]) -> None:
    with autograd.no_grad():
        result = fn(tensor)
    if result is not tensor:
        tensor.data = result


def _parse_to(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """Return the device and dtype in the arguments of `Module.to`."""
    device, dtype = kwargs.get("device"), kwargs.get("dtype")
    for value in (*args, kwargs.get("tensor")):
        if isinstance(value, Tensor):
            device, dtype = value.device, value.dtype
        elif isinstance(value, autograd.dtype):
            dtype = value
        elif isinstance(value, int) and not isinstance(value, bool):
            device = f"cuda:{value}"
        elif isinstance(value, str | autograd.device):
            device = value
        elif value is not None and not isinstance(value, bool):
            raise TypeError(
                describe(
                    f"to() received an invalid combination of arguments - got ({type(value).__name__})",
                    fix="pass a dtype such as autograd.float64, a device, or a tensor that has both",
                )
            )
    return device, dtype
