"""Modules that hold others."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from typing import Any, Self

from autograd.errors import describe
from nn.module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


def position(index: Any, size: int) -> int:
    """Return the position that an index, negative ones included, points at.

    Raises
    ------
    IndexError
        If there is none.
    """
    number = operator.index(index)
    if not -size <= number < size:
        raise IndexError(describe(f"index {number} is out of range", rule=f"there are {size} entries"))
    return number % size


def pairs(entries: Any, kind: str) -> Iterator[tuple[str, Any]]:
    """Yield the key-value pairs of a mapping, or of an iterable of pairs.

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If an element is not a pair.
    """
    if not isinstance(entries, Iterable):
        raise TypeError(
            describe(
                f"{kind}.update should be called with an iterable of key/value pairs, but got {type(entries).__name__}"
            )
        )
    if hasattr(entries, "items"):
        yield from entries.items()
        return
    for index, pair in enumerate(entries):
        if not isinstance(pair, Iterable):
            raise TypeError(
                describe(f"{kind} update sequence element #{index} should be Iterable; is {type(pair).__name__}")
            )
        values = tuple(pair)
        if len(values) != 2:
            raise ValueError(
                describe(f"{kind} update sequence element #{index} has length {len(values)}; 2 is required")
            )
        yield values


class _Numbered(Module):
    """Modules in a row, by default named by their position."""

    _modules: dict[str, Module]  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __getitem__(self, idx: int | slice) -> Any:
        items = [*self._modules.items()]
        return self._part(items[idx]) if isinstance(idx, slice) else items[position(idx, len(self))][1]

    def _part(self, items: list[tuple[str, Module]]) -> Self:
        """Return a container like this one, of some of its modules."""
        raise NotImplementedError(type(self).__name__)

    def __setitem__(self, idx: int, module: Module) -> None:
        setattr(self, [*self._modules][position(idx, len(self))], module)

    def __delitem__(self, idx: int | slice) -> None:
        keys = [*self._modules]
        for key in keys[idx] if isinstance(idx, slice) else [keys[position(idx, len(self))]]:
            del self._modules[key]
        self._renumber(self._modules.values())

    def _renumber(self, modules: Iterable[Module]) -> None:
        self._modules = {str(i): module for i, module in enumerate(modules)}

    def pop(self, key: int | slice) -> Any:
        """Take out a module, or a slice of them, and return it; those behind move up.

        Examples
        --------
        >>> import nn
        >>> model = nn.Sequential(nn.Tanh(), nn.ReLU(), nn.GELU())
        >>> model.pop(0), model[0]
        (Tanh(), ReLU())
        """
        taken = self[key]
        del self[key]
        return taken

    def append(self, module: Module) -> Self:
        """Put a module at the end.

        Returns
        -------
        Module
            The container itself.

        Examples
        --------
        >>> import nn
        >>> len(nn.Sequential(nn.Tanh()).append(nn.ReLU()).append(nn.GELU()))
        3
        """
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Put modules at the end.

        Returns
        -------
        Module
            The container itself.

        Raises
        ------
        TypeError
            If `modules` is not iterable.

        Examples
        --------
        >>> import nn
        >>> len(nn.ModuleList().extend([nn.Tanh(), nn.ReLU()]))
        2
        """
        if not isinstance(modules, Iterable):
            name = type(self).__name__
            raise TypeError(
                describe(f"{name}.extend should be called with an iterable, but got {type(modules).__name__}")
            )
        for module in [*modules]:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before position `index`; those behind move down.

        Returns
        -------
        Module
            The container itself.

        Raises
        ------
        AssertionError
            If `module` is not a module.
        IndexError
            If `index` is out of range.

        Examples
        --------
        >>> import nn
        >>> nn.Sequential(nn.Tanh(), nn.ReLU()).insert(1, nn.GELU())[1]
        GELU(approximate='none')
        """
        if not isinstance(module, Module):
            raise AssertionError(describe(f"module should be of type: {Module}, got {type(module).__name__}"))
        size = len(self)
        if not -size <= index <= size:
            raise IndexError(describe(f"Index out of range: {index}", rule=f"there are {size} modules"))
        modules = [*self]
        modules.insert(index, module)
        self._renumber(modules)
        return self


class Sequential(_Numbered):
    """Modules called one after another, each with the output of the one before.

    A slice of it is a `Sequential` of some of its modules; ``+`` and ``*`` put several together.

    Parameters
    ----------
    *args : Module, or one OrderedDict of str to Module

    Examples
    --------
    >>> import autograd, nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> model
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
    )
    >>> model[:1]
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
    )
    >>> model(autograd.ones(4, 2)).shape
    autograd.Size([4, 3])
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for key, module in args[0].items():
                self.add_module(key, module)
        else:
            for index, module in enumerate(args):
                self.add_module(str(index), module)

    def forward(self, input: Any) -> Any:
        """Pass `input` through all modules."""
        for module in self._modules.values():
            input = module(input)
        return input

    def _part(self, items: list[tuple[str, Module]]) -> Self:
        return type(self)(OrderedDict(items))

    def __add__(self, other: Sequential) -> Sequential:
        return Sequential(*self).__iadd__(other)

    def __iadd__(self, other: Sequential) -> Self:
        if not isinstance(other, Sequential):
            raise ValueError(
                describe(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
            )
        return self.extend(other)

    def __mul__(self, other: int) -> Sequential:
        return Sequential(*self).__imul__(other)

    __rmul__ = __mul__

    def __imul__(self, other: int) -> Self:
        if not isinstance(other, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(other)}")
        if other <= 0:
            raise ValueError(describe(f"Non-positive multiplication factor {other} for {type(self)}"))
        return self.extend([*self] * (other - 1))


class ModuleList(_Numbered):
    """A list of modules, registered under their positions.

    A plain list would hide its modules from `parameters` and `state_dict`.

    Parameters
    ----------
    modules : iterable of Module, optional

    Examples
    --------
    >>> import nn
    >>> layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
    >>> layers
    ModuleList(
      (0-2): 3 x Linear(in_features=4, out_features=4, bias=True)
    )
    >>> len(list(layers.parameters()))
    6
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def _part(self, items: list[tuple[str, Module]]) -> Self:
        return type(self)(module for _, module in items)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def __repr__(self) -> str:
        runs: list[tuple[int, int, str]] = []
        for index, text in enumerate(map(repr, self)):
            if runs and runs[-1][2] == text:
                runs[-1] = (runs[-1][0], index, text)
            else:
                runs.append((index, index, text))
        if not runs:
            return f"{self._get_name()}()"
        lines = [
            f"({first}): {text}" if first == last else f"({first}-{last}): {last - first + 1} x {text}"
            for first, last, text in runs
        ]
        return f"{self._get_name()}(\n  " + "\n  ".join(line.replace("\n", "\n  ") for line in lines) + "\n)"


class ModuleDict(Module):
    """Modules by name.

    A plain dictionary would hide its modules from `parameters` and `state_dict`.

    Parameters
    ----------
    modules : mapping from str to Module, or iterable of pairs, optional

    Examples
    --------
    >>> import nn
    >>> choices = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
    >>> choices["tanh"]
    Tanh()
    """

    _modules: dict[str, Module]  # type: ignore[assignment]

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take out all modules."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Take out a module and return it.

        Raises
        ------
        KeyError
            If there is no module of that name.

        Examples
        --------
        >>> import nn
        >>> choices = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
        >>> choices.pop("relu"), [*choices]
        (ReLU(), ['tanh'])
        """
        return self._modules.pop(key)

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._modules.keys()

    def items(self) -> ItemsView[str, Module]:
        """Return the names and modules."""
        return self._modules.items()

    def values(self) -> ValuesView[Module]:
        """Return the modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Add modules from a mapping or an iterable of pairs, in its order.

        Raises
        ------
        TypeError
            If `modules` is neither.
        ValueError
            If an element is not a pair.

        Examples
        --------
        >>> import nn
        >>> choices = nn.ModuleDict()
        >>> choices.update([("relu", nn.ReLU()), ("tanh", nn.Tanh())])
        >>> [*choices.items()]
        [('relu', ReLU()), ('tanh', Tanh())]
        """
        for key, module in pairs(modules, "ModuleDict"):
            self[key] = module
