"""The tree of a model: how one finds modules, parameters and buffers by their paths, and walks over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from autograd import Tensor
from autograd.errors import describe
from nn.parameter import Parameter
from nn.registration import Registration

if TYPE_CHECKING:
    from nn.module import Module

__all__ = ["Tree"]


class Tree(Registration):
    """What of `Module` concerns access by path and traversal."""

    # ---- access by path

    def _step(self, name: str) -> Any:
        if not hasattr(self, name):
            raise AttributeError(f"{type(self).__name__} has no attribute `{name}`")
        return getattr(self, name)

    def get_submodule(self, target: str) -> Module:
        """Return the submodule at a path such as ``"features.3.conv"``; the empty path is the module itself.

        Raises
        ------
        AttributeError
            If the path leads nowhere, or to something else.

        Examples
        --------
        >>> import nn
        >>> nn.Sequential(nn.Sequential(nn.Tanh(), nn.ReLU())).get_submodule("0.1")
        ReLU()
        """
        found: Any = self
        for name in target.split(".") if target else ():
            found = found._step(name)
            if not isinstance(found, Tree):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return found  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put `module` at a path.

        Parameters
        ----------
        target : str
        module : Module
        strict : bool, default False
            Whether there must be a submodule at that path already.

        Raises
        ------
        ValueError
            If the path is empty or `module` is not a module.
        AttributeError
            If the path leads to something else than a module, or, if `strict`, to nothing.

        Examples
        --------
        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        >>> model.set_submodule("1", nn.Tanh())
        >>> model[1]
        Tanh()
        """
        if target == "":
            raise ValueError(describe("Cannot set the submodule without a target name!"))
        if not isinstance(module, Tree):
            raise ValueError(describe(f"`module` is not an nn.Module, found {type(module)}"))
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if (strict or hasattr(parent, name)) and not isinstance(parent._step(name), Tree):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter at a path such as ``"features.3.weight"``.

        Raises
        ------
        AttributeError
            If the path leads nowhere, or to something else.

        Examples
        --------
        >>> import nn
        >>> nn.Sequential(nn.Linear(2, 3)).get_parameter("0.weight").shape
        autograd.Size([3, 2])
        """
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._step(name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer at a path such as ``"features.3.running_mean"``.

        Raises
        ------
        AttributeError
            If the path leads nowhere, or to something else.

        Examples
        --------
        >>> import nn
        >>> nn.Sequential(nn.BatchNorm2d(2)).get_buffer("0.running_var")
        tensor([1., 1.])
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found: Tensor = module._step(name)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    # ---- traversal

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Yield path and module of this module and all below it, each once unless `remove_duplicate` is False.

        Parameters
        ----------
        memo : set of Module, optional
            Modules that are not yielded; those that are, are added.
        prefix : str
            Put before every path.
        remove_duplicate : bool, default True

        Examples
        --------
        >>> import nn
        >>> model = nn.Sequential(nn.Sequential(nn.Tanh()), nn.ReLU())
        >>> [(path, type(module).__name__) for path, module in model.named_modules()]
        [('', 'Sequential'), ('0', 'Sequential'), ('0.0', 'Tanh'), ('1', 'ReLU')]
        """
        seen: set[Any] = set() if memo is None else memo
        if self in seen:
            return
        if remove_duplicate:
            seen.add(self)
        yield prefix, self  # type: ignore[misc]
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(seen, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """Yield this module and all below it, each once unless `remove_duplicate` is False.

        Examples
        --------
        >>> import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
        >>> [type(module).__name__ for module in model.modules()]
        ['Sequential', 'Linear', 'ReLU']
        """
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the name and module of the immediate submodules, each once.

        Examples
        --------
        >>> import nn
        >>> dict(nn.Sequential(nn.Tanh(), nn.ReLU()).named_children())
        {'0': Tanh(), '1': ReLU()}
        """
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """Yield the immediate submodules, each once.

        Examples
        --------
        >>> import nn
        >>> [*nn.Sequential(nn.Sequential(nn.Tanh()), nn.ReLU()).children()]
        [Sequential(
          (0): Tanh()
        ), ReLU()]
        """
        for _, module in self.named_children():
            yield module

    def _named_members(
        self,
        members: Callable[[Tree], Iterable[tuple[str, Any]]],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        seen = set()
        modules: Iterable[tuple[str, Tree]] = [(prefix, self)]
        if recurse:
            modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for path, module in modules:
            for name, member in members(module):
                if member is None or member in seen:
                    continue
                if remove_duplicate:
                    seen.add(member)
                yield f"{path}.{name}" if path else name, member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield the path and parameter of all parameters, in the order of registration.

        Parameters
        ----------
        prefix : str
            Put before every path.
        recurse : bool, default True
            Whether to descend into submodules.
        remove_duplicate : bool, default True
            Whether a shared parameter is yielded only once.

        Examples
        --------
        >>> import nn
        >>> [(path, tuple(p.shape)) for path, p in nn.Sequential(nn.Linear(2, 3)).named_parameters()]
        [('0.weight', (3, 2)), ('0.bias', (3,))]
        """
        yield from self._named_members(lambda m: m._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield all parameters, each once, in the order of registration.

        Parameters
        ----------
        recurse : bool, default True
            Whether to descend into submodules.

        Examples
        --------
        >>> import nn
        >>> sum(p.numel() for p in nn.Linear(2, 3).parameters())
        9
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield the path and buffer of all buffers; the arguments are those of `named_parameters`.

        Examples
        --------
        >>> import nn
        >>> [path for path, _ in nn.BatchNorm2d(2).named_buffers()]
        ['running_mean', 'running_var', 'num_batches_tracked']
        """
        yield from self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield all buffers, each once.

        Parameters
        ----------
        recurse : bool, default True
            Whether to descend into submodules.

        Examples
        --------
        >>> import nn
        >>> len([*nn.BatchNorm2d(2).buffers()])
        3
        """
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer
