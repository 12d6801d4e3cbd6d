"""PyTorch's database of operations: the functions of networks, with gradients of two orders, and their mistakes."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

import numpy as np
import pytest

import autograd
import nn.functional
from autograd.tensor import Tensor

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from tests.parity.database import array_of, close, mistaken, op_db, spread, translated, tried, variants  # noqa: E402

ENTRIES = [info for info in op_db if info.name.startswith("nn.functional.")]
SHARED = [info for info in ENTRIES if hasattr(nn.functional, info.name.removeprefix("nn.functional."))]
FIRST, MOST = 60, 5
"""How many samples of an entry and a dtype are drawn, and how many of these are run, evenly spread."""

# Out of scope by name: text, attention, random windows.
ABSENT = {"ctc_loss", "embedding_bag", "fractional_max_pool2d", "fractional_max_pool3d"}
ABSENT |= {"linear_cross_entropy", "multi_head_attention_forward"}

WIDER = "float16 is computed in float32 here, where PyTorch overflows, or rounds between the steps"
REFUSED = "refused here: no network needs it"
EMPTY = "an empty tensor of one axis has no channels: refused here"
EXCEPT = {
    "binary_cross_entropy_with_logits": (("float16",), WIDER),
    "bilinear": (("float16",), WIDER),
    "conv2d": (("float16",), WIDER),
    "conv3d": (("float16",), WIDER),
    "conv_transpose2d": (("float16",), WIDER),
    "conv_transpose3d": (("float16",), WIDER),
    "gaussian_nll_loss": (("float16",), WIDER),
    "grid_sample": (("float16",), WIDER),
    "interpolate/trilinear": (("float16",), WIDER),
    "normalize": (("float16",), WIDER),
    "scaled_dot_product_attention": (("float16",), WIDER),
    "soft_margin_loss": (("float16",), WIDER),
    "batch_norm": (("float16", "float32", "float64"), EMPTY),
    "interpolate/bicubic": (("uint8",), REFUSED),
    "interpolate/bilinear": (("uint8",), REFUSED),
    "upsample_bilinear": (("uint8",), REFUSED),
    "l1_loss": (("complex64", "complex128"), REFUSED),
    "rms_norm": (("complex64", "complex128"), REFUSED),
    "silu/complex": (("complex64", "complex128"), REFUSED),
    "softmin/with_dtype": (("complex64", "complex128"), "NumPy warns of the imaginary part that the conversion drops"),
    "unfold": (("bool", "complex64", "complex128"), REFUSED),
}
"""Entries that differ, in which dtypes, and why."""

TWO_AT_ONCE = {
    ("conv1d", "non-positive stride is not supported"),
    ("conv1d", "negative padding is not supported"),
    ("conv2d", "non-positive stride is not supported"),
    ("conv2d", "negative padding is not supported"),
    ("conv2d", "Expected 3-dimensional input for 3-dimensional weight"),
    ("conv3d", "Expected 4-dimensional input for 4-dimensional weight"),
}
"""Calls with two mistakes, of which the other one is told first here: shapes before settings."""


def label(info: Any) -> str:
    name = info.name.removeprefix("nn.functional.")
    return f"{name}/{info.variant_test_name}" if info.variant_test_name else name


def kinds(info: Any) -> list[Any]:
    """Return the dtypes of an entry that both libraries have."""
    return sorted((d for d in info.dtypes if hasattr(autograd, str(d).removeprefix("torch."))), key=str)


def is_random(info: Any, sample: Any) -> bool:
    """Whether the result of a sample is left to chance."""
    name, given = label(info), sample.kwargs
    if name == "scaled_dot_product_attention":
        return bool(given.get("dropout_p"))
    if "dropout" in name or name == "rrelu":
        return bool(given.get("training", name != "rrelu")) and given.get("p", 0.5) not in (0, 1)
    return False


def samples(info: Any, kind: Any, strided: bool = False) -> list[Any]:
    torch.manual_seed(0)
    wanted = (kind.is_floating_point or kind.is_complex) and info.supports_autograd
    wanted = wanted and kind in info.supported_backward_dtypes("cpu")
    found = spread(islice(info.sample_inputs("cpu", kind, requires_grad=wanted), FIRST), MOST)
    return [s.noncontiguous() for s in found] if strided else found


def findings(info: Any, kind: Any, strided: bool = False) -> tuple[int, list[str]]:
    """Run an entry in one dtype; return how many calls were compared, and what differed."""
    count, found = 0, []
    for sample in samples(info, kind, strided):
        for variant in variants(info):
            if variant[2] is not None and variant[0] != "method":
                count += 1
                found += [f"{variant[0]}: {d}" for d in tried(variant, sample, random=is_random(info, sample))]
    return count, found


def curvatures(info: Any) -> list[str]:
    """Compare second derivatives of an entry's samples in double precision; one that is missing is zero."""
    found: list[str] = []
    name = info.name.rpartition(".")[2]
    for sample in samples(info, torch.float64):
        if is_random(info, sample):
            continue
        args = (sample.input, *sample.args)
        args = (args[1], args[0], *args[2:]) if name == "embedding" else args
        pairs: list[Any] = []
        given = translated((args, sample.kwargs), pairs)
        try:
            theirs = second(torch, [a for a, _ in pairs], *_call(torch.nn.functional, name, (args, sample.kwargs)))
        except RuntimeError as error:
            # PyTorch's fused attention has no second derivative.
            if "is not implemented" in str(error):
                continue
            raise
        mine = second(autograd, [b for _, b in pairs], *_call(nn.functional, name, given))
        found += [f"{sample.kwargs}: {b} not {a}" for a, b in zip(theirs, mine, strict=True) if not close(a, b)]
    return found


