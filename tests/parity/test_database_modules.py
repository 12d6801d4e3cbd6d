"""PyTorch's database of layers: text, state, outputs, gradients and buffers of each, and its mistakes."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import convert
from autograd.tensor import Tensor

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from torch.testing._internal.common_modules import ModuleErrorEnum, module_db  # noqa: E402
from torch.testing._internal.common_utils import noncontiguous_like  # noqa: E402

from tests.parity.database import array_of, translated  # noqa: E402

NAMED = {info.module_cls.__name__: info for info in module_db}
SHARED = {name: info for name, info in NAMED.items() if hasattr(nn, name)}
KINDS = [torch.float64, torch.float32]
TOLERANCE = {"float64": 1e-7, "float32": 2e-5}

ABSENT = {"FractionalMaxPool2d", "FractionalMaxPool3d", "LinearCrossEntropyLoss", "CTCLoss", "MultiheadAttention"}
ABSENT |= {"RNN", "RNNCell", "GRU", "GRUCell", "LSTM", "LSTMCell"}
ABSENT |= {"Transformer", "TransformerEncoder", "TransformerEncoderLayer", "TransformerDecoderLayer"}


def same(found: Any, expected: Any, what: str) -> None:
    """Fail unless two tensors agree in shape, dtype and, but for rounding, in values."""
    a, b = array_of(found), array_of(expected)
    assert a.shape == b.shape, what
    assert a.dtype == b.dtype, what
    size = float(np.abs(b[np.isfinite(b)]).max(initial=1.0)) if b.dtype.kind == "f" else 1.0
    rtol = TOLERANCE.get(b.dtype.name, 0.0)
    np.testing.assert_allclose(a, b, rtol, rtol * size, err_msg=what)


def flat(outputs: Any) -> list[Any]:
    return [*outputs] if isinstance(outputs, tuple) else [outputs]


def strided(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return noncontiguous_like(value) if value.numel() > 1 else value
    return {k: strided(v) for k, v in value.items()} if isinstance(value, dict) else value


def spaced(value: Any) -> Any:
    """Return images in PyTorch's channels-last layout."""
    if isinstance(value, torch.Tensor) and value.ndim == 4:
        return value.detach().to(memory_format=torch.channels_last).requires_grad_(value.requires_grad)
    return value


def layouts(info: Any, kind: Any) -> list[Any]:
    """Return how the inputs lie in memory; PyTorch's losses by class have no gradient for channels-last ones."""
    if kind != torch.float64:
        return [lambda v: v]
    return [lambda v: v, strided] + ([] if info.module_cls.__module__.endswith("loss") else [spaced])


def not_leaves(values: Any) -> list[Any]:
    """Return what an activation may overwrite: results in the place of leaves."""
    return [v * 1 if isinstance(v, Tensor | torch.Tensor) and v.requires_grad else v for v in values]


