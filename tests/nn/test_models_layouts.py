"""The states of the ready-made networks: every key, in its order, with its shape, as torchvision publishes weights.

The layouts are written down here a second time, from torchvision's definitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

import nn
import nn.models

Entry = tuple[str, tuple[int, ...]]


def weights(name: str, *shape: int, bias: bool = False) -> Iterator[Entry]:
    yield f"{name}.weight", shape
    if bias:
        yield f"{name}.bias", shape[:1]


def norm(name: str, channels: int) -> Iterator[Entry]:
    for part in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{part}", (channels,)
    yield f"{name}.num_batches_tracked", ()


def unit(name: str, out: int, into: int, size: int) -> Iterator[Entry]:
    """A convolution ``name.0`` and its normalisation ``name.1``."""
    yield from weights(f"{name}.0", out, into, size, size)
    yield from norm(f"{name}.1", out)


def resnet(depths: Iterable[int], expansion: int) -> Iterator[Entry]:
    yield from weights("conv1", 64, 3, 7, 7)
    yield from norm("bn1", 64)
    into = 64
    for stage, depth in enumerate(depths, 1):
        width = 64 * 2 ** (stage - 1)
        out = width * expansion
        for i in range(depth):
            block = f"layer{stage}.{i}"
            sizes = [(width, into, 3), (width, width, 3)]
            if expansion == 4:
                sizes = [(width, into, 1), (width, width, 3), (out, width, 1)]
            for k, (o, c, size) in enumerate(sizes, 1):
                yield from weights(f"{block}.conv{k}", o, c, size, size)
                yield from norm(f"{block}.bn{k}", o)
            if i == 0 and (stage > 1 or expansion == 4):
                yield from unit(f"{block}.downsample", out, into, 1)
            into = out
    yield from weights("fc", 1000, into, bias=True)


def vgg11_bn() -> Iterator[Entry]:
    place, into = 0, 3
    for width in (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"):
        if isinstance(width, int):
            yield from weights(f"features.{place}", width, into, 3, 3, bias=True)
            yield from norm(f"features.{place + 1}", width)
            place, into = place + 2, width
        place += 1
    for place, shape in ((0, (4096, 25088)), (3, (4096, 4096)), (6, (1000, 4096))):
        yield from weights(f"classifier.{place}", *shape, bias=True)


def densenet121() -> Iterator[Entry]:
    yield from weights("features.conv0", 64, 3, 7, 7)
    yield from norm("features.norm0", 64)
    channels = 64
    for block, depth in enumerate((6, 12, 24, 16), 1):
        for layer in range(1, depth + 1):
            name = f"features.denseblock{block}.denselayer{layer}"
            yield from norm(f"{name}.norm1", channels)
            yield from weights(f"{name}.conv1", 128, channels, 1, 1)
            yield from norm(f"{name}.norm2", 128)
            yield from weights(f"{name}.conv2", 32, 128, 3, 3)
            channels += 32
        if block < 4:
            yield from norm(f"features.transition{block}.norm", channels)
            yield from weights(f"features.transition{block}.conv", channels // 2, channels, 1, 1)
            channels //= 2
    yield from norm("features.norm5", channels)
    yield from weights("classifier", 1000, channels, bias=True)


def mobilenet_v2() -> Iterator[Entry]:
    yield from unit("features.0", 32, 3, 3)
    place, into = 1, 32
    stages = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1))
    for expansion, out, repetitions in stages:
        for _ in range(repetitions):
            name, hidden, k = f"features.{place}.conv", into * expansion, 0
            if expansion > 1:
                yield from unit(f"{name}.0", hidden, into, 1)
                k = 1
            yield from unit(f"{name}.{k}", hidden, 1, 3)
            yield from weights(f"{name}.{k + 1}", out, hidden, 1, 1)
            yield from norm(f"{name}.{k + 2}", out)
            place, into = place + 1, out
    yield from unit("features.18", 1280, 320, 1)
    yield from weights("classifier.1", 1000, 1280, bias=True)


def shufflenet_v2_x1_0() -> Iterator[Entry]:
    yield from unit("conv1", 24, 3, 3)
    into = 24
    for stage, (repetitions, out) in enumerate(((4, 116), (8, 232), (4, 464)), 2):
        half = out // 2
        for i in range(repetitions):
            name, first = f"stage{stage}.{i}", half
            if i == 0:
                first = into
                yield from unit(f"{name}.branch1", into, 1, 3)
                yield from weights(f"{name}.branch1.2", half, into, 1, 1)
                yield from norm(f"{name}.branch1.3", half)
            yield from unit(f"{name}.branch2", half, first, 1)
            yield from weights(f"{name}.branch2.3", half, 1, 3, 3)
            yield from norm(f"{name}.branch2.4", half)
            yield from weights(f"{name}.branch2.5", half, half, 1, 1)
            yield from norm(f"{name}.branch2.6", half)
        into = out
    yield from unit("conv5", 1024, 464, 1)
    yield from weights("fc", 1000, 1024, bias=True)


def efficientnet_b0() -> Iterator[Entry]:
    yield from unit("features.0", 32, 3, 3)
    into = 32
    stages = (
        (1, 3, 16, 1),
        (6, 3, 24, 2),
        (6, 5, 40, 2),
        (6, 3, 80, 3),
        (6, 5, 112, 3),
        (6, 5, 192, 4),
        (6, 3, 320, 1),
    )
    for stage, (expansion, size, out, repetitions) in enumerate(stages, 1):
        for i in range(repetitions):
            name, hidden, k = f"features.{stage}.{i}.block", into * expansion, 0
            if expansion > 1:
                yield from unit(f"{name}.0", hidden, into, 1)
                k = 1
            yield from unit(f"{name}.{k}", hidden, 1, size)
            squeezed = into // 4
            yield from weights(f"{name}.{k + 1}.fc1", squeezed, hidden, 1, 1, bias=True)
            yield from weights(f"{name}.{k + 1}.fc2", hidden, squeezed, 1, 1, bias=True)
            yield from unit(f"{name}.{k + 2}", out, hidden, 1)
            into = out
    yield from unit("features.8", 1280, 320, 1)
    yield from weights("classifier.1", 1000, 1280, bias=True)


# Numbers of weights and of entries of the state that torchvision's files have.
LAYOUTS = {
    "resnet18": (list(resnet((2, 2, 2, 2), 1)), 11_689_512, 122),
    "resnet50": (list(resnet((3, 4, 6, 3), 4)), 25_557_032, 320),
    "vgg11_bn": (list(vgg11_bn()), 132_868_840, 62),
    "densenet121": (list(densenet121()), 7_978_856, 727),
    "mobilenet_v2": (list(mobilenet_v2()), 3_504_872, 314),
    "shufflenet_v2_x1_0": (list(shufflenet_v2_x1_0()), 2_278_604, 338),
    "efficientnet_b0": (list(efficientnet_b0()), 5_288_548, 360),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(name: str) -> None:
    layout, count, entries = LAYOUTS[name]
    with nn.init.skipped():
        model = getattr(nn.models, name)()
    assert [(key, tuple(value.shape)) for key, value in model.state_dict().items()] == layout
    assert len(layout) == entries
    assert sum(p.numel() for p in model.parameters()) == count
