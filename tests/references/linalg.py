"""Products of vectors and matrices, decompositions and norms, written out as sums and eliminations."""

import itertools
import math
import string

import numpy as np

from tests.references.reduce import axes_of, vector_norm

LABELS = string.ascii_uppercase + string.ascii_lowercase


def matmul(input, other):
    """Sum over the inner index; a vector is a row on the left, a column on the right; other axes broadcast."""
    left = input[None, :] if input.ndim == 1 else input
    right = other[:, None] if other.ndim == 1 else other
    product = (left[..., :, :, None] * right[..., None, :, :]).sum(-2)
    product = product[..., 0, :] if input.ndim == 1 else product
    return product[..., 0] if other.ndim == 1 else product


def mT(x):
    return np.swapaxes(x, -2, -1)


def einsum(equation, *operands):
    """Sum over every value of every label. Also takes ``einsum(x, [0, 1], y, [1, 2], [0, 2])``."""
    if not isinstance(equation, str):
        equation, operands = interleaved(equation, *operands)
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = operands[0]
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if not arrow:
        once = [label for label in sorted(set(inputs) & set(LABELS)) if inputs.count(label) == 1]
        output = ("..." if "..." in inputs else "") + "".join(once)
    rank = max(x.ndim - len(t.replace("...", "")) for t, x in zip(terms, operands, strict=True))
    hidden = [f"#{i}" for i in range(rank)]
    named = [axis_labels(t, x.ndim, hidden) for t, x in zip(terms, operands, strict=True)]
    size = {}
    for labels, x in zip(named, operands, strict=True):
        for label, n in zip(labels, x.shape, strict=True):
            size[label] = n if n != 1 else size.get(label, 1)
    kept = axis_labels(output, len(output.replace("...", "")) + rank * ("..." in output), hidden)
    total = np.zeros([size[label] for label in kept], np.result_type(*operands))
    for values in itertools.product(*(range(n) for n in size.values())):
        at = dict(zip(size, values, strict=True))
        product = 1
        for labels, x in zip(named, operands, strict=True):
            product = product * x[tuple(min(at[s], n - 1) for s, n in zip(labels, x.shape, strict=True))]
        total[tuple(at[label] for label in kept)] += product
    return total


def interleaved(*arguments):
    """Translate the form with lists of axis numbers into an equation and its operands."""

    def letters(axes):
        return "".join("..." if axis is Ellipsis else LABELS[axis] for axis in axes)

    count = len(arguments) // 2
    equation = ",".join(letters(axes) for axes in arguments[1 : 2 * count : 2])
    if len(arguments) % 2:
        equation += "->" + letters(arguments[-1])
    return equation, arguments[: 2 * count : 2]


def axis_labels(term, ndim, hidden):
    """One label an axis; the ellipsis stands for the last of the hidden labels."""
    before, dots, after = term.partition("...")
    covered = ndim - len(before) - len(after) if dots else 0
    return [*before, *hidden[len(hidden) - covered :], *after]


def outer(input, vec2):
    return input[:, None] * vec2[None, :]


def tensordot(a, b, dims=2):
    """Pair the axes `dims` (a number: the last of `a` with the first of `b`) and sum over them."""
    if isinstance(dims, int):
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    left, right = ([d % x.ndim for d in chosen] for x, chosen in zip((a, b), dims, strict=True))
    free_a = [d for d in range(a.ndim) if d not in left]
    free_b = [d for d in range(b.ndim) if d not in right]
    shape_a, shape_b = [a.shape[d] for d in free_a], [b.shape[d] for d in free_b]
    paired = math.prod(a.shape[d] for d in left)
    rows = a.transpose(*free_a, *left).reshape(math.prod(shape_a), paired)
    columns = b.transpose(*right, *free_b).reshape(paired, math.prod(shape_b))
    return matmul(rows, columns).reshape(shape_a + shape_b)


def inner(input, other):
    return tensordot(input, other, ([-1], [-1])) if input.ndim and other.ndim else input * other


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    return beta * input + alpha * matmul(mat1, mat2)


def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    return beta * input + alpha * matmul(batch1, batch2).sum(0)


def addr(input, vec1, vec2, *, beta=1, alpha=1):
    return beta * input + alpha * outer(vec1, vec2)


def linear(input, weight, bias=None):
    output = matmul(input, weight.T)
    return output if bias is None else output + bias


def bilinear(input1, input2, weight, bias=None):
    """y_k = x1^T W_k x2 + b_k."""
    output = (input1[..., None, :, None] * weight * input2[..., None, None, :]).sum((-2, -1))
    return output if bias is None else output + bias


def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    return vector_norm(x1[..., :, None, :] - x2[..., None, :, :], p, -1)


def kron(input, other):
    """Every element of the first, times the whole second."""
    rank = max(input.ndim, other.ndim)
    a, b = (x.reshape((1,) * (rank - x.ndim) + x.shape) for x in (input, other))
    output = np.empty([m * n for m, n in zip(a.shape, b.shape, strict=True)], np.result_type(a, b))
    for i in np.ndindex(a.shape):
        output[tuple(slice(k * n, (k + 1) * n) for k, n in zip(i, b.shape, strict=True))] = a[i] * b
    return output


def trace(input):
    return np.sum([input[i, i] for i in range(min(input.shape))])


def cross(input, other, dim=None):
    """Vector product along an axis of size 3, by default the first such axis."""
    input, other = np.broadcast_arrays(input, other)
    dim = input.shape.index(3) if dim is None else dim
    (a, b, c), (d, e, f) = np.moveaxis(input, dim, 0), np.moveaxis(other, dim, 0)
    return np.stack([b * f - c * e, c * d - a * f, a * e - b * d], dim)


