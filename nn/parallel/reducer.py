"""Gradients averaged over processes, in buckets, while backward still runs.

Gradients become ready about in the reverse order of the layers. They are collected in buckets, in that order; when the
last gradient of a bucket has arrived its sum over all processes is begun, and backward goes on. MPI advances a sum only
inside its own calls, so every further gradient that arrives gives the sums under way a push; the last one waits for
them and writes the means back.

S. Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", VLDB 13 (2020).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence

import autograd
from autograd import Tensor
from autograd.distributed import ProcessGroup, ReduceOp, Work, all_reduce
from autograd.errors import describe
from nn.parameter import Parameter

__all__ = ["Bucket", "Reducer", "fill_buckets"]

#: Bytes of the first bucket: a small one, so that the network is busy early.
FIRST = 1 << 20


class Bucket:
    """Parameters whose gradients travel as one vector.

    Attributes
    ----------
    parameters : list of Parameter
    flat : Tensor, shape (n,)
        Their gradients, one after another.
    views : list of Tensor
        The same memory in the parameters' shapes.
    missing : int
        Gradients that have not arrived yet.
    work : Work or None
        The sum, once it is under way.
    """

    def __init__(self, parameters: list[Parameter]) -> None:
        self.parameters = parameters
        self.flat = autograd.zeros(sum(p.numel() for p in parameters), dtype=parameters[0].dtype)
        self.views: list[Tensor] = []
        start = 0
        for parameter in parameters:
            self.views.append(self.flat[start : start + parameter.numel()].view(parameter.shape))
            start += parameter.numel()
        self.missing = 0
        self.work: Work | None = None


def fill_buckets(parameters: Sequence[Parameter], capacity: float, first: float = FIRST) -> list[list[Parameter]]:
    """Collect parameters, in the reverse of their order, in buckets of one dtype and of at most `capacity` bytes.

    A larger parameter has a bucket to itself, and the first bucket closes at `first` bytes already.

    Examples
    --------
    >>> weights = [Parameter(autograd.zeros(n)) for n in (1, 2, 3, 4)]
    >>> [[len(p) for p in bucket] for bucket in fill_buckets(weights, capacity=20, first=4)]
    [[4], [3, 2], [1]]
    """
    buckets: list[list[Parameter]] = []
    held = 0
    for parameter in reversed(parameters):
        size = parameter.numel() * parameter.element_size()
        limit = min(first, capacity) if len(buckets) == 1 else capacity
        if not buckets or held + size > limit or buckets[-1][0].dtype != parameter.dtype:
            buckets.append([])
            held = 0
        buckets[-1].append(parameter)
        held += size
    return buckets


class Reducer:
    """Averages the gradients of parameters over a group's processes, each time backward has run.

    Parameters
    ----------
    parameters : sequence of Parameter
        In the order of registration; all require grad.
    group : ProcessGroup
        Used by nobody else.
    capacity : float
        Bytes in a bucket.
    as_views : bool
        Leave the means in the buckets, as views of which they become ``.grad``, rather than copy them.
    """

    def __init__(self, parameters: Sequence[Parameter], group: ProcessGroup, capacity: float, as_views: bool) -> None:
        self.group = group
        self.as_views = as_views
        self._scale = 1 / group.size()
        self.buckets = [Bucket(filled) for filled in fill_buckets(parameters, capacity)]
        self._numbers = {id(p): i for i, p in enumerate(parameters)}
        self._place = {id(p): (b, i) for b in self.buckets for i, p in enumerate(b.parameters)}
        hook = _weakly(weakref.WeakMethod(self._arrived))
        self._handles = [p.register_post_accumulate_grad_hook(hook) for p in parameters]
        self._next = len(self.buckets)
        self._waiting: set[int] = set()
        self._reached: set[int] | None = None
        self._used: Tensor | None = None
        self._used_work: Work | None = None
        self.active = False

    def __del__(self) -> None:
        for handle in self._handles:
            handle.remove()

    def prepare(self, used: Iterable[Tensor] | None = None) -> None:
        """Expect a backward. With `used`, only those parameters take part in it; the others contribute what they have.

        Raises
        ------
        RuntimeError
            If the one before ended without all gradients.
        """
        if self.active and len(self._waiting) < len(self._place):
            self._report_missing()
        self.active = True
        self._next = 0
        self._waiting = set(self._place)
        self._reached = None if used is None else {id(parameter) for parameter in used}
        for bucket in self.buckets:
            bucket.missing, bucket.work = len(bucket.parameters), None

    def _begin(self) -> None:
        """Ask, with the first gradient, which parameters have one anywhere; take those of which none will come."""
        if self._reached is None:
            return
        flags = []
        for key in self._numbers:
            bucket, index = self._place[key]
            flags.append(int(key in self._reached or bucket.parameters[index].grad is not None))
        self._used = autograd.tensor(flags, dtype=autograd.int32)
        self._used_work = all_reduce(self._used, ReduceOp.MAX, self.group, async_op=True)
        for key in self._numbers.keys() - self._reached:
            self._collect(key)

    def cancel(self) -> None:
        """Expect no gradients: those that arrive are left alone."""
        self.active = False

    def _report_missing(self) -> None:
        names = ", ".join(str(self._numbers[key]) for key in sorted(self._waiting, key=self._numbers.__getitem__))
        raise RuntimeError(
            describe(
                "Expected to have finished reduction in the prior iteration before starting a new one. This error "
                "indicates that your module has parameters that were not used in producing loss.",
                op="DistributedDataParallel",
                rule=f"Parameter indices which did not receive grad: {names}",
                fix="pass find_unused_parameters=True, or let every output take part in the loss",
            )
        )

    def _arrived(self, parameter: Tensor) -> None:
        """Take a gradient that backward has just accumulated."""
        if not self.active:
            return
        key = id(parameter)
        if len(self._waiting) == len(self._place):
            self._begin()
        if key not in self._waiting:
            raise RuntimeError(
                describe(
                    "Expected to mark a variable ready only once.",
                    op="DistributedDataParallel",
                    rule=f"the gradient of parameter {self._numbers[key]} arrived twice since the last forward",
                    fix="call the model once for each backward, or use no_sync() for all but the last one",
                )
            )
        self._collect(key)
        if not self._waiting:
            self._finish()
        else:
            self._push()

    def _collect(self, key: int) -> None:
        """Put a gradient in its bucket, and begin the sums of those that are full."""
        bucket, index = self._place[key]
        view, grad = bucket.views[index], bucket.parameters[index].grad
        if grad is None:
            view.zero_()
        elif grad is view:
            view.mul_(self._scale)
        else:
            autograd.mul(grad.detach(), self._scale, out=view)  # type: ignore[call-arg]
        self._waiting.discard(key)
        bucket.missing -= 1
        # Every process must begin the sums in the same order.
        while self._next < len(self.buckets) and self.buckets[self._next].missing == 0:
            following = self.buckets[self._next]
            following.work = all_reduce(following.flat, group=self.group, async_op=True)
            self._next += 1

    def _push(self) -> None:
        for bucket in self.buckets[: self._next]:
            if bucket.work is not None:
                bucket.work.is_completed()

    def _finish(self) -> None:
        """Wait for the sums and write the means back; a parameter that no process used keeps what it has."""
        self.active = False
        used: list[int] | None = None
        if self._used_work is not None and self._used is not None:
            self._used_work.wait()
            used = self._used.tolist()
            self._used = self._used_work = None
        for bucket in self.buckets:
            if bucket.work is not None:
                bucket.work.wait()
            for parameter, view in zip(bucket.parameters, bucket.views, strict=True):
                if used is None or used[self._numbers[id(parameter)]]:
                    self._deliver(parameter, view)

    def _deliver(self, parameter: Parameter, view: Tensor) -> None:
        if self.as_views:
            parameter.grad = view
        elif parameter.grad is None:
            parameter.grad = view.clone()
        else:
            with autograd.no_grad():
                parameter.grad.copy_(view)


def _weakly(method: weakref.WeakMethod[Callable[[Tensor], None]]) -> Callable[[Tensor], None]:
    """Return a hook that does not keep the reducer: parameters outlive the wrapper around their module."""

    def hook(parameter: Tensor) -> None:
        found = method()
        if found is not None:
            found(parameter)

    return hook
