"""The modes a computation runs in: context-local, and restored whatever happens inside a ``with`` block.

All modes live in one immutable tuple in one `ContextVar`, so that an operation reads them with a single look-up. The
default dtype is process-wide, as in PyTorch.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Generator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np

from autograd.errors import describe

__all__ = [
    "MODES",
    "Modes",
    "Setting",
    "enable_grad",
    "exact",
    "force_conv_method",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_grad_enabled",
]

F = TypeVar("F", bound=Callable[..., Any])


class Modes(NamedTuple):
    """What an operation must know about its surroundings.

    Attributes
    ----------
    grad : bool
        Whether operations are recorded.
    inference : bool
        Whether results are barred from ever taking part in a recorded operation.
    exact : bool
        Whether kernels must use direct methods only (no Winograd, no FFT).
    conv_method : str
        Name of the one convolution method to use; empty for the dispatcher's choice.
    observer : object or None
        Sees every node as it is made and replayed; see `autograd.node.Observer`.
    saved_tensor_hooks : tuple of (pack, unpack), or None
        Applied to tensors saved for backward.
    complex_step : bool
        Whether complex numbers stand for real ones that were moved by a step along the imaginary axis: operations on
        real numbers then take them, and compute their analytic continuation.
    special : bool
        Whether inference mode, an observer or saved-tensor hooks are on: what the hot path leaves to the general one.
    """

    grad: bool = True
    inference: bool = False
    exact: bool = False
    conv_method: str = ""
    observer: Any = None
    saved_tensor_hooks: tuple[Callable[..., Any], Callable[..., Any]] | None = None
    complex_step: bool = False
    special: bool = False


# Immutable, so that the default cannot change under anybody's hands.
MODES: ContextVar[Modes] = ContextVar(
    "convgrad_modes",
    default=Modes(  # noqa: B039
        exact=os.environ.get("CONVGRAD_EXACT", "") not in ("", "0"),
        conv_method=os.environ.get("CONVGRAD_CONV", ""),
    ),
)


class Setting:
    """Context manager and decorator that changes some modes and restores all of them on the way out.

    Parameters
    ----------
    **changes
        Fields of `Modes` and their values inside the block.
    """

    def __init__(self, **changes: Any) -> None:
        self._changes = changes
        self._outer: list[Modes] = []

    def __enter__(self) -> Self:
        modes = MODES.get()
        self._outer.append(modes)
        inner = modes._replace(**self._changes)
        special = inner.inference or inner.observer is not None or inner.saved_tensor_hooks is not None
        MODES.set(inner if special == inner.special else inner._replace(special=special))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        MODES.set(self._outer.pop())

    def _fresh(self) -> Setting:
        return Setting(**self._changes)

    def __call__(self, function: F) -> F:
        """Return `function` so that it runs under this setting."""
        if inspect.isgeneratorfunction(function):
            return _decorate_generator(self, function)  # type: ignore[return-value]

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():
                return function(*args, **kwargs)

        return inside  # type: ignore[return-value]


def _decorate_generator(setting: Setting, function: Callable[..., Generator[Any, Any, Any]]) -> Callable[..., Any]:
    """Run a generator's own code under `setting`, and its consumer's code outside of it."""

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        step: Callable[[], Any] = functools.partial(next, generator)
        while True:
            try:
                with setting._fresh():
                    value = step()
            except StopIteration as stop:
                return stop.value
            try:
                sent = yield value
                step = functools.partial(generator.send, sent)
            except GeneratorExit:
                with setting._fresh():
                    generator.close()
                raise
            except BaseException as error:
                step = functools.partial(generator.throw, error)

    return inside


class _GradSetting(Setting):
    """A setting that may decorate a function with or without being called: ``@no_grad`` and ``@no_grad()``."""

    _grad: bool

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        setting = super().__new__(cls)
        if function is None:
            return setting
        setting.__init__()  # type: ignore[misc]
        return setting(function)

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        super().__init__(grad=self._grad)


class no_grad(_GradSetting):  # noqa: N801
    """Record nothing: results do not require gradients. A context manager and a decorator.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> with autograd.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    _grad = False


class enable_grad(_GradSetting):  # noqa: N801
    """Record operations, also inside `no_grad`. A context manager and a decorator.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> with autograd.no_grad(), autograd.enable_grad():
    ...     (x * 2).requires_grad
    True
    """

    _grad = True


