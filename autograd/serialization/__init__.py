"""Saving and loading: npz archives and safetensors files, written whole or not at all; nothing is ever unpickled."""

from autograd.serialization.files import replacing
from autograd.serialization.npz import read_arrays
from autograd.serialization.saving import load, read_metadata, save

__all__ = ["load", "read_arrays", "read_metadata", "replacing", "save"]
