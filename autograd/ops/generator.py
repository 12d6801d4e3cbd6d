"""Sources of random numbers, and the one that is used when none is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.dtypes import device as Device
from autograd.dtypes import require_cpu
from autograd.errors import describe
from autograd.tensor import Tensor

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]

_STATE = np.dtype([("state", "<u8", 2), ("inc", "<u8", 2), ("has_uint32", "<u8"), ("uinteger", "<u8"), ("seed", "<u8")])
_LOW = (1 << 64) - 1


class Generator:
    """A source of random numbers with a state of its own.

    Parameters
    ----------
    device : device or str
        The CPU.

    Examples
    --------
    >>> import autograd
    >>> g = autograd.Generator().manual_seed(0)
    >>> first = autograd.rand(3, generator=g)
    >>> bool((first == autograd.rand(3, generator=g.manual_seed(0))).all())
    True
    """

    def __init__(self, device: Any = "cpu") -> None:
        require_cpu(device)
        self.device = Device(device)
        self._rng: np.random.Generator | None = None
        self._seed = 0
        self.seed()

    @property
    def rng(self) -> np.random.Generator:
        """NumPy's generator over this state; always the same object."""
        # Made when first used, for NumPy's random module takes long to import.
        if self._rng is None:
            self._rng = np.random.Generator(np.random.PCG64(self._seed))
        return self._rng

    def manual_seed(self, seed: int) -> Generator:
        """Start the sequence that `seed` names; returns the generator.

        Raises
        ------
        RuntimeError
            If `seed` does not fit into 64 bits.

        Examples
        --------
        >>> import autograd
        >>> autograd.Generator().manual_seed(7).initial_seed()
        7
        """
        number = int(seed)
        if not -(1 << 63) <= number <= _LOW:
            raise RuntimeError(
                describe("Overflow when unpacking long long", rule=f"the seed {number} has more than 64 bits")
            )
        self._seed = number & _LOW
        if self._rng is not None:
            self._rng.bit_generator.state = np.random.PCG64(self._seed).state
        return self

    def seed(self) -> int:
        """Start a sequence that nobody can foresee, and return its seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """Return the seed of the present sequence."""
        return self._seed

    def get_state(self) -> Tensor:
        """Return the state as a uint8 tensor.

        Examples
        --------
        >>> import autograd
        >>> autograd.Generator().get_state().dtype
        autograd.uint8
        """
        state: Any = self.rng.bit_generator.state
        record = np.zeros((), _STATE)
        for name in ("state", "inc"):
            number = state["state"][name]
            record[name] = (number & _LOW, number >> 64)
        record["has_uint32"], record["uinteger"], record["seed"] = state["has_uint32"], state["uinteger"], self._seed
        return Tensor(np.frombuffer(record.tobytes(), np.uint8).copy(), None)

    def set_state(self, new_state: Tensor) -> Generator:
        """Go on from a state that `get_state` returned; returns the generator.

        Raises
        ------
        TypeError
            If it is not a uint8 tensor.
        RuntimeError
            If it has the wrong size.
        """
        if not isinstance(new_state, Tensor) or new_state._data.dtype != np.uint8:
            raise TypeError(describe("RNG state must be a torch.ByteTensor", op="set_state"))
        if new_state._data.size != _STATE.itemsize:
            raise RuntimeError(
                describe(
                    "RNG state is wrong size",
                    rule=f"{_STATE.itemsize} bytes, got {new_state._data.size}",
                    op="set_state",
                )
            )
        record = np.frombuffer(new_state._data.tobytes(), _STATE)[0]
        words: Any = {name: int(record[name][0]) | int(record[name][1]) << 64 for name in ("state", "inc")}
        self.rng.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": words,
            "has_uint32": int(record["has_uint32"]),
            "uinteger": int(record["uinteger"]),
        }
        self._seed = int(record["seed"])
        return self

    def clone_state(self) -> Generator:
        """Return a new generator in the same state.

        Examples
        --------
        >>> import autograd
        >>> g = autograd.Generator()
        >>> h = g.clone_state()
        >>> bool((autograd.rand(3, generator=g) == autograd.rand(3, generator=h)).all())
        True
        """
        return Generator().set_state(self.get_state())

    def __getstate__(self) -> Tensor:
        return self.get_state()

    def __setstate__(self, state: Tensor) -> None:
        self.__init__()  # type: ignore[misc]
        self.set_state(state)


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the default generator's sequence that `seed` names, and return the generator.

    Parameters
    ----------
    seed : int

    Examples
    --------
    >>> import autograd
    >>> _ = autograd.manual_seed(0)
    >>> first = autograd.rand(3)
    >>> _ = autograd.manual_seed(0)
    >>> bool((first == autograd.rand(3)).all())
    True
    """
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Start a sequence that nobody can foresee, and return its seed.

    Examples
    --------
    >>> import autograd
    >>> autograd.seed() == autograd.initial_seed()
    True
    """
    return default_generator.seed()


def initial_seed() -> int:
    """Return the seed of the default generator's present sequence.

    Examples
    --------
    >>> import autograd
    >>> _ = autograd.manual_seed(7)
    >>> autograd.initial_seed()
    7
    """
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Return the default generator's state as a uint8 tensor.

    Examples
    --------
    >>> import autograd
    >>> state = autograd.get_rng_state()
    >>> first = autograd.rand(3)
    >>> autograd.set_rng_state(state)
    >>> bool((first == autograd.rand(3)).all())
    True
    """
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator go on from a state that `get_rng_state` returned.

    Parameters
    ----------
    new_state : Tensor of uint8

    Examples
    --------
    >>> import autograd
    >>> autograd.set_rng_state(autograd.get_rng_state())
    """
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **_: Any) -> Iterator[None]:
    """Leave the default generator, after the block, in the state it had before.

    Parameters
    ----------
    devices : Any
        Accepted.
    enabled : bool, default True
        ``False`` lets the block change the generator.

    Examples
    --------
    >>> import autograd
    >>> state = autograd.get_rng_state()
    >>> with autograd.random.fork_rng():
    ...     _ = autograd.rand(3)
    >>> bool((autograd.get_rng_state() == state).all())
    True
    """
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


def generator_of(generator: Generator | None) -> np.random.Generator:
    """Return NumPy's generator of `generator`, or the default one."""
    return (default_generator if generator is None else generator).rng
