"""Normalisation: statistics over channels, groups or rows, and the affine maps and gradients that follow from them."""

from __future__ import annotations

from autograd.kernels.norm.channels import (
    batch_norm_apply,
    batch_norm_backward,
    batch_stats,
    channel_sum,
    group_norm_apply,
    group_norm_backward,
    group_stats,
)
from autograd.kernels.norm.layer import layer_norm, layer_norm_backward

__all__ = [
    "batch_norm_apply",
    "batch_norm_backward",
    "batch_stats",
    "channel_sum",
    "group_norm_apply",
    "group_norm_backward",
    "group_stats",
    "layer_norm",
    "layer_norm_backward",
]
