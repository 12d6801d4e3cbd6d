"""Mixed precision, as far as there is any on a CPU without bfloat16: training loops that ask for it run in full.

PyTorch's own `autocast("cuda")` and `GradScaler` warn and switch themselves off where there is no GPU; so do these.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, Self, TypeVar

from autograd.errors import describe

__all__ = ["GradScaler", "autocast", "is_autocast_enabled"]

F = TypeVar("F", bound=Callable[..., Any])


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Return False: `autocast` switches itself off.

    Examples
    --------
    >>> import autograd
    >>> autograd.is_autocast_enabled()
    False
    """
    return False


class autocast:  # noqa: N801
    """A block, or a decorated function, that would compute in half precision on a GPU.

    Parameters
    ----------
    device_type : str, default "cuda"
    dtype : dtype, optional
    enabled : bool, default True
    cache_enabled : bool, optional
        Accepted.

    Raises
    ------
    RuntimeError
        If it is enabled for the CPU, which computes in the precision of the tensors.

    Examples
    --------
    >>> import autograd
    >>> with autograd.autocast("cpu", enabled=False):
    ...     autograd.ones(1) + 1
    tensor([2.])
    """

    def __init__(
        self, device_type: str = "cuda", dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if enabled and device_type == "cpu":
            raise RuntimeError(
                describe(
                    "autocast is not supported on the CPU",
                    op="autocast",
                    rule="there is no bfloat16, and float16 is slower here than float32",
                    fix="pass enabled=False, or leave the block away",
                )
            )
        if enabled:
            warnings.warn(
                f"User provided device_type of '{device_type}', but CUDA is not available. Disabling", stacklevel=2
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, function: F) -> F:
        """Return the function, to be run inside the block."""

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return inside  # type: ignore[return-value]


class GradScaler:
    """Scales a loss against underflow in half precision: switched off, since there is no GPU.

    Parameters
    ----------
    device : str, default "cuda"
    init_scale, growth_factor, backoff_factor, growth_interval
        Accepted.
    enabled : bool, default True
        Only decides whether a warning is given.

    Examples
    --------
    >>> import autograd
    >>> w = autograd.ones(1, requires_grad=True)
    >>> scaler = autograd.GradScaler("cpu", enabled=False)
    >>> scaler.scale((3 * w).sum()).backward()
    >>> w.grad
    tensor([3.])
    """

    def __init__(
        self,
        device: Any = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled:
            warnings.warn("GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)

    def is_enabled(self) -> bool:
        """Return False."""
        return False

    def get_scale(self) -> float:
        """Return 1."""
        return 1.0

    def scale(self, outputs: Any) -> Any:
        """Return the loss, or the losses, as they are."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Leave the gradients as they are."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Let the optimizer take its step."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Do nothing."""

    def state_dict(self) -> dict[str, Any]:
        """Return an empty state."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Do nothing."""
