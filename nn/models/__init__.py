"""Ready-made networks, by class and by name."""

from nn.models.lecture import NetReLU, NetSigmoid
from nn.models.lenet import LeNet5
from nn.models.registry import MODELS, create_model

__all__ = ["MODELS", "LeNet5", "NetReLU", "NetSigmoid", "create_model"]
