"""The public face: names that are loaded when they are first used."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

import autograd
import nn
import nn.functional
import optim
from autograd import methods
from autograd.ops.registry import load_all

PACKAGES = [autograd, nn, nn.functional, optim]

# Functions that their package imports at once, in the place of their modules.
EAGER = {"gradcheck", "tensor"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)
def test_every_public_name_can_be_had(package) -> None:
    for name in package.__all__:
        assert getattr(package, name, package) is not package, name
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = package.nonsense


@pytest.mark.parametrize("family", methods.FAMILIES)
def test_the_table_names_the_methods_of_its_families(family: str) -> None:
    module = import_module(f"autograd.{family}")
    registered = set(getattr(module, "METHODS", {}))
    for info in load_all().values():
        if info.function.__module__ == module.__name__:
            names = (info.name, *info.aliases)
            registered |= set(names if info.method else ()) | {n + "_" for n in names if info.in_place}
    assert set(methods.FAMILIES[family].split()) == registered


def test_every_method_belongs_to_a_family() -> None:
    known = {name for names in methods.FAMILIES.values() for name in names.split()}
    for info in load_all().values():
        for name in (info.name, *info.aliases):
            assert not info.method or name in known, name
            assert not info.in_place or name + "_" in known, name


@pytest.mark.parametrize("first", ["autograd.gradcheck", "autograd.checkpointing", "autograd.inspect", "nn.functional"])
def test_a_module_imported_first_does_not_hide_a_function_of_its_name(first: str) -> None:
    code = f"import {first}; import autograd; assert callable(autograd.gradcheck) and callable(autograd.checkpoint)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)
def test_no_module_can_hide_a_function_of_its_name(package) -> None:
    """Importing a submodule puts it in its package: where a function has that name, it must be there already."""
    for module in iter_modules(package.__path__):
        if module.name in package.__all__:
            value = getattr(package, module.name)
            assert value is sys.modules[f"{package.__name__}.{module.name}"] or module.name in EAGER, module.name


@pytest.mark.parametrize(
    ("package", "name", "reason"),
    [
        (nn, "LSTM", "recurrent networks are left out"),
        (nn, "GRUCell", "recurrent networks are left out"),
        (nn, "MultiheadAttention", "attention and transformers are left out"),
        (nn, "TransformerEncoderLayer", "attention and transformers are left out"),
        (nn, "CTCLoss", "losses and layers for text are left out"),
        (nn.functional, "multi_head_attention_forward", "attention and transformers are left out"),
        (nn.functional, "ctc_loss", "losses and layers for text are left out"),
    ],
)
def test_what_is_left_out_says_so(package, name: str, reason: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute '{name}'\n.*{reason}"):
        getattr(package, name)


def test_an_in_place_function_is_the_method_of_its_name() -> None:
    x = autograd.tensor([-1.0, 2.0])
    assert autograd.relu_(x) is x
    assert x.tolist() == [0.0, 2.0]
    with pytest.raises(AttributeError, match="has no attribute 'nonsense_'"):
        _ = autograd.nonsense_
