"""Linear algebra: norms, inverses, determinants, decompositions and systems of equations.

Examples
--------
>>> import autograd
>>> A = autograd.tensor([[2.0, 0.0], [0.0, 4.0]])
>>> autograd.linalg.solve(A, autograd.tensor([2.0, 4.0]))
tensor([1., 1.])
"""

from autograd.ops.decompositions import cholesky, eigh, eigvalsh, qr, svd, svdvals
from autograd.ops.inverses import LinAlgError, det, slogdet
from autograd.ops.inverses import inverse as inv
from autograd.ops.matrices import cond, matrix_norm, matrix_power, matrix_rank, multi_dot
from autograd.ops.matrices import linalg_cross as cross
from autograd.ops.matrices import linalg_norm as norm
from autograd.ops.norms import vector_norm
from autograd.ops.products import matmul
from autograd.ops.slicing import linalg_diagonal as diagonal
from autograd.ops.systems import linalg_pinv as pinv
from autograd.ops.systems import solve

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "vector_norm",
]
