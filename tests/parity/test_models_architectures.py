"""The ready-made networks against the same source run on PyTorch: logits, gradients, and a step of training.

Only the import lines are changed, so that the libraries are compared, layer by layer, in one definition. That the
definitions are the published ones is checked by their published numbers of weights and by the keys of their states.
"""

from __future__ import annotations

import copy
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import nn.models
import optim

torch = pytest.importorskip("torch")

FOLDER = Path(nn.models.__file__).parent
IMPORTS = [
    (r"^import autograd$", "import torch as autograd"),
    (r"^from autograd import", "from torch import"),
    (r"^from nn\.models\.", "from theirs."),
    (r"^from nn\.(module|modules\.\w+) import", "from torch.nn import"),
    (r"^from nn\.functional import channel_shuffle", "from torch import channel_shuffle"),
    (r"^from nn import", "from torch.nn import"),
]


@pytest.fixture(scope="module")
def theirs() -> Iterator[types.ModuleType]:
    """``nn.models`` on PyTorch."""
    package = types.ModuleType("theirs")
    package.__path__ = []
    names = ["convolutions", "resnet", "senet", *(p.stem for p in sorted(FOLDER.glob("*.py")))]
    skipped = {"__init__", "registry", "lecture", "lenet", "sizes"}
    sys.modules["theirs"] = package
    for name in dict.fromkeys(n for n in names if n not in skipped):
        source = (FOLDER / f"{name}.py").read_text()
        for pattern, line in IMPORTS:
            source = re.sub(pattern, line, source, flags=re.MULTILINE)
        module = types.ModuleType(f"theirs.{name}")
        sys.modules[module.__name__] = module
        exec(compile(source, name, "exec"), module.__dict__)
        vars(package).update({key: value for key, value in vars(module).items() if not key.startswith("__")})
    yield package
    for name in [name for name in sys.modules if name.split(".")[0] == "theirs"]:
        del sys.modules[name]


# Name, options, and the side of the images.
NETWORKS: list[tuple[str, dict[str, Any], int]] = [
    ("vgg11", {"hidden": 16, "dropout": 0.0}, 32),
    ("VGG", {"depths": (1, 1, 1, 2, 1), "batch_norm": True, "hidden": 8, "dropout": 0.0}, 32),
    ("resnet18", {"width": 8}, 32),
    ("resnet34", {"width": 4, "small_images": True}, 16),
    ("resnet50", {"width": 4}, 32),
    ("preact_resnet18", {"width": 8}, 16),
    ("DenseNet", {"growth_rate": 4, "depths": (2, 3, 2)}, 32),
    ("MobileNetV2", {"width": 0.35, "dropout": 0.0}, 32),
    ("shufflenet_v2_x0_5", {}, 64),
    ("se_resnet18", {"width": 16}, 32),
    ("se_resnet50", {"width": 4}, 32),
    ("efficientnet_b0", {"width": 0.25, "dropout": 0.0, "stochastic_depth": 0.0}, 32),
    ("UNet", {"width": 4, "depth": 3, "batch_norm": True}, 16),
    ("UNet", {"width": 4, "depth": 2, "padding": 0}, 44),
]
IDS = [f"{name}-{i}" for i, (name, *_) in enumerate(NETWORKS)]


def step(model: Any, library: Any, optimizer: Any, x: np.ndarray, factor: np.ndarray) -> dict[str, np.ndarray]:
    """What a step of training in evaluation's place shows: outputs, all gradients, state before and after."""
    images = library.from_numpy(x.copy()).requires_grad_()
    model.train()
    logits = model(images)
    (logits * library.from_numpy(factor)).sum().backward()
    found = {"logits": logits, "images": images.grad}
    found |= {f"gradient of {name}": p.grad for name, p in model.named_parameters()}
    optimizer.step()
    found |= {f"state {name}": value for name, value in model.state_dict().items()}
    model.eval()
    found["evaluation"] = model(images)
    return {name: np.array(value.detach().numpy()) for name, value in found.items()}


