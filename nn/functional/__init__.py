"""Functions of networks: convolutions, pooling, normalisation, activations, losses, dropout and image operations.

The names are the imports in ``__init__.pyi``; each is loaded when it is first used.
"""

from autograd.lazy import attach_stub as _attach_stub
from autograd.lazy import left_out as _left_out

_absent = _left_out(
    __name__,
    {
        "multi_head_attention_forward": "attention and transformers",
        "ctc_loss embedding_bag linear_cross_entropy conv_tbc": "losses and layers for text",
        "fractional_max_pool*": "random pooling windows",
        "scaled_mm scaled_grouped_mm grouped_mm": "quantised networks",
    },
)
__getattr__, __dir__, __all__ = _attach_stub(__name__, __file__, otherwise=_absent)
