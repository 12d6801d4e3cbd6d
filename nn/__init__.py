"""Layers, losses and models in PyTorch's vocabulary, on top of `autograd`.

The public names are the imports in ``__init__.pyi``; each is loaded when it is first used.
"""

import autograd as _autograd

if getattr(_autograd, "__project__", None) != "convgrad":
    raise ImportError(
        "convgrad's package 'autograd' is shadowed by another package of that name, at "
        f"{getattr(_autograd, '__file__', 'an unknown place')}. Repair: pip uninstall --yes autograd convgrad && "
        "pip install convgrad, best in a fresh virtual environment."
    )

from autograd.lazy import attach_stub as _attach_stub
from autograd.lazy import left_out as _left_out

_absent = _left_out(
    __name__,
    {
        "RNN* LSTM* GRU*": "recurrent networks",
        "Transformer* MultiheadAttention attention": "attention and transformers",
        "CTCLoss EmbeddingBag AdaptiveLogSoftmaxWithLoss LinearCrossEntropy*": "losses and layers for text",
        "FractionalMaxPool*": "random pooling windows",
        "intrinsic qat quant*": "quantised networks",
    },
)
__getattr__, __dir__, __all__ = _attach_stub(__name__, __file__, otherwise=_absent)