class Pair:
    """One layer in both libraries, called with the same arguments."""

    def __init__(self, info: Any, sample: Any, kind: Any, training: bool, layout: Any) -> None:
        given = sample.constructor_input
        options = dict(given.kwargs)
        if "dtype" in inspect.signature(info.module_cls).parameters:
            options["dtype"] = kind
        name = info.module_cls.__name__
        self.theirs = info.module_cls(*given.args, **options).to(kind).train(training)
        self.ours = getattr(nn, name)(*translated(given.args, []), **translated(options, []))
        self.ours = self.ours.to(translated(kind, [])).train(training)
        self.args = [layout(a) for a in sample.forward_input.args]
        self.kwargs = {k: layout(v) for k, v in sample.forward_input.kwargs.items()}
        self.leaves: list[Any] = []
        self.our_args, self.our_kwargs = translated(self.args, self.leaves), translated(self.kwargs, self.leaves)
        self.text()
        if info.is_lazy:
            self.theirs(*self.args, **self.kwargs), self.ours(*self.our_args, **self.our_kwargs)
            self.text()

    def text(self) -> None:
        assert repr(self.ours) == repr(self.theirs)

    def states(self) -> None:
        """Compare keys and their order, and load the one's state into the other."""
        ours, theirs = self.ours, self.theirs
        assert list(ours.state_dict()) == list(theirs.state_dict())
        assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
        assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()]
        theirs.load_state_dict(convert.to_torch(ours.state_dict()))
        with torch.no_grad():
            for p in theirs.parameters():
                p.mul_(1.25)
        ours.load_state_dict(convert.from_torch(theirs.state_dict()))
        for key, value in theirs.state_dict().items():
            same(ours.state_dict()[key], value, key)

    def forms(self) -> Iterator[tuple[str, Any]]:
        yield "layer", self.ours
        yield "deepcopy", copy.deepcopy(self.ours)
        yield "pickle", pickle.loads(pickle.dumps(self.ours))

    def results(self) -> None:
        """Compare outputs of the layer and of its copies, then gradients of inputs and parameters, then buffers."""
        forms = list(self.forms())
        expected = flat(self.theirs(*not_leaves(self.args), **self.kwargs))
        for form, layer in forms:
            assert repr(layer) == repr(self.theirs)
            found = flat(layer(*not_leaves(self.our_args), **self.our_kwargs))
            assert len(found) == len(expected)
            for i, (a, b) in enumerate(zip(found, expected, strict=True)):
                same(a, b, f"output {i} of {form}")
                assert a.requires_grad == b.requires_grad
            self.gradients(layer, found, expected, form)
            for (name, a), (_, b) in zip(layer.named_buffers(), self.theirs.named_buffers(), strict=True):
                same(a, b, f"buffer {name} of {form}")

    def gradients(self, layer: Any, found: list[Any], expected: list[Any], form: str) -> None:
        live = [i for i, y in enumerate(expected) if y.requires_grad]
        if not live:
            return
        rng = np.random.default_rng(3)
        seeds = [torch.from_numpy(np.asarray(rng.standard_normal(tuple(expected[i].shape)))) for i in live]
        seeds = [s.to(expected[i].dtype) for s, i in zip(seeds, live, strict=True)]
        inputs = [a for a, _ in self.leaves] + list(self.theirs.parameters())
        ours = [b for _, b in self.leaves] + list(layer.parameters())
        keep = {"retain_graph": True, "allow_unused": True}
        theirs = torch.autograd.grad([expected[i] for i in live], inputs, seeds, **keep)
        mine = autograd.grad([found[i] for i in live], ours, [translated(s, []) for s in seeds], allow_unused=True)
        for i, (a, b, x) in enumerate(zip(mine, theirs, inputs, strict=True)):
            zero = torch.zeros_like(x)
            same(translated(zero, []) if a is None else a, zero if b is None else b, f"gradient {i} of {form}")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(SHARED))
def test_layer(name: str, record_property: Any) -> None:
    info, count = SHARED[name], 0
    for kind in KINDS:
        for training in (True, False) if info.train_and_eval_differ else (True,):
            for layout in layouts(info, kind):
                torch.manual_seed(0)
                options = {"device": "cpu", "dtype": kind, "requires_grad": True, "training": training}
                for sample in info.module_inputs_func(info, **options):
                    pair = Pair(info, sample, kind, training, layout)
                    pair.states()
                    pair.results()
                    count += 1
    assert count
    record_property("calls", count)


MISTAKES = [name for name, info in sorted(SHARED.items()) if info.module_error_inputs_func]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name: str) -> None:
    info = SHARED[name]
    options = {"device": "cpu", "dtype": torch.float32, "requires_grad": False, "training": True}
    for error in info.module_error_inputs_func(info, **options):
        given, called = error.module_error_input.constructor_input, error.module_error_input.forward_input

        def make(given: Any = given) -> Any:
            return getattr(nn, name)(*translated(given.args, []), **translated(given.kwargs, []))

        call = make
        if error.error_on is ModuleErrorEnum.FORWARD_ERROR:
            call = functools.partial(make(), *translated(called.args, []), **translated(called.kwargs, []))
        with pytest.raises(error.error_type, match=error.error_regex):
            call()


def test_names() -> None:
    """What is absent is so by intention; of what is there, families are counted."""
    assert set(NAMED) - set(SHARED) == ABSENT
    families: dict[str, int] = {}
    for info in SHARED.values():
        family = info.module_cls.__module__.rpartition(".")[2]
        families[family] = families.get(family, 0) + 1
    print(f"\n{len(SHARED)} layers:", ", ".join(f"{n} {family}" for family, n in sorted(families.items())))
    assert len(SHARED) >= 99
