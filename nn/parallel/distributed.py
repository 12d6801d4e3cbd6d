"""A module whose gradients are the mean over several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import autograd
from autograd import Tensor, distributed
from autograd.distributed import ProcessGroup
from autograd.errors import describe
from nn.module import Module
from nn.parallel.reducer import Reducer
from nn.parameter import is_lazy

__all__ = ["DistributedDataParallel", "share_tensors"]


class DistributedDataParallel(Module):
    r"""Wraps a module for training on several processes, each with a share of the batch.

    At construction the parameters and buffers of rank 0 go to all. After ``loss.backward()`` every process has the mean
    :math:`\frac1n \sum_r g_r` of the gradients, hence the same weights after the optimizer's step. The sums begin while
    backward still runs, a bucket of parameters at a time (S. Li et al., VLDB 13, 2020).

    If each of n processes takes the mean loss of B/n samples, the result is that of one process with B samples, but for
    batch normalisation, whose statistics `nn.SyncBatchNorm` takes over all processes, and random numbers.

    Parameters
    ----------
    module : Module
    device_ids, output_device : optional
        Must be empty: there is one device.
    dim : int
        Accepted for compatibility.
    broadcast_buffers : bool, default True
        Buffers of rank 0, such as running statistics, go to all before a forward that follows a step.
    process_group : ProcessGroup, optional
    bucket_cap_mb : float, default 25
        MiB of gradients that travel together.
    find_unused_parameters : bool, default False
        Let parameters that the outputs do not depend on contribute the ``grad`` they have, or zeros; where no process
        has one it stays None. Costs a walk through the graph and a small message.
    check_reduction : bool
        Accepted and without effect, as in PyTorch.
    gradient_as_bucket_view : bool, default False
        Each ``grad`` is a view of its bucket rather than a copy.
    static_graph : bool, default False
        Taken as `find_unused_parameters`.

    Attributes
    ----------
    module : Module
        The wrapped one; names in `state_dict` begin with ``module.``.

    Raises
    ------
    RuntimeError
        If no parameter requires grad, some are uninitialised, or the processes have different models.
    ValueError
        If devices are given, or there is no process group.

    Examples
    --------
    >>> import nn
    >>> from autograd import distributed
    >>> distributed.init_process_group("mpi")  # doctest: +SKIP
    >>> model = nn.parallel.DistributedDataParallel(nn.Linear(2, 1))  # doctest: +SKIP
    """

    def __init__(
        self,
        module: Module,
        device_ids: Any = None,
        output_device: Any = None,
        dim: int = 0,
        broadcast_buffers: bool = True,
        init_sync: bool = True,
        process_group: ProcessGroup | None = None,
        bucket_cap_mb: float | None = None,
        find_unused_parameters: bool = False,
        check_reduction: bool = False,
        gradient_as_bucket_view: bool = False,
        static_graph: bool = False,
    ) -> None:
        super().__init__()
        capacity = 25.0 if bucket_cap_mb is None else float(bucket_cap_mb)
        _check(module, device_ids, output_device, capacity)
        self.module = module
        self.dim = dim
        self.broadcast_buffers = broadcast_buffers
        self.bucket_bytes_cap = int(capacity * 2**20)
        self.find_unused_parameters = find_unused_parameters or static_graph
        self.gradient_as_bucket_view = gradient_as_bucket_view
        self.require_backward_grad_sync = True
        self._buffers_differ = False
        # Messages of its own, whatever else the program sends in between.
        self.process_group = ProcessGroup(distributed.group_of(process_group).comm.Dup())
        _compare(module, self.process_group)
        if init_sync:
            share_tensors([*module.parameters(), *module.buffers()], self.process_group)
        parameters = [p for p in module.parameters() if p.requires_grad]
        self.reducer = Reducer(parameters, self.process_group, self.bucket_bytes_cap, gradient_as_bucket_view)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Leave gradients as each process has them, for forwards in the block and their backwards.

        The next backward outside adds to them, and averages the whole: gradients accumulated over several batches cost
        one sum.
        """
        before = self.require_backward_grad_sync
        self.require_backward_grad_sync = False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Run the module, and expect a backward."""
        if self.broadcast_buffers and self._buffers_differ:
            self.share_buffers()
        output = self.module(*inputs, **kwargs)
        if not (autograd.is_grad_enabled() and self.require_backward_grad_sync):
            self.reducer.cancel()
            return output
        self.reducer.prepare(_leaves(output) if self.find_unused_parameters else None)
        self._buffers_differ = self.training
        return output

    def share_buffers(self) -> None:
        """Replace the buffers of every process by those of rank 0."""
        share_tensors(self.module.buffers(), self.process_group)
        self._buffers_differ = False


def _check(module: Module, device_ids: Any, output_device: Any, capacity: float) -> None:
    """Refuse what cannot be trained on several processes."""
    parameters = list(module.parameters())
    if any(is_lazy(p) for p in parameters):
        raise RuntimeError(
            describe(
                "Modules with uninitialized parameters can't be used with `DistributedDataParallel`. Run a dummy "
                "forward pass to correctly initialize the modules",
            )
        )
    if not any(p.requires_grad for p in parameters):
        raise RuntimeError(
            describe(
                "DistributedDataParallel is not needed when a module doesn't have any parameters that require a "
                "gradient.",
                fix="use the module itself",
            )
        )
    if device_ids or output_device is not None:
        raise ValueError(
            describe(
                "DistributedDataParallel device_ids and output_device arguments only work with single-device/"
                f"multiple-device GPU modules or CPU modules, but got device_ids {device_ids}, output_device "
                f"{output_device}.",
                fix="leave both out: there is one device, the CPU",
            )
        )
    if not capacity > 0:
        raise ValueError(describe(f"bucket_cap_mb must be positive, got {capacity}"))


def _compare(module: Module, group: ProcessGroup) -> None:
    """Refuse models that differ in names, shapes or dtypes; every process sees all of them, and all raise."""
    own = [(name, tuple(t.shape), str(t.dtype)) for name, t in module.state_dict().items()]
    every: list[Any] = []
    distributed.all_gather_object(every, own, group)
    for rank, other in enumerate(every):
        if other != every[0]:
            unlike = next((a, b) for a, b in zip([*every[0], None], [*other, None], strict=False) if a != b)
            raise RuntimeError(
                describe(
                    f"DDP expects same model across all ranks, but Rank 0 has {unlike[0]}, while rank {rank} has "
                    f"{unlike[1]}",
                    op="DistributedDataParallel",
                    fix="build the same model in every process",
                )
            )


def share_tensors(tensors: Iterable[Tensor], group: ProcessGroup | None = None) -> None:
    """Replace tensors, in every process, by those of rank 0; those of one dtype travel together."""
    kinds: dict[Any, list[Tensor]] = {}
    for tensor in tensors:
        kinds.setdefault(tensor.dtype, []).append(tensor)
    with autograd.no_grad():
        for together in kinds.values():
            flat = autograd.cat([tensor.detach().reshape(-1) for tensor in together])
            distributed.broadcast(flat, 0, group)
            start = 0
            for tensor in together:
                tensor.detach().copy_(flat[start : start + tensor.numel()].view(tensor.shape))
                start += tensor.numel()


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in nested sequences and mappings."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def _leaves(output: Any) -> Iterator[Tensor]:
    """Yield the leaves that an output depends on."""
    stack = [tensor.grad_fn for tensor in _tensors(output) if tensor.grad_fn is not None]
    seen = set(stack)
    while stack:
        node = stack.pop()
        leaf = getattr(node, "variable", None)
        if leaf is not None:
            yield leaf
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                stack.append(following)