def built(name: str, options: dict[str, Any], theirs: types.ModuleType, dtype: str) -> tuple[Any, Any]:
    """The same network twice, with the same weights."""
    torch.manual_seed(0)
    their = getattr(theirs, name)(**options).to(getattr(torch, dtype))
    our = getattr(nn.models, name)(**options).to(getattr(autograd, dtype))
    assert list(our.state_dict()) == list(their.state_dict())
    our.load_state_dict({key: autograd.from_numpy(value.numpy().copy()) for key, value in their.state_dict().items()})
    return their, our


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options", "side"), NETWORKS, ids=IDS)
def test_network(name: str, options: dict[str, Any], side: int, dtype: str, theirs: types.ModuleType) -> None:
    channels = 1 if name == "UNet" else 3
    their, our = built(name, {**options, "num_classes": 5, "in_channels": channels}, theirs, dtype)
    exact = copy.deepcopy(their).double()
    rng = np.random.default_rng(0)
    # More images than two, so that no channel is normalised over two values, which are always -1 and 1.
    x = rng.standard_normal((6 if side < 44 else 2, channels, side, side)).astype(dtype)
    factor = rng.standard_normal(tuple(exact.eval()(torch.from_numpy(x).double()).shape)).astype(dtype)
    expected = step(their, torch, torch.optim.SGD(their.parameters(), 1e-4, momentum=0.9), x, factor)
    # Training-mode norms over a few values magnify Winograd's rounding beyond any bound: direct methods only.
    with autograd.exact():
        found = step(our, autograd, optim.SGD(our.parameters(), 1e-4, momentum=0.9), x, factor)
    truth = expected
    if dtype == "float32":
        # A deep network amplifies rounding: ours may be as large as PyTorch's own, within a factor.
        truth = step(
            exact, torch, torch.optim.SGD(exact.parameters(), 1e-4, momentum=0.9), *map(np.float64, (x, factor))
        )
    assert list(found) == list(expected)
    if dtype == "float32":
        agree_roughly(found, expected, truth)
        return
    largest = max(np.abs(value).max() for key, value in expected.items() if "gradient" in key)
    for what, value in expected.items():
        scale = largest if what.startswith("gradient") else max(np.abs(value).max(initial=0.0), 1e-2)
        np.testing.assert_allclose(found[what], value, rtol=0, atol=1e-7 * scale, err_msg=f"{name}, {what}")


def agree_roughly(found: dict[str, np.ndarray], expected: dict[str, np.ndarray], truth: dict[str, np.ndarray]) -> None:
    """Values within 1e-4 of the largest, or of what PyTorch's own rounding does in a deep network, within a factor.

    A rounding that carries a unit over the kink of its nonlinearity changes gradients by steps, in either library: they
    are held to a part of their length.
    """
    for what, value in truth.items():
        gradient = what.startswith(("gradient", "images"))
        size = np.linalg.norm if gradient else lambda a: np.abs(a).max(initial=0.0)
        least = 0.1 * size(value) if gradient else 1e-4 * max(size(value), 1e-2)
        assert size(found[what] - value) <= max(least, 5 * size(expected[what] - value), 1e-5), what


PUBLISHED = {
    "vgg11": 132_863_336,
    "vgg16": 138_357_544,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "se_resnet50": 28_088_024,
    "densenet121": 7_978_856,
    "MobileNetV2": 3_504_872,
    "shufflenet_v2_x0_5": 1_366_792,
    "shufflenet_v2_x1_0": 2_278_604,
    "efficientnet_b0": 5_288_548,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_number_of_weights(name: str) -> None:
    with nn.init.skipped():
        model = getattr(nn.models, name)()
    assert sum(p.numel() for p in model.parameters()) == PUBLISHED[name]


# Keys of torchvision's states: the last of some kind, and how many there are.
KEYS = {
    "vgg16": (32, ["features.28.weight", "classifier.6.bias"]),
    "resnet18": (122, ["conv1.weight", "layer2.0.downsample.1.running_var", "layer4.1.bn2.weight", "fc.bias"]),
    "resnet50": (320, ["layer1.0.conv3.weight", "layer4.2.bn3.num_batches_tracked"]),
    "densenet121": (
        727,
        ["features.conv0.weight", "features.denseblock4.denselayer16.conv2.weight", "features.transition3.norm.bias"]
        + ["features.norm5.weight", "classifier.weight"],
    ),
    "MobileNetV2": (
        314,
        ["features.0.0.weight", "features.1.conv.0.0.weight", "features.1.conv.1.weight", "features.2.conv.1.0.weight"]
        + ["features.17.conv.3.running_mean", "features.18.1.bias", "classifier.1.weight"],
    ),
    "shufflenet_v2_x1_0": (
        338,
        ["conv1.0.weight", "stage2.0.branch1.0.weight", "stage2.0.branch1.3.running_var"]
        + ["stage4.3.branch2.6.bias", "conv5.1.weight", "fc.weight"],
    ),
    "efficientnet_b0": (
        360,
        ["features.0.0.weight", "features.1.0.block.1.fc1.weight", "features.1.0.block.2.1.weight"]
        + ["features.7.0.block.0.0.weight", "features.7.0.block.2.fc2.bias", "features.8.1.running_mean"]
        + ["classifier.1.weight"],
    ),
}


@pytest.mark.parametrize("name", KEYS)
def test_the_keys_of_states(name: str) -> None:
    with nn.init.skipped():
        state = getattr(nn.models, name)().state_dict()
    count, keys = KEYS[name]
    assert len(state) == count
    assert not set(keys) - state.keys()


def test_stochastic_depth_keeps_the_mean() -> None:
    from nn.models.efficientnet import StochasticDepth

    autograd.manual_seed(0)
    x = autograd.ones(4000, 1, 1, 1)
    dropped = StochasticDepth(0.25)(x)
    assert dropped.unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert float(dropped.mean()) == pytest.approx(1, abs=0.05)
    assert StochasticDepth(0.25).eval()(x) is x
