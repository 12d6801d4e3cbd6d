"""Special functions: gamma and error functions, and numerically careful forms of elementary ones.

Examples
--------
>>> import autograd
>>> autograd.special.xlogy(autograd.tensor([0.0, 1.0]), autograd.tensor([0.0, 1.0]))
tensor([0., 0.])
"""

from autograd.ops.activation import sigmoid as expit
from autograd.ops.reduce import logsumexp
from autograd.ops.rounding import round
from autograd.ops.softmax import log_softmax, softmax
from autograd.ops.special import digamma, entr, erf, erfc, erfinv, logit, ndtr, polygamma, sinc, xlog1py, xlogy
from autograd.ops.special import digamma as psi
from autograd.ops.special import lgamma as gammaln
from autograd.ops.transcend import exp2, expm1, log1p

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "ndtr",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]
