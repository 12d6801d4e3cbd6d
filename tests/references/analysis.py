"""Special functions, curves, counts, complex parts and matrix invariants, by their definitions."""

import math

import numpy as np

from tests.references.elementwise import digamma, each
from tests.references.linalg import each_matrix, inv


def polygamma(n, input):
    """The defining series, its tail by Euler and Maclaurin."""
    if n == 0:
        return each(digamma)(input)

    def at(x):
        start = 40
        z = x + start
        tail = z**-n / n + z ** -(n + 1) / 2 + (n + 1) * z ** -(n + 2) / 12
        tail -= (n + 1) * (n + 2) * (n + 3) * z ** -(n + 4) / 720
        total = sum((x + k) ** -(n + 1) for k in range(start)) + tail
        return (-1) ** (n + 1) * math.factorial(n) * total

    return each(at)(input)


def entr(x):
    return 0.0 if x == 0 else -x * math.log(x) if x > 0 else -math.inf


def sgn(input):
    size = np.abs(input)
    return np.where(size == 0, 0, input / np.where(size == 0, 1, size))


def angle(input):
    return np.arctan2(input.imag, input.real)


def strips(y, x=None, *, dx=1.0, dim=-1):
    """Areas between neighbouring points, with the axis of integration last."""
    y = np.moveaxis(y, dim, -1)
    if x is not None:
        x = np.broadcast_to(x, y.shape) if x.ndim == 1 else np.moveaxis(x, dim, -1)
    width = dx if x is None else x[..., 1:] - x[..., :-1]
    return width * (y[..., 1:] + y[..., :-1]) / 2


def trapezoid(y, x=None, *, dx=1.0, dim=-1):
    return strips(y, x, dx=dx, dim=dim).sum(-1)


def cumulative_trapezoid(y, x=None, *, dx=1.0, dim=-1):
    areas = strips(y, x, dx=dx, dim=dim)
    running = np.array(
        [[sum(row[: k + 1]) for k in range(len(row))] for row in areas.reshape(-1, max(areas.shape[-1], 1))]
    )
    return np.moveaxis(running.reshape(areas.shape), -1, dim)


def histc(input, bins=100, min=0, max=0):
    values = input.ravel()
    low, high = (min, max) if min != max or not values.size else (values.min(), values.max())
    edges = [low + (high - low) * k / bins for k in range(bins + 1)]
    counts = [sum(edges[k] <= v < edges[k + 1] for v in values) for k in range(bins)]
    counts[-1] += sum(v == edges[-1] for v in values)
    return np.array(counts, input.dtype)


def nanquantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """Row by row, over what is a number."""
    axis = None if dim is None else dim % max(input.ndim, 1)
    rows = input.reshape(1, -1) if axis is None or not input.ndim else np.moveaxis(input, axis, -1)
    kept = (1,) * input.ndim if axis is None else tuple(1 if d == axis else n for d, n in enumerate(input.shape))
    outer = rows.shape[:-1]

    def at(level):
        found = []
        for row in rows.reshape(-1, rows.shape[-1]):
            values = sorted(v for v in row if v == v)
            place = level * (len(values) - 1)
            low, high = math.floor(place), math.ceil(place)
            weight = {"lower": 0, "higher": 1, "midpoint": 0.5, "nearest": round(place) - low}.get(
                interpolation, place - low
            )
            found.append(values[low] + weight * (values[high] - values[low]))
        shape = kept if keepdim else () if axis is None or not input.ndim else outer
        return np.array(found).reshape(shape)

    levels = np.asarray(q)
    return at(float(levels)) if levels.ndim == 0 else np.stack([at(level) for level in levels])


def svdvals(A):
    """Roots of the eigenvalues of the smaller Gram matrix, descending."""
    turned = A.swapaxes(-1, -2)
    gram = A @ turned if A.shape[-2] < A.shape[-1] else turned @ A
    return np.sqrt(np.maximum(np.linalg.eigvalsh(gram), 0))[..., ::-1]


@each_matrix
def pinverse(A):
    return inv(A.T @ A) @ A.T if A.shape[0] >= A.shape[1] else A.T @ inv(A @ A.T)


def cond(A, p=None):
    if p in (None, 2, -2):
        values = svdvals(A)
        return values[..., 0] / values[..., -1] if p != -2 else values[..., -1] / values[..., 0]
    norm = {1: lambda M: np.abs(M).sum(-2).max(-1), "fro": lambda M: np.sqrt((M * M).sum((-2, -1)))}[p]
    return norm(A) * norm(inv(A))


def matrix_rank(A):
    values = svdvals(A)
    return (values > 1e-7 * values.max(-1, keepdims=True)).sum(-1)


def chain_matmul(*matrices):
    result = matrices[0]
    for matrix in matrices[1:]:
        result = np.einsum("ij,jk->ik", result, matrix)
    return result


def pdist(input, p=2):
    rows = range(len(input))
    pairs = [(i, j) for i in rows for j in rows if i < j]
    return np.array([(np.abs(input[i] - input[j]) ** p).sum() ** (1 / p) for i, j in pairs])


def cov(input, *, correction=1, fweights=None, aweights=None):
    return np.asarray(np.cov(input, ddof=correction, fweights=fweights, aweights=aweights))


def eigvalsh(A, UPLO="L"):
    return each_matrix(lambda a: np.sort(np.linalg.eigvals(a).real))(A)


TABLE = {
    "polygamma": polygamma,
    "entr": each(entr),
    "ndtr": each(lambda x: (1 + math.erf(x / math.sqrt(2))) / 2),
    "sgn": sgn,
    "angle": angle,
    "real": lambda input: input.real.copy(),
    "imag": lambda input: input.imag.copy(),
    "conj": lambda input: input.real - 1j * input.imag,
    "isposinf": lambda input: input == np.inf,
    "isneginf": lambda input: input == -np.inf,
    "bitwise_left_shift": lambda input, other: input * 2**other,
    "bitwise_right_shift": lambda input, other: input // 2**other,
    "trapezoid": trapezoid,
    "cumulative_trapezoid": cumulative_trapezoid,
    "histc": histc,
    "nanquantile": nanquantile,
    "cov": cov,
    "corrcoef": lambda input: np.asarray(np.corrcoef(input)),
    "svdvals": svdvals,
    "eigvalsh": eigvalsh,
    "pinverse": pinverse,
    "pinv": lambda A, **tolerances: pinverse(A),
    "cond": cond,
    "matrix_rank": matrix_rank,
    "chain_matmul": chain_matmul,
    "pdist": pdist,
}
