"""Group normalisation (Wu and He, 2018) and, with as many groups as channels, instance normalisation."""

from __future__ import annotations

import numpy as np

from autograd.kernels.layout import Array
from autograd.kernels.norm.batch import CANCELLATION
from autograd.kernels.norm.panels import Panels

__all__ = ["group_norm_apply", "group_norm_backward", "group_stats"]
