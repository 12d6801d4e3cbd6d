"""Registration, traversal, modes, conversion and text of modules."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import autograd
import nn


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 3, 1)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x: autograd.Tensor) -> autograd.Tensor:
        return self.norm(self.conv(x))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Block(2), Block(3)])
        self.head = nn.Linear(3, 4, bias=False)
        self.scale = nn.Parameter(autograd.ones(1))
        self.register_buffer("count", autograd.zeros(1), persistent=False)

    def forward(self, x: autograd.Tensor) -> autograd.Tensor:
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def names(pairs: object) -> list[str]:
    return [name for name, _ in pairs]  # type: ignore[attr-defined]


class TestRegistration:
    def test_assignment_registers_by_type(self) -> None:
        m = nn.Module()
        m.a = nn.Parameter(autograd.ones(2))
        m.b = nn.Linear(1, 1)
        m.c = nn.Buffer(autograd.ones(2), persistent=False)
        m.d = autograd.ones(2)
        assert names(m.named_parameters()) == ["a", "b.weight", "b.bias"]
        assert names(m.named_children()) == ["b"]
        assert names(m.named_buffers()) == ["c"]
        assert list(m.state_dict()) == ["a", "b.weight", "b.bias"]
        assert "d" in m.__dict__

    def test_a_name_has_one_meaning(self) -> None:
        m = nn.Module()
        m.a = nn.Parameter(autograd.ones(2))
        m.a = nn.Linear(1, 1)
        assert list(m._parameters) == []
        assert list(m._modules) == ["a"]
        m.b = nn.Buffer(autograd.ones(1), persistent=False)
        m.b = nn.Parameter(autograd.ones(1))
        assert list(m._buffers) == []
        assert m._non_persistent_buffers_set == set()

    def test_none_keeps_the_place(self) -> None:
        m = nn.Linear(2, 2)
        m.bias = None
        assert list(m._parameters) == ["weight", "bias"]
        assert list(m.state_dict()) == ["weight"]
        m.sub = nn.ReLU()
        m.sub = None
        assert list(m.children()) == []

    def test_buffer_takes_tensors(self) -> None:
        m = nn.BatchNorm2d(2)
        m.running_mean = autograd.ones(2)
        assert m._buffers["running_mean"].tolist() == [1.0, 1.0]

    @pytest.mark.parametrize(
        ("act", "error", "phrase"),
        [
            (lambda m: setattr(m, "weight", autograd.ones(1)), TypeError, "as parameter 'weight'"),
            (lambda m: setattr(m, "sub", 3), TypeError, "as child module 'sub'"),
            (lambda m: setattr(m, "buf", 3), TypeError, "as buffer 'buf'"),
            (lambda m: m.register_parameter("x", autograd.ones(1)), TypeError, "object to parameter 'x'"),
            (lambda m: m.register_buffer("x", 3), TypeError, "object to buffer 'x'"),
            (lambda m: m.register_buffer("x.y", None), KeyError, 'buffer name can\'t contain "."'),
            (lambda m: m.register_parameter("", None), KeyError, "parameter name can't be empty string"),
            (lambda m: m.register_parameter(3, None), TypeError, "parameter name should be a string"),
            (lambda m: m.register_buffer("forward", None), KeyError, "attribute 'forward' already exists"),
            (lambda m: m.add_module("weight", nn.ReLU()), KeyError, "attribute 'weight' already exists"),
            (lambda m: m.add_module("x", nn.ReLU), TypeError, "is not a Module subclass"),
            (lambda m: m.add_module("x.y", nn.ReLU()), KeyError, 'module name can\'t contain "."'),
            (lambda m: m.missing, AttributeError, "has no attribute 'missing'"),
            (lambda m: m.train("yes"), ValueError, "training mode is expected to be boolean"),
        ],
    )
    def test_refusals(self, act: object, error: type[Exception], phrase: str) -> None:
        m = nn.Linear(2, 2)
        m.sub = nn.ReLU()
        m.register_buffer("buf", autograd.ones(1))
        with pytest.raises(error) as caught:
            act(m)  # type: ignore[operator]
        assert phrase in caught.value.args[0]

    def test_before_init(self) -> None:
        class Early(nn.Module):
            def __init__(self, value: object) -> None:
                self.value = value

        for value, phrase in (
            (nn.Parameter(autograd.ones(1)), "cannot assign parameters before Module.__init__() call"),
            (nn.ReLU(), "cannot assign modules before Module.__init__() call"),
        ):
            with pytest.raises(AttributeError) as caught:
                Early(value)
            assert phrase in str(caught.value)

    def test_deletion(self) -> None:
        m = Net()
        del m.head, m.scale, m.count
        assert names(m.named_children()) == ["blocks"]
        assert not hasattr(m, "scale")
        assert m._non_persistent_buffers_set == set()
        with pytest.raises(AttributeError):
            del m.head

    def test_dir_lists_members(self) -> None:
        listed = dir(Net())
        assert {"blocks", "head", "scale", "count", "forward"} <= set(listed)
        assert not any(name.isdigit() for name in dir(nn.ModuleList([nn.ReLU()])))


class TestTraversal:
    def test_order_and_prefix(self) -> None:
        m = Net()
        assert names(m.named_modules())[:4] == ["", "blocks", "blocks.0", "blocks.0.conv"]
        assert names(m.named_parameters(prefix="net"))[:2] == ["net.scale", "net.blocks.0.conv.weight"]
        assert names(m.named_parameters(recurse=False)) == ["scale"]
        assert names(m.named_buffers())[0] == "count"
        assert len(list(m.modules())) == 9

    def test_shared_members_come_once(self) -> None:
        m = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
        m[1].weight = m[0].weight
        assert names(m.named_parameters()) == ["0.weight", "0.bias", "1.bias"]
        assert len(list(m.named_parameters(remove_duplicate=False))) == 4
        twice = nn.Sequential(m[0], m[0])
        assert len(list(twice.children())) == 1
        assert names(twice.named_modules(remove_duplicate=False)) == ["", "0", "1"]

    def test_paths(self) -> None:
        m = Net()
        assert m.get_submodule("") is m
        assert m.get_submodule("blocks.1.conv") is m.blocks[1].conv
        assert m.get_parameter("blocks.0.norm.weight") is m.blocks[0].norm.weight
        assert m.get_buffer("blocks.0.norm.running_var") is m.blocks[0].norm.running_var
        m.set_submodule("blocks.1.norm", nn.Identity())
        assert isinstance(m.blocks[1].norm, nn.Identity)
        m.set_submodule("tail", nn.ReLU())
        assert isinstance(m.tail, nn.ReLU)

    @pytest.mark.parametrize(
        ("act", "error", "phrase"),
        [
            (lambda m: m.get_submodule("blocks.7"), AttributeError, "has no attribute `7`"),
            (lambda m: m.get_submodule("scale"), AttributeError, "`scale` is not an nn.Module"),
            (lambda m: m.get_parameter("count"), AttributeError, "`count` is not an nn.Parameter"),
            (lambda m: m.get_buffer("scale"), AttributeError, "`scale` is not a buffer"),
            (lambda m: m.set_submodule("", nn.ReLU()), ValueError, "without a target name"),
            (lambda m: m.set_submodule("scale", nn.ReLU()), AttributeError, "`scale` is not an nn.Module"),
            (lambda m: m.set_submodule("new", nn.ReLU(), strict=True), AttributeError, "has no attribute `new`"),
            (lambda m: m.set_submodule("head", 3), ValueError, "is not an nn.Module"),
        ],
    )
    def test_bad_paths(self, act: object, error: type[Exception], phrase: str) -> None:
        with pytest.raises(error, match=phrase.replace("`", ".")):
            act(Net())  # type: ignore[operator]


class TestModes:
    def test_train_and_eval_reach_all(self) -> None:
        m = Net().eval()
        assert not any(module.training for module in m.modules())
        assert all(module.training for module in m.train().modules())

    def test_requires_grad(self) -> None:
        m = Net().requires_grad_(False)
        assert not any(p.requires_grad for p in m.parameters())

    def test_zero_grad(self) -> None:
        m = nn.Linear(2, 1)
        m(autograd.ones(3, 2)).sum().backward()
        kept = m.weight.grad
        m.zero_grad(set_to_none=False)
        assert m.weight.grad is kept
        assert kept.tolist() == [[0.0, 0.0]]
        m.zero_grad()
        assert m.weight.grad is None

    def test_apply_visits_children_first(self) -> None:
        seen: list[str] = []
        nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh())).apply(lambda m: seen.append(type(m).__name__))
        assert seen == ["ReLU", "Tanh", "Sequential", "Sequential"]


class TestConversion:
    def test_dtypes(self) -> None:
        m = nn.BatchNorm1d(2)
        m(autograd.ones(3, 2)).sum().backward()
        weight = m.weight
        m.double()
        assert m.weight is weight
        assert {t.dtype for t in (m.weight, m.weight.grad, m.running_mean)} == {autograd.float64}
        assert m.num_batches_tracked.dtype == autograd.int64
        assert m.half().weight.dtype == autograd.float16
        assert m.to(autograd.ones(1, dtype=autograd.float64)).weight.dtype == autograd.float64
        assert m.to("cpu", autograd.float32).weight.dtype == autograd.float32
        assert m.to(dtype=autograd.float64).float().weight.dtype == autograd.float32
        assert m.cpu() is m

    def test_refusals(self) -> None:
        m = nn.Linear(2, 2)
        with pytest.raises(TypeError, match="only accepts floating point"):
            m.to(autograd.int64)
        with pytest.raises(TypeError, match="invalid combination of arguments"):
            m.to(np.float64)
        for act in (m.cuda, lambda: m.to("cuda:0"), lambda: m.to(device=autograd.device("cuda"))):
            with pytest.raises(RuntimeError, match="CPU"):
                act()
        assert m.weight.dtype == autograd.float32

    def test_deepcopy_is_independent(self) -> None:
        m = Net()
        m.alias = m.head
        twin = copy.deepcopy(m)
        assert twin.alias is twin.head
        assert isinstance(twin.head.weight, nn.Parameter)
        with autograd.no_grad():
            twin.head.weight.fill_(7)
            twin.blocks[0].norm.running_mean.fill_(7)
        assert 7 not in m.head.weight.numpy(force=True)
        assert 7 not in m.blocks[0].norm.running_mean.numpy()
        assert list(twin.state_dict()) == list(m.state_dict())

    def test_pickle(self) -> None:
        m = Net().eval()
        m.scale.requires_grad_(False)
        back = pickle.loads(pickle.dumps(m))
        x = autograd.ones(1, 2, 3, 3)
        np.testing.assert_array_equal(back(x).detach().numpy(), m(x).detach().numpy())
        assert not back.scale.requires_grad
        assert back.head.weight.requires_grad
        assert not back.training

    def test_compile_does_nothing(self) -> None:
        m = nn.ReLU()
        m.compile(mode="max-autotune")
        assert m(autograd.tensor([-1.0])).tolist() == [0.0]


class TestCall:
    def test_forward_is_required(self) -> None:
        with pytest.raises(NotImplementedError, match='missing the required "forward" function'):
            nn.Module()(3)

    def test_errors_learn_the_path(self) -> None:
        m = Net()
        m.blocks[1].conv = nn.Conv2d(5, 3, 1)
        m.blocks[0] = nn.Identity()
        with pytest.raises(RuntimeError) as caught:
            m(autograd.ones(1, 2, 3, 3))
        text = str(caught.value)
        assert text.startswith("Given groups=1, weight of size [3, 5, 1, 1]")
        assert text.endswith("layer:  blocks.1.conv (Conv2d)")

    def test_errors_of_the_model_itself(self) -> None:
        with pytest.raises(ValueError, match=r"layer:  \(the model itself\) \(Softmax2d\)"):
            nn.Softmax2d()(autograd.ones(2))

    def test_other_exceptions_pass_unchanged(self) -> None:
        class Stop(nn.Module):
            def forward(self) -> None:
                raise ValueError(3, 4)

        with pytest.raises(ValueError) as caught:
            nn.ModuleDict({"a": Stop()})["a"]()
        assert caught.value.args == (3, 4)


class TestText:
    def test_nesting(self) -> None:
        assert repr(nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Sequential(nn.Dropout(0.1))))) == (
            "Sequential(\n  (a): ReLU()\n  (b): Sequential(\n    (0): Dropout(p=0.1, inplace=False)\n  )\n)"
        )

    def test_own_text_before_children(self) -> None:
        class Named(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.sub = nn.ReLU()

            def extra_repr(self) -> str:
                return "one\ntwo"

        assert repr(Named()) == "Named(\n  one\n  two\n  (sub): ReLU()\n)"
        assert repr(nn.Module()) == "Module()"


class TestParameter:
    def test_shares_memory(self) -> None:
        data = autograd.zeros(2)
        p = nn.Parameter(data)
        with autograd.no_grad():
            p.add_(1)
        assert data.tolist() == [1.0, 1.0]
        assert p.is_leaf
        assert p.requires_grad
        assert not nn.Parameter(data, requires_grad=False).requires_grad
        assert nn.Parameter().shape == (0,)

    def test_results_are_plain_tensors(self) -> None:
        p = nn.Parameter(autograd.ones(2))
        assert type(p * 2) is autograd.Tensor
        assert type(p.detach()) is autograd.Tensor
        assert repr(p) == "Parameter containing:\ntensor([1., 1.], requires_grad=True)"

    def test_refusals(self) -> None:
        with pytest.raises(RuntimeError, match="floating point"):
            nn.Parameter(autograd.tensor([1, 2]))
        with pytest.raises(TypeError, match="expected a Tensor"):
            nn.Parameter(np.ones(2))

    def test_copies(self) -> None:
        p = nn.Parameter(autograd.ones(2), requires_grad=False)
        buffer = nn.Buffer(autograd.ones(2), persistent=False)
        for make in (copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))):
            assert type(make(p)) is nn.Parameter
            assert not make(p).requires_grad
            assert type(make(buffer)) is nn.Buffer
            assert not make(buffer).persistent

    def test_uninitialized(self) -> None:
        p = nn.UninitializedParameter(dtype=autograd.float64)
        with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
            p.shape
        twin = copy.deepcopy(p)
        p.materialize((2, 3))
        assert type(p) is nn.Parameter
        assert (p.shape, p.dtype, p.requires_grad) == ((2, 3), autograd.float64, True)
        assert type(twin) is nn.UninitializedParameter
        buffer = nn.UninitializedBuffer()
        buffer.materialize(3)
        assert (type(buffer), buffer.requires_grad, buffer.persistent) == (nn.Buffer, False, True)
