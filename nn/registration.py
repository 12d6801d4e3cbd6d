"""How modules register their parameters, buffers and submodules: by assignment, and by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import Tensor
from autograd.errors import describe
from nn.parameter import Buffer, Parameter

if TYPE_CHECKING:
    from nn.module import Module

__all__ = ["Registration"]

_TABLES = ("_parameters", "_buffers", "_modules")


def _check_name(kind: str, name: Any) -> None:
    if not isinstance(name, str):
        raise TypeError(describe(f"{kind} name should be a string. Got {type(name).__name__}"))
    if "." in name:
        raise KeyError(
            describe(
                f'{kind} name can\'t contain ".", got: {name}',
                fix="dots separate the names along a path: use an underscore",
            )
        )
    if name == "":
        raise KeyError(describe(f'{kind} name can\'t be empty string ""'))


def _refusal(value: Any, role: str, name: str, wanted: str) -> TypeError:
    kind = type(value)
    return TypeError(describe(f"cannot assign '{kind.__module__}.{kind.__qualname__}' {role} '{name}' ({wanted})"))


class Registration:
    """What of `Module` concerns registration."""

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]

    def __init__(self) -> None:
        # Straight into __dict__: nothing of this is to be looked at by __setattr__.
        self.__dict__.update(training=True, _parameters={}, _buffers={}, _modules={}, _non_persistent_buffers_set=set())

    # ---- attributes

    def __getattr__(self, name: str) -> Any:
        for table in _TABLES:
            members = self.__dict__.get(table)
            if members is not None and name in members:
                return members[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            self._take_name(name, "_parameters")
            self.register_parameter(name, value)
        elif isinstance(value, Registration):
            self._take_name(name, "_modules")
            self._modules[name] = value  # type: ignore[assignment]
        elif isinstance(value, Buffer):
            self._take_name(name, "_buffers")
            self.register_buffer(name, value, value.persistent)
        elif name in self.__dict__.get("_parameters", ()):
            if value is not None:
                raise _refusal(value, "as parameter", name, "nn.Parameter or None expected")
            self._parameters[name] = None
        elif name in self.__dict__.get("_modules", ()):
            if value is not None:
                raise _refusal(value, "as child module", name, "nn.Module or None expected")
            self._modules[name] = None
        elif name in self.__dict__.get("_buffers", ()):
            if value is not None and not isinstance(value, Tensor):
                raise _refusal(value, "as buffer", name, "nn.Buffer, Tensor or None expected")
            self.register_buffer(name, value, name not in self._non_persistent_buffers_set)
        else:
            super().__setattr__(name, value)

    def _take_name(self, name: str, table: str) -> None:
        """Free `name` from whatever else it stood for, before it goes into `table`."""
        if table not in self.__dict__:
            raise AttributeError(
                describe(
                    f"cannot assign {table.strip('_')} before Module.__init__() call",
                    fix="call super().__init__() first in the module's __init__",
                )
            )
        self.__dict__.pop(name, None)
        for other in _TABLES:
            if other != table:
                self.__dict__[other].pop(name, None)
        if table != "_buffers":
            self._non_persistent_buffers_set.discard(name)

    def __delattr__(self, name: str) -> None:
        for table in _TABLES:
            if name in self.__dict__[table]:
                del self.__dict__[table][name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        names = [*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers]
        return sorted(name for name in names if not name[0].isdigit())

    # ---- registration

    def _check_registration(self, kind: str, name: Any, table: str) -> None:
        if table not in self.__dict__:
            raise AttributeError(
                describe(
                    f"cannot assign {kind} before Module.__init__() call",
                    fix="call super().__init__() first in the module's __init__",
                )
            )
        _check_name(kind, name)
        if hasattr(self, name) and name not in self.__dict__[table]:
            raise KeyError(describe(f"attribute '{name}' already exists"))

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, accessible as an attribute; ``None`` reserves the name and is left out of `state_dict`.

        Assigning a `Parameter` to an attribute does the same.

        Parameters
        ----------
        name : str
        param : Parameter or None

        Raises
        ------
        KeyError
            If the name is empty, contains a dot, or is taken by something else.
        TypeError
            If `param` is not a `Parameter`.

        Examples
        --------
        >>> import autograd, nn
        >>> module = nn.Module()
        >>> module.register_parameter("scale", nn.Parameter(autograd.ones(2)))
        >>> [name for name, _ in module.named_parameters()]
        ['scale']
        """
        self._check_registration("parameter", name, "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise _refusal(param, "object to parameter", name, "nn.Parameter or None required")
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state but not a parameter, accessible as an attribute.

        Parameters
        ----------
        name : str
        tensor : Tensor or None
            ``None`` reserves the name and is left out of `state_dict`.
        persistent : bool, default True
            Whether it is part of `state_dict`.

        Raises
        ------
        KeyError
            If the name is empty, contains a dot, or is taken by something else.
        TypeError
            If `tensor` is not a tensor.

        Examples
        --------
        >>> import autograd, nn
        >>> module = nn.Module()
        >>> module.register_buffer("steps", autograd.tensor(0))
        >>> module.state_dict()
        OrderedDict([('steps', tensor(0))])
        """
        self._check_registration("buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise _refusal(tensor, "object to buffer", name, "Tensor or None required")
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a submodule, accessible as an attribute.

        Assigning a module to an attribute does the same.

        Parameters
        ----------
        name : str
        module : Module or None

        Raises
        ------
        KeyError
            If the name is empty, contains a dot, or is taken by something else.
        TypeError
            If `module` is not a `Module`.

        Examples
        --------
        >>> import nn
        >>> module = nn.Module()
        >>> module.add_module("act", nn.ReLU())
        >>> module.act
        ReLU()
        """
        if module is not None and not isinstance(module, Registration):
            raise TypeError(
                describe(
                    f"{type(module).__name__} is not a Module subclass",
                    fix="pass an instance of nn.Module" + (", not the class" if isinstance(module, type) else ""),
                )
            )
        self._check_registration("module", name, "_modules")
        self._modules[name] = module

    def register_module(self, name: str, module: Module | None) -> None:
        """Alias of `add_module`."""
        self.add_module(name, module)
