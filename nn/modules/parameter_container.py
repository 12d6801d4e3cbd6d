"""Modules that hold parameters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, KeysView, Mapping
from typing import Any, Self

from autograd import Tensor
from autograd.errors import describe
from nn.module import Module
from nn.modules.container import pairs, position
from nn.parameter import Parameter

__all__ = ["ParameterDict", "ParameterList"]


def _as_entry(value: Any) -> Any:
    """Return a plain tensor as a parameter, anything else as it is."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _entry_line(key: Any, value: Any, kind: str) -> str:
    if not isinstance(value, Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    word = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"  ({key}): {word} containing: [{kind} of size {'x'.join(map(str, value.shape))}]"


class ParameterList(Module):
    """A list of parameters, registered under their positions; plain tensors become parameters.

    A plain list would hide its parameters from `parameters` and `state_dict`.

    Parameters
    ----------
    values : iterable, optional

    Examples
    --------
    >>> import autograd, nn
    >>> len(nn.ParameterList([autograd.ones(2), autograd.ones(3)]))
    2
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __getitem__(self, idx: int | slice) -> Any:
        if isinstance(idx, slice):
            return type(self)(self[i] for i in range(*idx.indices(len(self))))
        return getattr(self, str(position(idx, len(self))))

    def __setitem__(self, idx: int, value: Any) -> None:
        setattr(self, str(position(idx, len(self))), _as_entry(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def append(self, value: Any) -> Self:
        """Put a value at the end.

        Examples
        --------
        >>> import autograd, nn
        >>> nn.ParameterList().append(autograd.ones(2))[0].requires_grad
        True
        """
        setattr(self, str(self._size), _as_entry(value))
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Put values at the end.

        Raises
        ------
        TypeError
            If `values` is not iterable, or a tensor.

        Examples
        --------
        >>> import autograd, nn
        >>> nn.ParameterList().extend(autograd.ones(n) for n in (2, 3))[1].shape
        autograd.Size([3])
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                describe(
                    f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}",
                    fix="pass a list of parameters",
                )
            )
        for value in [*values]:
            self.append(value)
        return self

    def extra_repr(self) -> str:
        """Return a line for each entry."""
        return "\n".join(_entry_line(i, p, str(getattr(p, "dtype", ""))) for i, p in enumerate(self))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: a list computes nothing."""
        raise RuntimeError(describe("ParameterList should not be called."))


class ParameterDict(Module):
    """Parameters by name; plain tensors become parameters.

    A plain dictionary would hide its parameters from `parameters` and `state_dict`.

    Parameters
    ----------
    parameters : mapping from str, or iterable of pairs, optional

    Examples
    --------
    >>> import autograd, nn
    >>> [*nn.ParameterDict({"left": autograd.ones(2), "right": autograd.ones(3)})]
    ['left', 'right']
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(
                describe(
                    "Index given to ParameterDict cannot be used as a key as it is not a string "
                    f"(type is '{type(key).__name__}')."
                )
            )
        setattr(self, key, _as_entry(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __or__(self, other: ParameterDict) -> ParameterDict:
        return self.copy().__ior__(other)

    def __ror__(self, other: ParameterDict) -> ParameterDict:
        return other.copy().__ior__(self)

    def __ior__(self, other: ParameterDict) -> Self:
        self.update(other)
        return self

    def copy(self) -> ParameterDict:
        """Return a new dictionary of the same parameters.

        Examples
        --------
        >>> import autograd, nn
        >>> first = nn.ParameterDict({"scale": autograd.ones(2)})
        >>> first.copy()["scale"] is first["scale"]
        True
        """
        return ParameterDict(self)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the entry of `key`, made from `default` if there is none.

        Examples
        --------
        >>> import autograd, nn
        >>> nn.ParameterDict().setdefault("scale", autograd.ones(2)).requires_grad
        True
        """
        if key not in self:
            self[key] = default
        return self[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return the entry of `key`, or `default`.

        Examples
        --------
        >>> import autograd, nn
        >>> nn.ParameterDict({"scale": autograd.ones(2)}).get("shift", 0)
        0
        """
        return self[key] if key in self._keys else default

    def clear(self) -> None:
        """Take out all entries."""
        for key in [*self._keys]:
            del self[key]

    def pop(self, key: str) -> Any:
        """Take out an entry and return it.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take out the last entry and return its key and value.

        Examples
        --------
        >>> import autograd, nn
        >>> nn.ParameterDict({"a": autograd.ones(2), "b": autograd.ones(3)}).popitem()[0]
        'b'
        """
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """Return a new dictionary with the same value under each key.

        Examples
        --------
        >>> import autograd, nn
        >>> [*nn.ParameterDict().fromkeys(["scale", "shift"], autograd.ones(2))]
        ['scale', 'shift']
        """
        return ParameterDict((key, default) for key in keys)

    def keys(self) -> KeysView[str]:
        """Return the keys."""
        return self._keys.keys()

    def items(self) -> Iterator[tuple[str, Any]]:
        """Yield the keys and values."""
        return ((key, self[key]) for key in self._keys)

    def values(self) -> Iterator[Any]:
        """Yield the values."""
        return (self[key] for key in self._keys)

    def update(self, parameters: Any) -> None:
        """Add entries from a mapping (a plain one sorted by key) or an iterable of pairs.

        Raises
        ------
        TypeError
            If `parameters` is neither.
        ValueError
            If an element is not a pair.

        Examples
        --------
        >>> import autograd, nn
        >>> table = nn.ParameterDict()
        >>> table.update({"shift": autograd.zeros(2), "scale": autograd.ones(2)})
        >>> [*table]
        ['scale', 'shift']
        """
        entries = [*pairs(parameters, "ParameterDict")]
        if isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict):
            entries.sort(key=lambda pair: pair[0])
        for key, value in entries:
            self[key] = value

    def extra_repr(self) -> str:
        """Return a line for each entry."""
        return "\n".join(_entry_line(key, p, p.type() if isinstance(p, Tensor) else "") for key, p in self.items())

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: a dictionary computes nothing."""
        raise RuntimeError(describe("ParameterDict should not be called."))