def each_matrix(function):
    """Apply a function of one matrix to every matrix of a batch."""

    def apply(A):
        outputs = [function(A[index]) for index in np.ndindex(A.shape[:-2])]
        shape = np.shape(outputs[0] if outputs else function(np.eye(*A.shape[-2:])))
        return np.array(outputs, None if outputs else A.dtype).reshape(A.shape[:-2] + shape)

    return apply


@each_matrix
def det(A):
    """Leibniz: the sum over permutations of signed products."""
    total = 0.0
    for chosen in itertools.permutations(range(len(A))):
        swaps = sum(a > b for a, b in itertools.combinations(chosen, 2))
        total += (-1) ** swaps * np.prod([A[i, j] for i, j in enumerate(chosen)])
    return total


def slogdet(A):
    value = det(A)
    with np.errstate(divide="ignore"):
        return np.sign(value), np.log(np.abs(value))


def eliminate(A, B):
    """Gauss-Jordan elimination with row exchanges: the X with A X = B."""
    n = len(A)
    table = np.concatenate([A, B], 1)
    for k in range(n):
        pivot = k + int(np.abs(table[k:, k]).argmax())
        table[[k, pivot]] = table[[pivot, k]]
        table[k] = table[k] / table[k, k]
        for i in range(n):
            if i != k:
                table[i] = table[i] - table[i, k] * table[k]
    return table[:, n:]


@each_matrix
def inv(A):
    return eliminate(A, np.eye(len(A), dtype=A.dtype))


def solve(A, B, *, left=True):
    """X with A X = B, or X A = B; a batch of vectors has one axis fewer than A."""
    if B.ndim == 1 or (A.ndim - 1 == B.ndim and A.shape[:-1] == B.shape):
        return solve(A, B[..., None])[..., 0]
    if not left:
        return mT(solve(mT(A), mT(B)))
    batch = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    A, B = (np.broadcast_to(x, batch + x.shape[-2:]) for x in (A, B))
    return np.array([eliminate(A[i], B[i]) for i in np.ndindex(batch)]).reshape(B.shape)


def cholesky(A, *, upper=False):
    """Row by row: L L^T = A."""

    @each_matrix
    def factor(M):
        L = np.zeros_like(M)
        for i, j in itertools.product(range(len(M)), repeat=2):
            if j <= i:
                rest = M[i, j] - L[i, :j] @ L[j, :j]
                L[i, j] = np.sqrt(rest) if i == j else rest / L[j, j]
        return L

    return mT(factor(A)) if upper else factor(A)


def multi_dot(tensors):
    product, *others = tensors
    for other in others:
        product = matmul(product, other)
    return product


def matrix_power(A, n):
    product = np.broadcast_to(np.eye(A.shape[-1], dtype=A.dtype), A.shape)
    for _ in range(abs(n)):
        product = matmul(product, A)
    return inv(product) if n < 0 else product


MATRIX_NORMS = {
    "fro": lambda M: np.sqrt((M * M).sum()),
    "nuc": lambda M: np.linalg.svd(M, compute_uv=False).sum(),
    np.inf: lambda M: np.abs(M).sum(1).max(),
    -np.inf: lambda M: np.abs(M).sum(1).min(),
    1: lambda M: np.abs(M).sum(0).max(),
    -1: lambda M: np.abs(M).sum(0).min(),
    2: lambda M: np.linalg.svd(M, compute_uv=False).max(),
    -2: lambda M: np.linalg.svd(M, compute_uv=False).min(),
}


def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    output = each_matrix(MATRIX_NORMS[ord])(np.moveaxis(A.astype(dtype or A.dtype), dim, (-2, -1)))
    return np.expand_dims(output, axes_of(A, dim)) if keepdim else output


def norm(input, p="fro", dim=None, keepdim=False, dtype=None):
    """``torch.norm``: a number is always a vector norm."""
    if p == "nuc":
        return matrix_norm(input, p, dim or (0, 1), keepdim, dtype=dtype)
    return vector_norm(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


def linalg_norm(A, ord=None, dim=None, keepdim=False, *, dtype=None):
    """``linalg.norm``: with an `ord`, two axes mean a matrix norm."""
    axes = axes_of(A, dim)
    if ord is None or len(axes) != 2:
        return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)
    return matrix_norm(A, ord, axes if dim is None else dim, keepdim, dtype=dtype)


PRODUCTS = {
    "matmul": matmul,
    "mm": matmul,
    "bmm": matmul,
    "mv": matmul,
    "dot": matmul,
    "vdot": matmul,
    "inner": inner,
    "vecdot": lambda x, y, *, dim=-1: (x * y).sum(dim),
    "outer": outer,
    "einsum": einsum,
    "tensordot": tensordot,
    "addmm": addmm,
    "addmv": addmm,
    "baddbmm": addmm,
    "addbmm": addbmm,
    "addr": addr,
    "linear": linear,
    "bilinear": bilinear,
    "kron": kron,
    "cross": cross,
    "linalg.cross": lambda input, other, *, dim=-1: cross(input, other, dim),
    "multi_dot": multi_dot,
    "matrix_power": matrix_power,
}

DECOMPOSITIONS = {
    "trace": trace,
    "det": det,
    "slogdet": slogdet,
    "logdet": lambda input: np.log(det(input)),
    "inv": inv,
    "inverse": inv,
    "solve": solve,
    "cholesky": cholesky,
}

NORMS = {
    "cdist": cdist,
    "matrix_norm": matrix_norm,
    "norm": norm,
    "linalg.norm": linalg_norm,
}

TABLE = PRODUCTS | DECOMPOSITIONS | NORMS
