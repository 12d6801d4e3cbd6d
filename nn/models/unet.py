"""U-Net: an encoder, and a decoder that reads the encoder's maps at every scale."""

from __future__ import annotations

import autograd
from autograd import Tensor
from nn.module import Module
from nn.modules.activation import ReLU
from nn.modules.batchnorm import BatchNorm2d
from nn.modules.container import ModuleList, Sequential
from nn.modules.conv import Conv2d
from nn.modules.conv_transpose import ConvTranspose2d
from nn.modules.pooling import MaxPool2d

__all__ = ["UNet"]


def _double(in_channels: int, out_channels: int, padding: int, batch_norm: bool) -> Sequential:
    """Return two convolutions of 3x3."""
    layers: list[Module] = []
    for channels in (in_channels, out_channels):
        layers.append(Conv2d(channels, out_channels, 3, padding=padding, bias=not batch_norm))
        layers += [BatchNorm2d(out_channels), ReLU(inplace=True)] if batch_norm else [ReLU(inplace=True)]
    return Sequential(*layers)


def _centre(x: Tensor, like: Tensor) -> Tensor:
    """Return the middle of `x` that has the height and width of `like`."""
    top, left = (x.shape[2] - like.shape[2]) // 2, (x.shape[3] - like.shape[3]) // 2
    middle: Tensor = x[:, :, top : top + like.shape[2], left : left + like.shape[3]]
    return middle


class UNet(Module):
    """U-Net, which gives a class to every pixel.

    Parameters
    ----------
    in_channels : int, default 1
    num_classes : int, default 2
    width : int, default 64
        Channels at full resolution; every scale below has twice as many.
    depth : int, default 4
        Poolings.
    padding : int, default 1
        0, as published, makes the output smaller than the image; 1 keeps the size of images whose sides are
        multiples of ``2 ** depth``.
    batch_norm : bool, default False

    References
    ----------
    O. Ronneberger, P. Fischer, T. Brox, "U-Net: convolutional networks for biomedical image segmentation", MICCAI 2015.

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.UNet(width=4, depth=2)(autograd.zeros(1, 1, 16, 16)).shape
    autograd.Size([1, 2, 16, 16])
    """

    def __init__(
        self,
        in_channels: int = 1,
        num_classes: int = 2,
        width: int = 64,
        depth: int = 4,
        padding: int = 1,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        widths = [width << i for i in range(depth + 1)]
        readers = [in_channels, *widths[:-1]]
        self.encoder = ModuleList([_double(i, o, padding, batch_norm) for i, o in zip(readers, widths, strict=True)])
        self.pool = MaxPool2d(2)
        upwards = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.up = ModuleList([ConvTranspose2d(i, o, 2, 2) for i, o in upwards])
        self.decoder = ModuleList([_double(i, o, padding, batch_norm) for i, o in upwards])
        self.head = Conv2d(width, num_classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of every pixel."""
        skips = []
        for i, encode in enumerate(self.encoder):
            x = encode(self.pool(x) if i else x)
            skips.append(x)
        for up, decode, skip in zip(self.up, self.decoder, skips[-2::-1], strict=True):
            x = up(x)
            x = decode(autograd.cat((_centre(skip, x), x), 1))
        logits: Tensor = self.head(x)
        return logits
