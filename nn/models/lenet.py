"""LeNet-5."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from nn.models.sizes import as_pair, kernel_for, padding_for, pooled
from nn.module import Module
from nn.modules.activation import ReLU
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d
from nn.modules.flatten import Flatten
from nn.modules.linear import Linear
from nn.modules.pooling import MaxPool2d

__all__ = ["LeNet5"]

#: The published network reads images of this side; smaller ones get the border it had.
_PUBLISHED_SIDE = 32


class LeNet5(Sequential):
    """LeNet-5: two convolutions with pooling, then three fully connected layers.

    As it is used today, with rectified units and maximum pooling; pass ``nn.Tanh`` and ``nn.AvgPool2d`` for units close
    to the published ones. Images below 20 pixels a side get kernels of 3 instead of 5.

    Parameters
    ----------
    in_channels : int, default 1
    num_classes : int, default 10
    image_size : int or (int, int), default 28
        Height and width.
    activation : callable, default nn.ReLU
        Makes the units' nonlinearity.
    pool : callable, default nn.MaxPool2d
        Makes a pooling layer, from its window.

    Raises
    ------
    ValueError
        If the images are too small.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", Proceedings
    of the IEEE 86 (1998).

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.LeNet5()(autograd.zeros(2, 1, 28, 28)).shape
    autograd.Size([2, 10])
    """

    def __init__(
        self,
        in_channels: int = 1,
        num_classes: int = 10,
        image_size: int | Sequence[int] = 28,
        activation: Callable[[], Module] = ReLU,
        pool: Callable[[int], Module] = MaxPool2d,
    ) -> None:
        size = as_pair(image_size)
        kernel = kernel_for(size)
        border = kernel // 2 if min(size) < _PUBLISHED_SIDE else 0
        half = pooled(size, kernel, border)
        padding = padding_for(half, kernel)
        height, width = pooled(half, kernel, padding)
        super().__init__(
            OrderedDict(
                conv1=Conv2d(in_channels, 6, kernel, padding=border),
                act1=activation(),
                pool1=pool(2),
                conv2=Conv2d(6, 16, kernel, padding=padding),
                act2=activation(),
                pool2=pool(2),
                flatten=Flatten(),
                fc1=Linear(16 * height * width, 120),
                act3=activation(),
                fc2=Linear(120, 84),
                act4=activation(),
                fc3=Linear(84, num_classes),
            )
        )
