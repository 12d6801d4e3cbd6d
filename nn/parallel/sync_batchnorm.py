"""Batch normalisation by the statistics of all processes' batches together."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Function, Tensor, distributed
from autograd.distributed import ProcessGroup
from autograd.errors import describe
from nn import functional as F
from nn.module import Module
from nn.modules.batchnorm import _BatchNorm

__all__ = ["SyncBatchNorm"]


class _Sum(Function):
    """The sum over all processes; so is its gradient, for every process's loss depends on every summand."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: ProcessGroup) -> Tensor:
        ctx.group = group
        total: Tensor = x.clone()
        distributed.all_reduce(total, group=group)
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return _Sum.apply(grad, ctx.group), None


class _Statistics(Function):
    r"""Mean and biased variance by channel over all processes' values.

    From each process's count :math:`n_r`, mean and variance (T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae
    and a pairwise algorithm for computing sample variances", 1979), with :math:`n = \sum n_r`:
    :math:`m = \sum n_r m_r / n`, :math:`v = \sum n_r (v_r + (m_r - m)^2) / n`. The gradient by x is
    :math:`(a + 2 (x - m) b) / n`, where a and b are the sums of all processes' gradients by m and v.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: ProcessGroup) -> tuple[Tensor, Tensor, Tensor]:
        axes = (0, *range(2, x.ndim))
        count = x.numel() // x.shape[1]
        if count:
            var, mean = (s.double() for s in autograd.var_mean(x, axes, correction=0))
        else:
            var = mean = autograd.zeros(x.shape[1], dtype=autograd.float64)
        own = autograd.cat([autograd.full_like(mean[:1], count), mean, var])
        rows = [autograd.empty_like(own) for _ in range(group.size())]
        distributed.all_gather(rows, own, group)
        counts, means, variances = autograd.stack(rows).split([1, x.shape[1], x.shape[1]], 1)
        total = counts.sum()
        mean = (counts * means).sum(0) / total
        var = (counts * (variances + (means - mean) ** 2)).sum(0) / total
        mean, var = mean.to(x.dtype), var.to(x.dtype)
        ctx.group, ctx.total = group, total.item()
        ctx.save_for_backward(x, mean)
        ctx.mark_non_differentiable(total)
        return mean, var, total

    @staticmethod
    def backward(ctx: Any, by_mean: Tensor, by_var: Tensor, _: Tensor) -> tuple[Tensor, None]:
        x, mean = ctx.saved_tensors
        a, b = (_Sum.apply(grad, ctx.group) / ctx.total for grad in (by_mean, by_var))
        shape = (1, -1, *(1,) * (x.ndim - 2))
        return (x - mean.reshape(shape)) * (2 * b).reshape(shape) + a.reshape(shape), None


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation (N, C, ...) whose statistics, in training, are those of all processes' batches together.

    So are their gradients, of any order: n processes with B/n samples give what one gives with B. Shares may differ in
    size, and be empty. With one process, or without a process group, and in evaluation it is `BatchNorm2d`.

    Parameters
    ----------
    num_features : int
        Number of channels.
    eps, momentum, affine, track_running_stats, device, dtype, bias, eps_mode
        As in `BatchNorm2d`.
    process_group : ProcessGroup, optional

    Examples
    --------
    >>> import autograd, nn
    >>> model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    >>> nn.SyncBatchNorm.convert_sync_batchnorm(model)[1]
    SyncBatchNorm(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    """

    _ranks = (2, 3, 4, 5)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: ProcessGroup | None = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
        eps_mode: str = "var",
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias, eps_mode=eps_mode
        )
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(
                describe(
                    f"expected at least 2D input (got {input.ndim}D input)",
                    op="SyncBatchNorm",
                    shapes={"input": input.shape},
                )
            )

    def forward(self, input: Tensor) -> Tensor:
        """Normalise `input`; in training, by the statistics of all processes, of which note is taken."""
        shared = self.process_group is not None or distributed.is_initialized()
        group = distributed.group_of(self.process_group) if shared else None
        if group is None or group.size() == 1 or not (self.training or self.running_mean is None):
            return super().forward(input)
        self._check_input_dim(input)
        mean, var, total = _Statistics.apply(input, group)
        count = int(total.item())
        if count == 1:
            raise ValueError(
                describe(
                    "Expected more than 1 value per channel when training", op="SyncBatchNorm", rule="got 1 in all"
                )
            )
        if self.training and self.track_running_stats and self.running_mean is not None:
            self._take_note(mean.detach(), var.detach() * (count / (count - 1)))
        return F.batch_norm(input, mean, var, self.weight, self.bias, False, 0.0, self.eps, eps_mode=self.eps_mode)

    def _take_note(self, mean: Tensor, unbiased: Tensor) -> None:
        self.num_batches_tracked.add_(1)
        factor = 1.0 / self.num_batches_tracked.item() if self.momentum is None else self.momentum
        self.running_mean.mul_(1 - factor).add_(mean, alpha=factor)
        self.running_var.mul_(1 - factor).add_(unbiased, alpha=factor)

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: ProcessGroup | None = None) -> Module:
        """Replace every batch normalisation in a module, in place, by one that is synchronised and has its weights.

        Parameters
        ----------
        module : Module
        process_group : ProcessGroup, optional

        Returns
        -------
        Module
            `module`, or what replaces it if it is a batch normalisation itself.
        """
        if isinstance(module, _BatchNorm) and not isinstance(module, cls):
            return cls._like(module, process_group)
        for name, child in module.named_children():
            setattr(module, name, cls.convert_sync_batchnorm(child, process_group))
        return module

    @classmethod
    def _like(cls, module: _BatchNorm, process_group: ProcessGroup | None) -> SyncBatchNorm:
        new = cls(
            module.num_features,
            module.eps,
            module.momentum,
            module.affine,
            module.track_running_stats,
            process_group,
            eps_mode=module.eps_mode,
        )
        for name in ("weight", "bias"):
            new.register_parameter(name, getattr(module, name))
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            new.register_buffer(name, getattr(module, name))
        new.train(module.training)
        return new
