"""state_dict and load_state_dict."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import autograd
import nn


def net() -> nn.Sequential:
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(1, 2, 3), norm=nn.BatchNorm2d(2), head=nn.Linear(2, 3)))


def values(module: nn.Module) -> dict[str, np.ndarray]:
    return {key: tensor.numpy().copy() for key, tensor in module.state_dict().items()}


def assert_equal(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert list(one) == list(other)
    for key in one:
        np.testing.assert_array_equal(one[key], other[key])


class Extra(nn.Module):
    def __init__(self, seen: Any = None) -> None:
        super().__init__()
        self.seen = seen
        self.weight = nn.Parameter(autograd.zeros(1))

    def get_extra_state(self) -> Any:
        return self.seen

    def set_extra_state(self, state: Any) -> None:
        self.seen = state


class TestSaving:
    def test_keys_order_metadata(self) -> None:
        state = net().state_dict(prefix="m.")
        assert list(state) == [
            "m.conv.weight",
            "m.conv.bias",
            "m.norm.weight",
            "m.norm.bias",
            "m.norm.running_mean",
            "m.norm.running_var",
            "m.norm.num_batches_tracked",
            "m.head.weight",
            "m.head.bias",
        ]
        assert state._metadata["m.norm"] == {"version": 2}
        assert isinstance(state, OrderedDict)

    def test_shares_memory_but_not_the_graph(self) -> None:
        m = nn.Linear(2, 2)
        state = m.state_dict()
        assert type(state["weight"]) is autograd.Tensor
        assert not state["weight"].requires_grad
        state["weight"].fill_(3)
        assert m.weight.tolist() == [[3.0, 3.0], [3.0, 3.0]]
        assert m.state_dict(keep_vars=True)["weight"] is m.weight

    def test_destination(self) -> None:
        target: dict[str, Any] = {}
        assert nn.Linear(1, 1).state_dict(destination=target, prefix="p.") is target
        assert list(target) == ["p.weight", "p.bias"]

    def test_hooks(self) -> None:
        m, calls = nn.Linear(1, 1), []
        m.register_state_dict_pre_hook(lambda module, prefix, keep_vars: calls.append((prefix, keep_vars)))
        m.register_state_dict_post_hook(lambda module, state, prefix, meta: state.pop(prefix + "bias") and None)
        assert list(nn.Sequential(m).state_dict()) == ["0.weight"]
        assert calls == [("0.", False)]
        m.register_state_dict_post_hook(lambda *_: {})
        with pytest.raises(RuntimeError, match="post-hook must return None"):
            m.state_dict()


class TestLoading:
    def test_round_trip(self) -> None:
        source, target = net(), net()
        weight = target.conv.weight
        result = target.load_state_dict(source.state_dict())
        assert repr(result) == "<All keys matched successfully>"
        assert_equal(values(source), values(target))
        assert target.conv.weight is weight
        with autograd.no_grad():
            source.conv.weight.fill_(9)
        assert 9 not in target.conv.weight.numpy(force=True)

    def test_every_difference_is_listed_and_nothing_changed(self) -> None:
        m = net()
        before = values(m)
        state = net().state_dict()
        del state["conv.bias"]
        state["surplus.weight"] = autograd.ones(1)
        state["head.weight"] = autograd.ones(3, 5)
        state["norm.bias"] = 7
        with pytest.raises(RuntimeError) as caught:
            m.load_state_dict(state)
        text = str(caught.value)
        for phrase in (
            "Error(s) in loading state_dict for Sequential:",
            'Missing key(s) in state_dict: "conv.bias". ',
            'Unexpected key(s) in state_dict: "surplus.weight". ',
            "size mismatch for head.weight: copying a param with shape autograd.Size([3, 5]) from checkpoint, the "
            "shape in current model is autograd.Size([3, 2]).",
            'While copying the parameter named "norm.bias", expected Tensor or Tensor-like object from checkpoint',
        ):
            assert phrase in text
        assert_equal(values(m), before)

    def test_not_strict(self) -> None:
        m = net()
        state = {"conv.weight": autograd.ones(2, 1, 3, 3), "other": autograd.ones(1)}
        missing, unexpected = m.load_state_dict(state, strict=False)
        assert missing[0] == "conv.bias"
        assert unexpected == ["other"]
        assert m.conv.weight.numpy(force=True).min() == 1
        with pytest.raises(RuntimeError, match="size mismatch"):
            m.load_state_dict({"conv.weight": autograd.ones(1)}, strict=False)

    def test_prefix_is_diagnosed(self) -> None:
        state = {f"module.{key}": value for key, value in net().state_dict().items()}
        with pytest.raises(RuntimeError, match=r"carry the prefix 'module\.'"):
            net().load_state_dict(state)

    def test_assign(self) -> None:
        m = net().requires_grad_(False)
        state = net().double().state_dict()
        m.load_state_dict(state, assign=True)
        assert m.conv.weight.dtype == autograd.float64
        assert isinstance(m.conv.weight, nn.Parameter)
        assert not m.conv.weight.requires_grad
        assert m.norm.running_mean is state["norm.running_mean"]

    def test_dtype_is_the_models(self) -> None:
        m = net()
        m.load_state_dict(net().double().state_dict())
        assert m.conv.weight.dtype == autograd.float32

    def test_scalar_from_vector(self) -> None:
        m = nn.BatchNorm2d(2)
        state = m.state_dict()
        state["num_batches_tracked"] = autograd.tensor([5])
        m.load_state_dict(state)
        assert m.num_batches_tracked.item() == 5

    def test_old_batch_norm_state(self) -> None:
        state = nn.BatchNorm2d(2).state_dict()
        del state["num_batches_tracked"]
        nn.BatchNorm2d(2).load_state_dict(dict(state))
        with pytest.raises(RuntimeError, match="num_batches_tracked"):
            nn.BatchNorm2d(2).load_state_dict(state)

    def test_extra_state(self) -> None:
        source, target = nn.Sequential(Extra({"epoch": 3})), nn.Sequential(Extra())
        assert list(source.state_dict()) == ["0.weight", "0._extra_state"]
        target.load_state_dict(source.state_dict())
        assert target[0].seen == {"epoch": 3}
        with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "0._extra_state"'):
            target.load_state_dict({"0.weight": autograd.ones(1)})
        with pytest.raises(RuntimeError, match=r'Unexpected key\(s\) in state_dict: "_extra_state"'):
            nn.ReLU().load_state_dict({"_extra_state": 1})

    def test_hooks(self) -> None:
        m = net()

        def rename(module: Any, state: Any, prefix: str, *_: Any) -> None:
            state[prefix + "weight"] = state.pop(prefix + "kernel")

        def forgive(module: Any, keys: Any) -> None:
            assert module.head.bias.numpy(force=True).tolist() == [4.0, 4.0, 4.0]
            keys.missing_keys.clear()

        m.conv.register_load_state_dict_pre_hook(rename)
        m.register_load_state_dict_post_hook(forgive)
        m.load_state_dict({"conv.kernel": autograd.full((2, 1, 3, 3), 5.0), "head.bias": autograd.full((3,), 4.0)})
        assert m.conv.weight.numpy(force=True).min() == 5

    def test_post_hook_returns_nothing(self) -> None:
        m = nn.ReLU()
        m.register_load_state_dict_post_hook(lambda *_: 1)
        with pytest.raises(RuntimeError, match="not expected to return new values"):
            m.load_state_dict({})

    def test_not_a_mapping(self) -> None:
        with pytest.raises(TypeError, match="Expected state_dict to be dict-like"):
            net().load_state_dict([1])  # type: ignore[arg-type]

    def test_tied_modules(self) -> None:
        layer = nn.Linear(2, 2)
        m = nn.Sequential(layer, layer)
        assert list(m.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
        m.load_state_dict(m.state_dict())
