"""Files of trained weights, with a description of the network and of the images it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import autograd
from autograd import Tensor
from nn.cli.errors import CommandError, UsageError, one_line
from nn.data.transforms import Normalize
from nn.models import create_model
from nn.module import Module

__all__ = ["FILE", "Description", "load_trained", "save_trained"]

#: Name of the weights in a folder of results.
FILE = "weights.npz"

_KEY = "convgrad.model"


@dataclass(frozen=True)
class Description:
    """What is needed to build a network anew and to feed it.

    Attributes
    ----------
    model : str
        Name of the network.
    in_channels, num_classes : int
    image_size : (int, int)
    mean, std : list of float
        Of each channel, after scaling to [0, 1].
    peak : int
        Largest value of a pixel.
    data : str
        What it was trained on.
    """

    model: str
    in_channels: int
    num_classes: int
    image_size: tuple[int, int]
    mean: list[float]
    std: list[float]
    peak: int
    data: str

    def build(self) -> Module:
        """Return the network with new weights."""
        return create_model(self.model, self.in_channels, self.num_classes, self.image_size)

    def standard(self) -> Normalize:
        """Return the transform its images go through."""
        return Normalize(self.mean, self.std)


def save_trained(path: Path, state: Mapping[str, Tensor], description: Description) -> None:
    """Save weights and their description, whole or not at all."""
    autograd.save(dict(state), path, metadata={_KEY: json.dumps(asdict(description))})


def load_trained(place: str) -> tuple[Module, Description]:
    """Load a network from a file of weights or a folder of results.

    Raises
    ------
    CommandError
        If there is none, or it is damaged.
    UsageError
        If the file is of another kind.
    """
    path = Path(place)
    if path.is_dir():
        path = path / FILE
        if not path.exists():
            raise CommandError(f"{place} holds no {FILE}; an interrupted training goes on with --resume {place}")
    try:
        description = Description(**json.loads(autograd.serialization.read_metadata(path)[_KEY]))
        model = description.build()
        model.load_state_dict(autograd.load(path))
    except ValueError as error:
        raise UsageError(one_line(error)) from None
    except KeyError:
        raise CommandError(
            f"{path} does not say which network it belongs to; was it written by convgrad train?"
        ) from None
    except (RuntimeError, TypeError) as error:
        raise CommandError(one_line(error)) from None
    return model, description
