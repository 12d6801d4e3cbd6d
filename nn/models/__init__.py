"""Ready-made networks, by class and by name."""

from nn.models.densenet import DenseNet, densenet121, densenet169, densenet201
from nn.models.efficientnet import EfficientNet, efficientnet_b0
from nn.models.lecture import NetReLU, NetSigmoid
from nn.models.lenet import LeNet5
from nn.models.mobilenet import MobileNetV2, mobilenet_v2
from nn.models.preact_resnet import PreActResNet, preact_resnet18, preact_resnet34
from nn.models.registry import MODELS, create_model
from nn.models.resnet import ResNet, resnet18, resnet34, resnet50, resnet101, resnet152
from nn.models.senet import se_resnet18, se_resnet50
from nn.models.shufflenet_v2 import (
    ShuffleNetV2,
    shufflenet_v2_x0_5,
    shufflenet_v2_x1_0,
    shufflenet_v2_x1_5,
    shufflenet_v2_x2_0,
)
from nn.models.unet import UNet
from nn.models.vgg import VGG, vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn, vgg19, vgg19_bn

__all__ = [
    "MODELS",
    "VGG",
    "DenseNet",
    "EfficientNet",
    "LeNet5",
    "MobileNetV2",
    "NetReLU",
    "NetSigmoid",
    "PreActResNet",
    "ResNet",
    "ShuffleNetV2",
    "UNet",
    "create_model",
    "densenet121",
    "densenet169",
    "densenet201",
    "efficientnet_b0",
    "mobilenet_v2",
    "preact_resnet18",
    "preact_resnet34",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "se_resnet18",
    "se_resnet50",
    "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0",
    "shufflenet_v2_x1_5",
    "shufflenet_v2_x2_0",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]