def _call(space: Any, name: str, given: Any) -> list[Any]:
    out = getattr(space, name)(*given[0], **given[1])
    return [*out] if isinstance(out, tuple) else [out]


def second(library: Any, leaves: list[Any], *outputs: Any) -> list[np.ndarray]:
    """Return the gradient, by the leaves and the cotangents, of the first gradient."""
    rng = np.random.default_rng(5)

    def tensor(y: Any) -> Any:
        array = rng.standard_normal(tuple(y.shape))
        return (torch.from_numpy(array) if library is torch else Tensor(array, None)).requires_grad_()

    live = [y for y in outputs if y.requires_grad]
    seeds = [tensor(y) for y in live]
    if not live:
        return []
    first = library.autograd.grad(live, leaves, seeds, create_graph=True, allow_unused=True)
    shapes = [x.shape for x in leaves]
    cotangents = [rng.standard_normal(tuple(shape)) for shape in shapes]
    total = 0.0
    for g, c in zip(first, cotangents, strict=True):
        if g is not None and g.requires_grad:
            total = total + (g * (torch.from_numpy(c) if library is torch else Tensor(c, None))).sum()
    inputs = [*leaves, *seeds]
    found = [None] * len(inputs)
    if isinstance(total, Tensor | torch.Tensor):
        found = list(library.autograd.grad(total, inputs, allow_unused=True))
    return [np.zeros(tuple(x.shape)) if g is None else array_of(g) for g, x in zip(found, inputs, strict=True)]


def excepted(info: Any) -> tuple[str, ...]:
    return EXCEPT.get(label(info), ((), ""))[0]


@pytest.mark.parametrize("info", SHARED, ids=label)
def test_entry(info: Any) -> None:
    """Every dtype, and tensors with gaps: values, dtypes, gradients, what requires grad; also in place."""
    for kind in kinds(info):
        for strided in (False, True) if kind == torch.float64 else (False,):
            count, found = findings(info, kind, strided)
            assert count
            if str(kind).removeprefix("torch.") in excepted(info):
                assert found, f"{kind} is no exception any more"
            else:
                assert not found, f"{kind}: {found[0]}"


TWICE = [i for i in SHARED if i.supports_gradgrad and torch.float64 in i.dtypes and label(i) != "batch_norm"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("info", TWICE, ids=label)
def test_second_derivatives(info: Any) -> None:
    assert not curvatures(info)


MISTAKES = [info for info in SHARED if info.error_inputs_func]


@pytest.mark.parametrize("info", MISTAKES, ids=label)
def test_mistakes(info: Any) -> None:
    """The same exception, whose message PyTorch's own test would accept."""
    torch.manual_seed(0)
    for error in info.error_inputs("cpu"):
        found = mistaken(info, error)
        if (label(info), error.error_regex) in TWO_AT_ONCE:
            assert found, f"{error.error_regex} is no exception any more"
        else:
            assert not found, found[0]


def test_names() -> None:
    """What is absent is so by intention; of what is there, families are counted."""
    names = {info.name.removeprefix("nn.functional.") for info in ENTRIES}
    shared = {info.name.removeprefix("nn.functional.") for info in SHARED}
    assert names - shared == ABSENT
    families = Counter(getattr(nn.functional, name).__module__.rpartition(".")[2] for name in shared)
    print(f"\n{len(SHARED)} entries:", ", ".join(f"{n} {family}" for family, n in sorted(families.items())))
    assert len(SHARED) >= 110
    assert set(EXCEPT) <= {label(info) for info in SHARED}
