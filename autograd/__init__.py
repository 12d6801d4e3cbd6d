"""convgrad: reverse-mode automatic differentiation with CNN operations on NumPy and SciPy, in PyTorch's vocabulary.

The public names are the imports in ``__init__.pyi``; each is loaded when it is first used.
"""

# First of all imports: it decides how NumPy's BLAS is loaded.
from autograd.kernels import blas as _blas  # isort: skip

from math import e, inf, nan, pi

from autograd import methods as _methods
from autograd.gradcheck import gradcheck  # like tensor, this function takes its module's place
from autograd.lazy import attach_stub as _attach_stub
from autograd.neighbours import neighbour as _neighbour
from autograd.ops.values import tensor
from autograd.tensor import Tensor

__project__ = "convgrad"
__version__ = "0.1.0"
newaxis = None

__getattr__, __dir__, __all__ = _attach_stub(__name__, __file__, otherwise=_neighbour)