class set_grad_enabled(Setting):  # noqa: N801
    """Switch recording on or off, at once; as a context manager, until the block ends.

    Parameters
    ----------
    mode : bool
        Whether operations are recorded.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> with autograd.set_grad_enabled(False):
    ...     (x * 2).requires_grad
    False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(grad=bool(mode))
        self.prev = MODES.get().grad
        super().__enter__()

    def __enter__(self) -> Self:
        return self

    def __call__(self, function: F) -> F:
        """Return `function` so that it runs under this setting, and take the switch back."""
        super().__exit__(None, None, None)
        return super().__call__(function)


class inference_mode(Setting):  # noqa: N801
    """Record nothing, and bar the results from recorded operations for good.

    Parameters
    ----------
    mode : bool, default True
        ``False`` makes the block an ordinary one.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> with autograd.inference_mode():
    ...     y = x * 2
    >>> y.requires_grad, y.is_inference()
    (False, True)
    """

    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        """Make a setting, or decorate a function that is given in place of the mode."""
        setting = super().__new__(cls)
        if not callable(mode):
            return setting
        setting.__init__()  # type: ignore[misc]
        return setting(mode)

    def __init__(self, mode: bool | Callable[..., Any] = True) -> None:
        self.mode = bool(mode)
        super().__init__(**({"grad": False, "inference": True} if mode else {"inference": False}))


class exact(Setting):  # noqa: N801
    """Compute convolutions by direct methods only, in the order that gives the smallest rounding error.

    Winograd's and the FFT's rounding errors are a few times larger than a direct sum's, and they spread a NaN over a
    tile or an image. Set ``CONVGRAD_EXACT=1`` to make this the default of a process.

    Parameters
    ----------
    mode : bool, default True
        ``False`` lets the fastest method be chosen, inside such a block.

    Examples
    --------
    >>> import autograd, nn.functional as F
    >>> import nn.functional as F
    >>> with autograd.exact():
    ...     F.conv2d(autograd.ones(1, 1, 3, 3), autograd.ones(1, 1, 3, 3))
    tensor([[[[9.]]]])
    """

    def __init__(self, mode: bool = True) -> None:
        super().__init__(exact=bool(mode))


class force_conv_method(Setting):  # noqa: N801
    """Use one convolution method wherever it can be used; ``CONVGRAD_CONV`` does the same for a process.

    Parameters
    ----------
    name : str
        A method's name, as `autograd.kernels.conv` lists them; an empty string gives the choice back.

    Examples
    --------
    >>> import autograd, autograd.config, nn.functional as F
    >>> with autograd.config.force_conv_method("im2col"):
    ...     F.conv2d(autograd.ones(1, 1, 3, 3), autograd.ones(1, 1, 3, 3))
    tensor([[[[9.]]]])
    """

    def __init__(self, name: str) -> None:
        super().__init__(conv_method=name)


def is_grad_enabled() -> bool:
    """Return whether operations are being recorded.

    Examples
    --------
    >>> import autograd
    >>> with autograd.no_grad():
    ...     autograd.is_grad_enabled()
    False
    """
    return MODES.get().grad


def is_inference_mode_enabled() -> bool:
    """Return whether `inference_mode` is on.

    Examples
    --------
    >>> import autograd
    >>> with autograd.inference_mode():
    ...     autograd.is_inference_mode_enabled()
    True
    """
    return MODES.get().inference


class _Defaults:
    """Process-wide defaults; one instance."""

    __slots__ = ("dtype",)

    def __init__(self) -> None:
        self.dtype: np.dtype[Any] = np.dtype(np.float32)


DEFAULTS = _Defaults()


def set_default_float(dtype: np.dtype[Any]) -> None:
    """Make `dtype` the dtype of new floating-point tensors.

    Raises
    ------
    TypeError
        If `dtype` is not a floating-point dtype.
    """
    if dtype.kind != "f":
        raise TypeError(
            describe(
                "only floating-point types are supported as the default type",
                op="set_default_dtype",
                rule=f"got {dtype}",
                fix="pass autograd.float32 or autograd.float64",
            )
        )
    DEFAULTS.dtype = dtype
