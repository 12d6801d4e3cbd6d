"""Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

import autograd
import nn


def kinds(modules: Any) -> list[str]:
    return [type(m).__name__ for m in modules]


def sequence() -> nn.Sequential:
    return nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.ELU())


class TestSequential:
    def test_forward(self) -> None:
        m = nn.Sequential(nn.Flatten(), nn.Hardtanh(0.0, 2.0))
        assert m(autograd.tensor([[[-1.0, 1.0, 3.0]]])).tolist() == [[0.0, 1.0, 2.0]]
        assert nn.Sequential()(3) == 3

    def test_access(self) -> None:
        m = sequence()
        assert kinds([m[0], m[-1]]) == ["ReLU", "ELU"]
        assert kinds(m[1:3]) == ["Tanh", "Sigmoid"]
        assert list(m[1:3]._modules) == ["1", "2"]
        named = nn.Sequential(OrderedDict(act=nn.ReLU(), end=nn.Tanh()))
        assert named.act is named[0]
        assert list(named[:1]._modules) == ["act"]
        m[-1] = nn.ReLU6()
        assert kinds(m) == ["ReLU", "Tanh", "Sigmoid", "ReLU6"]

    def test_growing(self) -> None:
        m = nn.Sequential().append(nn.ReLU()).extend([nn.Tanh(), nn.ELU()]).insert(1, nn.GELU()).insert(-1, nn.Mish())
        assert kinds(m) == ["ReLU", "GELU", "Tanh", "Mish", "ELU"]
        assert list(m._modules) == ["0", "1", "2", "3", "4"]

    def test_shrinking(self) -> None:
        m = sequence()
        assert type(m.pop(0)) is nn.ReLU
        del m[-1]
        assert list(m._modules) == ["0", "1"]
        del m[:]
        assert len(m) == 0

    def test_arithmetic(self) -> None:
        m = sequence()
        assert kinds(m[:1] + m[1:2]) == ["ReLU", "Tanh"]
        assert kinds(2 * m[:2]) == kinds(m[:2] * 2) == ["ReLU", "Tanh", "ReLU", "Tanh"]
        part = m[:1]
        part += m[1:2]
        part *= 2
        assert list(part._modules) == ["0", "1", "2", "3"]

    @pytest.mark.parametrize(
        ("act", "error", "phrase"),
        [
            (lambda m: m[4], IndexError, "index 4 is out of range"),
            (lambda m: m.insert(9, nn.ReLU()), IndexError, "Index out of range: 9"),
            (lambda m: m.insert(0, 3), AssertionError, "module should be of type"),
            (lambda m: m.append(3), TypeError, "is not a Module subclass"),
            (lambda m: m.extend(3), TypeError, "should be called with an iterable"),
            (lambda m: m + [nn.ReLU()], ValueError, "add operator supports only objects of Sequential class"),
            (lambda m: m * 0, ValueError, "Non-positive multiplication factor"),
            (lambda m: m * 1.5, TypeError, "unsupported operand type"),
            (lambda m: nn.Sequential(nn.ReLU), TypeError, "is not a Module subclass"),
        ],
    )
    def test_refusals(self, act: Any, error: type[Exception], phrase: str) -> None:
        with pytest.raises(error, match=phrase):
            act(sequence())


class TestModuleList:
    def test_list(self) -> None:
        m = nn.ModuleList([nn.ReLU(), nn.Tanh()])
        m.append(nn.ELU()).extend([nn.GELU()])
        m.insert(1, nn.Mish())
        m += [nn.SiLU()]
        assert kinds(m) == ["ReLU", "Mish", "Tanh", "ELU", "GELU", "SiLU"]
        assert kinds(m[1:3]) == ["Mish", "Tanh"]
        assert list(m[1:3]._modules) == ["0", "1"]
        assert kinds(m + [nn.CELU()])[-1] == "CELU"
        assert type(m.pop(1)) is nn.Mish
        del m[1:4]
        assert kinds(m) == ["ReLU", "SiLU"]
        m[0] = nn.Tanh()
        assert kinds(reversed(list(m))) == ["SiLU", "Tanh"]
        with pytest.raises(NotImplementedError):
            m(3)

    def test_text_joins_equal_neighbours(self) -> None:
        m = nn.ModuleList([nn.ReLU(), nn.Sequential(nn.Tanh()), nn.Sequential(nn.Tanh()), nn.ReLU()])
        assert repr(m) == (
            "ModuleList(\n  (0): ReLU()\n  (1-2): 2 x Sequential(\n    (0): Tanh()\n  )\n  (3): ReLU()\n)"
        )
        assert repr(nn.ModuleList()) == "ModuleList()"


class TestModuleDict:
    def test_dictionary(self) -> None:
        m = nn.ModuleDict({"a": nn.ReLU()})
        m.update([("b", nn.Tanh()), ("c", nn.ELU())])
        m["d"] = nn.GELU()
        assert list(m) == list(m.keys()) == ["a", "b", "c", "d"]
        assert "b" in m
        assert kinds(m.values()) == ["ReLU", "Tanh", "ELU", "GELU"]
        assert type(m.pop("b")) is nn.Tanh
        del m["c"]
        assert [key for key, _ in m.items()] == ["a", "d"]
        m.clear()
        assert len(m) == 0

    @pytest.mark.parametrize(
        ("entries", "error", "phrase"),
        [
            (3, TypeError, "should be called with an iterable of key/value pairs"),
            ([3], TypeError, "element #0 should be Iterable"),
            ([("a",)], ValueError, "element #0 has length 1; 2 is required"),
            ({"keys": nn.ReLU()}, KeyError, "attribute 'keys' already exists"),
            ({"a": 3}, TypeError, "is not a Module subclass"),
        ],
    )
    def test_refusals(self, entries: Any, error: type[Exception], phrase: str) -> None:
        with pytest.raises(error, match=phrase):
            nn.ModuleDict(entries)


class TestParameterList:
    def test_list(self) -> None:
        m = nn.ParameterList([autograd.ones(1), "text"])
        m.append(nn.Parameter(autograd.ones(2), requires_grad=False))
        m += [autograd.ones(3)]
        assert [type(v).__name__ for v in m] == ["Parameter", "str", "Parameter", "Parameter"]
        assert [name for name, _ in m.named_parameters()] == ["0", "2", "3"]
        assert not m[2].requires_grad
        assert len(m[1:]) == 3
        m[0] = autograd.ones(4)
        assert m[-4].shape == (4,)
        for bad, error in ((3, TypeError), (autograd.ones(2), TypeError)):
            with pytest.raises(error, match="should be called with an iterable"):
                m.extend(bad)
        with pytest.raises(IndexError):
            m[4]
        with pytest.raises(RuntimeError, match="should not be called"):
            m()


class TestParameterDict:
    def test_dictionary(self) -> None:
        m = nn.ParameterDict({"b": autograd.ones(2), "a": autograd.ones(1)})
        m["c"] = "text"
        assert list(m) == ["a", "b", "c"]
        assert list(reversed(m)) == ["c", "b", "a"]
        assert [name for name, _ in m.named_parameters()] == ["a", "b"]
        assert m.get("z", 5) == 5
        assert m.setdefault("d", autograd.ones(1)).shape == (1,)
        assert m.copy()["a"] is m["a"]
        assert list(m | nn.ParameterDict({"e": 1})) == ["a", "b", "c", "d", "e"]
        assert m.pop("c") == "text"
        assert m.popitem()[0] == "d"
        assert list(m.fromkeys(["x", "y"], 0).items()) == [("x", 0), ("y", 0)]
        assert list(m.keys()) == ["a", "b"]
        assert [v.shape for v in m.values()] == [(1,), (2,)]
        m.clear()
        assert len(m) == 0
        with pytest.raises(TypeError, match="it is not a string"):
            m[3] = 1  # type: ignore[index]
        with pytest.raises(KeyError):
            m["forward"]
        with pytest.raises(RuntimeError, match="should not be called"):
            m()
