"""The two small networks of lecture notes on convolutional networks: one of sigmoids, one of rectified units."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from nn import init
from nn.models.sizes import as_pair, kernel_for, padding_for, pooled
from nn.modules.activation import ReLU, Sigmoid
from nn.modules.container import Sequential
from nn.modules.conv import Conv2d
from nn.modules.flatten import Flatten
from nn.modules.linear import Linear
from nn.modules.pooling import MaxPool2d

__all__ = ["NetReLU", "NetSigmoid"]


class NetSigmoid(Sequential):
    r"""Two convolutions and two fully connected layers of sigmoids, without biases.

    :math:`a_1 = \mathrm{pool}(\sigma(g_1 * x))`, :math:`a_2 = \mathrm{pool}(\sigma(g_2 * a_1))`,
    :math:`a_3 = \sigma(W_1 a_2)`, and the logits :math:`W_2 a_3`, whose softmax the loss takes. Pooling takes the
    maximum of 2x2 windows.

    Parameters
    ----------
    in_channels : int, default 1
    num_classes : int, default 10
    image_size : int or (int, int), default 28
        Height and width.
    channels : (int, int), default (8, 16)
        Kernels of the two convolutions.
    hidden : int, default 64
        Units of the first fully connected layer.

    Raises
    ------
    ValueError
        If the images are too small.

    Notes
    -----
    Weights are drawn from Xavier's uniform distribution, four times as wide before a sigmoid, whose slope is at most a
    quarter (X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
    2010).

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.NetSigmoid(image_size=8)(autograd.zeros(2, 1, 8, 8)).shape
    autograd.Size([2, 10])
    """

    def __init__(
        self,
        in_channels: int = 1,
        num_classes: int = 10,
        image_size: int | Sequence[int] = 28,
        channels: tuple[int, int] = (8, 16),
        hidden: int = 64,
    ) -> None:
        size = as_pair(image_size)
        kernel = kernel_for(size)
        border = padding_for(size, kernel)
        half = pooled(size, kernel, border)
        padding = padding_for(half, kernel)
        height, width = pooled(half, kernel, padding)
        super().__init__(
            OrderedDict(
                conv1=Conv2d(in_channels, channels[0], kernel, padding=border, bias=False),
                act1=Sigmoid(),
                pool1=MaxPool2d(2),
                conv2=Conv2d(channels[0], channels[1], kernel, padding=padding, bias=False),
                act2=Sigmoid(),
                pool2=MaxPool2d(2),
                flatten=Flatten(),
                fc1=Linear(channels[1] * height * width, hidden, bias=False),
                act3=Sigmoid(),
                fc2=Linear(hidden, num_classes, bias=False),
            )
        )
        for layer in (self.conv1, self.conv2, self.fc1):
            init.xavier_uniform_(layer.weight, gain=4.0)
        init.xavier_uniform_(self.fc2.weight)


class NetReLU(Sequential):
    """One convolution of three filters and two fully connected layers, with rectified units.

    Convolution, ReLU, 2x2 maximum pooling, fully connected, ReLU, fully connected: an image of 28x28 becomes three maps
    of 24x24, then of 12x12.

    Parameters
    ----------
    in_channels : int, default 1
    num_classes : int, default 10
    image_size : int or (int, int), default 28
        Height and width.
    channels : int, default 3
        Filters of the convolution.
    hidden : int, default 128
        Units of the first fully connected layer.

    Raises
    ------
    ValueError
        If the images are too small.

    Examples
    --------
    >>> import autograd, nn.models
    >>> nn.models.NetReLU()(autograd.zeros(2, 1, 28, 28)).shape
    autograd.Size([2, 10])
    """

    def __init__(
        self,
        in_channels: int = 1,
        num_classes: int = 10,
        image_size: int | Sequence[int] = 28,
        channels: int = 3,
        hidden: int = 128,
    ) -> None:
        size = as_pair(image_size)
        kernel = kernel_for(size)
        height, width = pooled(size, kernel, padding=0)
        super().__init__(
            OrderedDict(
                conv1=Conv2d(in_channels, channels, kernel),
                act1=ReLU(),
                pool1=MaxPool2d(2),
                flatten=Flatten(),
                fc1=Linear(channels * height * width, hidden),
                act2=ReLU(),
                fc2=Linear(hidden, num_classes),
            )
        )
