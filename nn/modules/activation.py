"""Activations."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from nn import functional as F
from nn import init
from nn.modules.configured import Configured, InPlace
from nn.parameter import Parameter

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "LeakyReLU",
    "LogSigmoid",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]


class ReLU(InPlace):
    """Rectified linear unit ``max(x, 0)`` (Nair & Hinton 2010), of any shape.

    Parameters
    ----------
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ReLU()(autograd.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.relu(input, inplace=self.inplace)


class SiLU(InPlace):
    """``x sigmoid(x)``, also known as swish (Elfwing et al. 2017).

    Parameters
    ----------
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.SiLU()(autograd.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.2689,  0.0000,  0.7311])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.silu(input, inplace=self.inplace)


class Mish(InPlace):
    """``x tanh(softplus(x))`` (Misra 2019).

    Parameters
    ----------
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Mish()(autograd.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.3034,  0.0000,  0.8651])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.mish(input, inplace=self.inplace)


class SELU(InPlace):
    """``scale (max(0, x) + min(0, alpha (exp(x) - 1)))``, self-normalising (Klambauer et al. 2017).

    With ``scale = 1.0507...`` and ``alpha = 1.6733...``, mean 0 and variance 1 pass from layer to layer if the weights
    have variance ``1 / fan_in``.

    Parameters
    ----------
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.SELU()(autograd.tensor([-1.0, 0.0, 1.0]))
    tensor([-1.1113,  0.0000,  1.0507])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.selu(input, inplace=self.inplace)


class RReLU(InPlace):
    """``x`` where positive, else ``a x``; ``a`` comes from U(lower, upper) in training and is their mean otherwise.

    From Xu et al. 2015.

    Parameters
    ----------
    lower, upper : float, default 1/8 and 1/3
        Bounds of the slope.
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.RReLU(0.25, 0.75).eval()(autograd.tensor([-2.0, 2.0]))
    tensor([-1.,  2.])
    """

    _shown = ("lower", "upper")

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class ELU(InPlace):
    """``x`` where positive, else ``alpha (exp(x) - 1)`` (Clevert et al. 2015).

    Parameters
    ----------
    alpha : float, default 1
        Minus the limit at minus infinity.
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.ELU(alpha=2.0)(autograd.tensor([-100.0, -1.0, 1.0]))
    tensor([-2.0000, -1.2642,  1.0000])
    """

    _shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.elu(input, self.alpha, self.inplace)


class CELU(ELU):
    """``max(0, x) + min(0, alpha (exp(x / alpha) - 1))`` (Barron 2017).

    Unlike `ELU` it has a continuous derivative for every `alpha`.

    Parameters
    ----------
    alpha : float, default 1
        Minus the limit at minus infinity.
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.CELU(alpha=2.0)(autograd.tensor([-100.0, -2.0, 1.0]))
    tensor([-2.0000, -1.2642,  1.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.celu(input, self.alpha, self.inplace)


class LeakyReLU(InPlace):
    """``x`` where positive, else ``negative_slope x`` (Maas et al. 2013).

    Parameters
    ----------
    negative_slope : float, default 0.01
    inplace : bool, default False
        Whether the result overwrites the input.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LeakyReLU(0.5)(autograd.tensor([-4.0, 0.0, 4.0]))
    tensor([-2.,  0.,  4.])
    """

    _shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class PReLU(Configured):
    """``x`` where positive, else ``a x`` with a learnt ``a`` for all or for each channel (He et al. 2015).

    Parameters
    ----------
    num_parameters : int, default 1
        1, or the number of channels.
    init : float, default 0.25
        Initial value.

    Attributes
    ----------
    weight : Parameter, shape (num_parameters,)

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.PReLU(num_parameters=3)
    >>> layer(-autograd.ones(1, 3))
    tensor([[-0.2500, -0.2500, -0.2500]], grad_fn=<WhereBackward0>)
    >>> layer.weight.shape
    autograd.Size([3])
    """

    _shown = ("num_parameters",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(autograd.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the initial value anew."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.prelu(input, self.weight)


class GELU(Configured):
    """``x Phi(x)`` with the standard normal distribution function ``Phi`` (Hendrycks & Gimpel 2016).

    Parameters
    ----------
    approximate : {'none', 'tanh'}
        'tanh' computes ``x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`` instead.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.GELU()(autograd.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    """

    _shown = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.gelu(input, approximate=self.approximate)


class GLU(Configured):
    """``a sigmoid(b)`` with the halves ``a`` and ``b`` of the input along `dim` (Dauphin et al. 2016).

    The output has half the size on that axis.

    Parameters
    ----------
    dim : int, default -1
        Its size must be even.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.GLU()(autograd.tensor([[3.0, 4.0, 0.0, 0.0]]))
    tensor([[1.5000, 2.0000]])
    """

    _shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.glu(input, self.dim)


class Softplus(Configured):
    """``log(1 + exp(beta x)) / beta``, a smooth `ReLU`; ``x`` itself where ``beta x > threshold`` (Dugas et al. 2000).

    Parameters
    ----------
    beta : float, default 1
    threshold : float, default 20

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Softplus()(autograd.tensor([0.0, 100.0]))
    tensor([  0.6931, 100.0000])
    """

    _shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.softplus(input, self.beta, self.threshold)


class Sigmoid(Configured):
    """``1 / (1 + exp(-x))``, between 0 and 1.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Sigmoid()(autograd.tensor([-100.0, 0.0, 100.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.sigmoid(input)


class Tanh(Configured):
    """``tanh(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x))``, between -1 and 1.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Tanh()(autograd.tensor([-100.0, 0.0, 1.0]))
    tensor([-1.0000,  0.0000,  0.7616])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.tanh(input)


class LogSigmoid(Configured):
    """``log(sigmoid(x)) = -log(1 + exp(-x))``, without overflow.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LogSigmoid()(autograd.tensor([-100.0, 0.0]))
    tensor([-100.0000,   -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.logsigmoid(input)


class Softsign(Configured):
    """``x / (1 + |x|)``, between -1 and 1.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Softsign()(autograd.tensor([-3.0, 0.0, 1.0]))
    tensor([-0.7500,  0.0000,  0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.softsign(input)


class Tanhshrink(Configured):
    """``x - tanh(x)``.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Tanhshrink()(autograd.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.2384,  0.0000,  0.2384])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function."""
        return F.tanhshrink(input)
