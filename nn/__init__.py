"""Layers, losses and models in PyTorch's vocabulary, on top of `autograd`."""

import autograd as _autograd

if getattr(_autograd, "__project__", None) != "convgrad":
    raise ImportError(
        "convgrad's package 'autograd' is shadowed by another package of that name, at "
        f"{getattr(_autograd, '__file__', 'an unknown place')}. Repair: pip uninstall --yes autograd convgrad && "
        "pip install convgrad, best in a fresh virtual environment."
    )

from nn.hooks import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from nn.module import Module
from nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter
