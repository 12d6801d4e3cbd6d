"""Layers with parameters or geometry against PyTorch: convolution, pooling, normalisation, linear, padding, vision."""

from __future__ import annotations

import numpy as np
import pytest

from tests.parity.modules import Case, compare

RNG = np.random.default_rng(0)


def x(*shape: int) -> np.ndarray:
    """Values without ties."""
    count = int(np.prod(shape))
    return ((RNG.permutation(count) - count / 2 + 0.25) / max(count, 1) * 4).reshape(shape)


LINEAR = [
    Case("Identity", 3, unused=True, inputs=x(2, 3)),
    Case("Linear", 5, 3, inputs=x(4, 5)),
    Case("Linear", 5, 3, bias=False, inputs=x(2, 4, 5)),
    Case("Linear", 5, 3, inputs=x(5)),
    Case("Bilinear", 3, 4, 5, inputs=(x(2, 3), x(2, 4))),
    Case("Bilinear", 3, 4, 5, False, inputs=(x(2, 2, 3), x(2, 2, 4))),
    Case("Embedding", 7, 3, inputs=np.array([[1, 2, 6], [0, 1, 1]])),
    Case("Embedding", 7, 3, padding_idx=-1, inputs=np.array([6, 2, 6])),
    Case("Embedding", 7, 3, max_norm=0.9, norm_type=1.0, scale_grad_by_freq=True, inputs=np.array([1, 1, 4])),
]

CONV = [
    Case("Conv1d", 3, 4, 3, inputs=x(2, 3, 9)),
    Case("Conv1d", 4, 6, 2, stride=2, padding=3, dilation=2, groups=2, bias=False, inputs=x(2, 4, 9)),
    Case("Conv1d", 3, 4, 3, padding=2, padding_mode="circular", inputs=x(3, 9)),
    Case("Conv2d", 3, 4, 3, inputs=x(2, 3, 6, 5)),
    Case("Conv2d", 4, 6, (3, 2), (2, 1), (1, 2), (1, 2), 2, inputs=x(2, 4, 7, 6)),
    Case("Conv2d", 4, 8, 3, padding=1, groups=4, bias=False, inputs=x(1, 4, 5, 5)),
    Case("Conv2d", 3, 4, (2, 3), padding="same", dilation=(1, 2), inputs=x(2, 3, 6, 7)),
    Case("Conv2d", 3, 4, 3, padding="valid", inputs=x(3, 6, 5)),
    Case("Conv2d", 3, 4, (2, 3), padding="same", padding_mode="reflect", inputs=x(2, 3, 6, 7)),
    Case("Conv2d", 3, 4, 3, stride=2, padding=(1, 2), padding_mode="replicate", inputs=x(2, 3, 6, 7)),
    Case("Conv2d", 3, 4, 3, padding=1, padding_mode="circular", inputs=x(0, 3, 6, 7)),
    Case("Conv3d", 2, 3, (2, 3, 2), padding=(0, 1, 1), inputs=x(1, 2, 4, 5, 4)),
    Case("Conv3d", 2, 4, 2, stride=2, groups=2, padding=1, padding_mode="circular", inputs=x(1, 2, 4, 5, 4)),
    Case("ConvTranspose1d", 3, 4, 3, stride=2, padding=1, output_padding=1, inputs=x(2, 3, 5)),
    Case("ConvTranspose1d", 3, 4, 3, stride=3, call={"output_size": [16]}, inputs=x(2, 3, 5)),
    Case("ConvTranspose2d", 4, 6, (3, 2), (2, 1), (1, 0), (1, 0), 2, False, (1, 2), inputs=x(2, 4, 4, 5)),
    Case("ConvTranspose2d", 4, 6, 3, stride=2, padding=1, call={"output_size": [2, 6, 10, 9]}, inputs=x(2, 4, 5, 5)),
    Case("ConvTranspose3d", 2, 3, 2, stride=2, inputs=x(1, 2, 2, 3, 2)),
    Case("ConvTranspose3d", 2, 3, 2, dilation=2, output_padding=1, stride=2, inputs=x(2, 2, 3, 2)),
]

INDICES = np.array([[[0, 3, 4], [1, 2, 5]]])

POOL = [
    *[Case(f"MaxPool{r}d", 2, inputs=x(2, 3, *(7, 6, 5)[:r])) for r in (1, 2, 3)],
    *[Case(f"MaxPool{r}d", 3, 2, 1, 1, ceil_mode=True, inputs=x(2, 3, *(7, 6, 5)[:r])) for r in (1, 2, 3)],
    Case("MaxPool2d", (2, 3), stride=(2, 1), dilation=(1, 2), return_indices=True, inputs=x(3, 7, 9)),
    Case("MaxUnpool1d", 2, inputs=(x(1, 2, 3), INDICES)),
    Case("MaxUnpool2d", (1, 2), 2, call={"output_size": (2, 6)}, inputs=(x(1, 1, 2, 3), INDICES[:, None])),
    Case("MaxUnpool3d", 2, padding=0, inputs=(x(1, 1, 1, 2, 3), INDICES[:, None, None])),
    *[Case(f"AvgPool{r}d", 2, inputs=x(2, 3, *(7, 6, 5)[:r])) for r in (1, 2, 3)],
    *[Case(f"AvgPool{r}d", 3, 2, 1, True, False, inputs=x(2, 3, *(7, 6, 5)[:r])) for r in (1, 2, 3)],
    Case("AvgPool2d", (2, 3), divisor_override=5, inputs=x(3, 7, 9)),
    *[Case(f"LPPool{r}d", 2, 2, inputs=np.abs(x(2, 3, *(7, 6, 5)[:r]))) for r in (1, 2, 3)],
    Case("LPPool2d", 3, 2, stride=1, ceil_mode=True, inputs=np.abs(x(2, 3, 5, 6))),
    *[Case(f"AdaptiveAvgPool{r}d", 3, inputs=x(2, 3, *(7, 6, 5)[:r])) for r in (1, 2, 3)],
    *[Case(f"AdaptiveMaxPool{r}d", 3, inputs=x(2, 3, *(7, 6, 5)[:r])) for r in (1, 2, 3)],
    Case("AdaptiveAvgPool2d", (None, 2), inputs=x(3, 7, 9)),
    Case("AdaptiveMaxPool2d", (2, None), return_indices=True, inputs=x(3, 7, 9)),
]

NORM = [
    Case("BatchNorm1d", 3, inputs=x(4, 3)),
    *[Case(f"BatchNorm{r}d", 3, inputs=x(4, 3, *(4, 3, 2)[:r])) for r in (1, 2, 3)],
    Case("BatchNorm2d", 3, 1e-3, None, inputs=x(4, 3, 4, 3)),
    Case("BatchNorm2d", 3, momentum=0.3, affine=False, inputs=x(4, 3, 4, 3)),
    Case("BatchNorm2d", 3, track_running_stats=False, inputs=x(4, 3, 4, 3)),
    *[Case(f"InstanceNorm{r}d", 3, inputs=x(4, 3, *(4, 3, 2)[:r])) for r in (1, 2, 3)],
    *[Case(f"InstanceNorm{r}d", 3, affine=True, inputs=x(3, *(4, 3, 2)[:r])) for r in (1, 2, 3)],
    Case("InstanceNorm2d", 3, 1e-3, 0.2, True, True, inputs=x(4, 3, 4, 3)),
    Case("GroupNorm", 2, 6, inputs=x(3, 6, 4, 2)),
    Case("GroupNorm", 3, 6, 1e-2, False, inputs=x(3, 6)),
    Case("LayerNorm", 5, inputs=x(3, 4, 5)),
    Case("LayerNorm", [4, 5], 1e-3, bias=False, inputs=x(3, 4, 5)),
    Case("LayerNorm", (5,), elementwise_affine=False, inputs=x(3, 4, 5)),
    Case("RMSNorm", 5, inputs=x(3, 4, 5)),
    Case("RMSNorm", [4, 5], 1e-3, False, inputs=x(3, 4, 5)),
    Case("LocalResponseNorm", 3, inputs=x(2, 6, 4)),
    Case("LocalResponseNorm", 2, 0.1, 0.5, 2.0, inputs=x(2, 6, 4, 3)),
]

PADS = {"Zero": (), "Reflection": (), "Replication": (), "Circular": (), "Constant": (1.5,)}
PADDING = [
    Case(f"{name}Pad{r}d", padding, *value, inputs=x(2, 3, *(4, 3, 5)[:r]))
    for name, value in PADS.items()
    for r in (1, 2, 3)
    for padding in (2, (1, 2, 0, 1, 2, 1)[: 2 * r])
] + [Case("ZeroPad2d", (-1, 2, 1, -1), inputs=x(3, 4, 5))]

VISION = [
    Case("Flatten", inputs=x(2, 3, 4)),
    Case("Flatten", 0, 1, inputs=x(2, 3, 4)),
    Case("Unflatten", 1, (2, 3), inputs=x(2, 6, 4)),
    Case("PixelShuffle", 2, inputs=x(2, 8, 3, 2)),
    Case("PixelUnshuffle", 2, inputs=x(2, 2, 4, 6)),
    Case("ChannelShuffle", 3, inputs=x(2, 6, 2, 2)),
    Case("Unfold", (2, 3), 1, (1, 0), 2, inputs=x(2, 3, 5, 6)),
    Case("Fold", (4, 5), 2, padding=1, stride=(2, 1), inputs=x(2, 12, 18)),
    Case("Upsample", scale_factor=2, inputs=x(2, 3, 4)),
    Case("Upsample", (5, 7), mode="bilinear", align_corners=True, inputs=x(2, 3, 4, 4)),
    Case("Upsample", scale_factor=(1.5, 2), mode="bicubic", recompute_scale_factor=True, inputs=x(2, 3, 4, 4)),
    Case("Upsample", size=3, mode="trilinear", inputs=x(1, 2, 2, 3, 4)),
    Case("UpsamplingNearest2d", scale_factor=2, inputs=x(2, 3, 4, 4)),
    Case("UpsamplingBilinear2d", size=(6, 5), inputs=x(2, 3, 4, 4)),
    Case("CosineSimilarity", inputs=(x(4, 5), x(4, 5))),
    Case("CosineSimilarity", 0, 1e-3, inputs=(x(4, 5), x(4, 5))),
    Case("PairwiseDistance", inputs=(x(4, 5), x(4, 5))),
    Case("PairwiseDistance", 1.0, 1e-3, True, inputs=(x(4, 5), x(4, 5))),
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
@pytest.mark.parametrize("case", [*LINEAR, *CONV, *POOL, *NORM, *PADDING, *VISION], ids=lambda case: case.id)
def test_layer(case: Case) -> None:
    compare(case)
