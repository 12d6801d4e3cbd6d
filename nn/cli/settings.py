"""The settings of a training: declared once, read from flags and from a TOML file, and saved beside the results."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograd.serialization import replacing
from nn.cli.errors import UsageError, suggestion
from nn.cli.optimizers import OPTIMIZERS
from nn.cli.schedule import SCHEDULES
from nn.cli.values import Names, real, whole
from nn.models import MODELS

__all__ = ["AUGMENTATIONS", "FREE", "RECIPES", "Settings", "read_toml", "resolve", "write_toml"]

AUGMENTATIONS = ("cutout", "flip", "rotate", "shift")
_VARIED = Names(AUGMENTATIONS, several=True)


def _setting(default: Any, read: Callable[[str], Any], text: str, meta: str) -> Any:
    return field(default=default, metadata={"read": read, "help": text, "metavar": meta})


def _switch(text: str) -> Any:
    return field(default=False, metadata={"read": _read_switch, "help": text})


def _read_switch(text: str) -> bool:
    if text not in ("True", "False"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "True"


@dataclass(frozen=True)
class Settings:
    """What a training depends on. Fields with the default None take the value of the model's recipe."""

    data: str = _setting(
        "digits",
        str,
        "'digits' (shipped), 'fashion-mnist', an .npz file, a folder of idx files, CIFAR-10's archive, or a folder "
        "with train/CLASS/IMAGE and test/CLASS/IMAGE",
        "DATA",
    )
    model: str = _setting("lenet5", Names(MODELS), f"{', '.join(sorted(MODELS))}", "NAME")
    optimizer: str = _setting(None, Names(OPTIMIZERS), f"{', '.join(OPTIMIZERS)}", "NAME")
    lr: float = _setting(None, real(), "learning rate", "RATE")
    schedule: str = _setting(None, Names(SCHEDULES), f"course of the rate: {', '.join(SCHEDULES)}", "NAME")
    warmup: float = _setting(0.0, real(), "epochs over which the rate rises from zero", "EPOCHS")
    batch_size: int = _setting(None, whole(), "images a step: 1 is stochastic, 0 the full batch", "N")
    epochs: int = _setting(None, whole(1), "passes over the training images", "N")
    weight_decay: float = _setting(None, real(), "factor of the weights in their gradient", "FACTOR")
    label_smoothing: float = _setting(None, real(0, 1), "share of the target spread over all classes", "SHARE")
    accumulate: int = _setting(1, whole(1), "batches whose gradients make one step", "N")
    clip_norm: float = _setting(0.0, real(), "largest norm of the gradient; 0 for no limit", "NORM")
    mixup: float = _setting(0.0, real(), "mix images in pairs by Beta(ALPHA, ALPHA); 0 for none", "ALPHA")
    average: float = _setting(0.0, real(0, 1), "decay of a moving average of the weights; 0 for none", "DECAY")
    augment: str = _setting(
        "", Names(AUGMENTATIONS, several=True), f"vary the images: {', '.join(AUGMENTATIONS)}", "NAMES"
    )
    patience: int = _setting(0, whole(), "stop after so many epochs without a better test accuracy; 0 for never", "N")
    seed: int = _setting(0, whole(), "of weights, order and variation", "N")
    threads: int = _setting(0, whole(), "threads; 0 for one a core. The result does not depend on it", "N")
    checkpoint_minutes: float = _setting(
        10.0, real(0, open_end=True), "minutes between checkpoints within an epoch", "N"
    )
    keep: int = _setting(2, whole(1), "checkpoints kept, besides the best", "N")
    tensorboard: bool = _switch("write event files for TensorBoard into DIR/tensorboard (needs tensorboardX)")


#: Settings that may change when a training is resumed: when it ends, and what its result does not depend on.
FREE = ("epochs", "patience", "threads", "checkpoint_minutes", "keep", "tensorboard")

_COMMON = {"schedule": "cosine", "batch_size": 32, "epochs": 30, "weight_decay": 0.0, "label_smoothing": 0.0}

_DEEP = {**_COMMON, "optimizer": "nesterov", "weight_decay": 5e-4}

#: What a model is trained with unless told otherwise; ``net-relu`` has the lecture notes' own settings.
RECIPES: Mapping[str, Mapping[str, Any]] = {
    **dict.fromkeys(MODELS, _DEEP),
    "lenet5": {**_COMMON, "optimizer": "nesterov", "weight_decay": 5e-4, "label_smoothing": 0.1, "epochs": 20},
    "net-relu": {**_COMMON, "optimizer": "adam-notes", "schedule": "constant"},
    "net-sigmoid": {**_COMMON, "optimizer": "momentum", "lr": 0.3},
}


def resolve(given: Mapping[str, Any]) -> Settings:
    """Complete the given settings by the model's recipe and the optimizer's learning rate.

    Examples
    --------
    >>> resolve({"model": "net-relu"}).optimizer, resolve({"optimizer": "adam"}).lr
    ('adam-notes', 0.001)
    """
    recipe = dict(RECIPES[given.get("model", Settings.model)])
    if given.get("optimizer", recipe["optimizer"]) != recipe["optimizer"]:
        recipe.pop("lr", None)
    values = {**recipe, **given}
    values.setdefault("lr", OPTIMIZERS[values["optimizer"]].lr)
    return Settings(**values)


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read settings from a TOML file; names may be written with hyphens.

    Raises
    ------
    UsageError
        If the file is no TOML, or a setting is unknown or out of range.
    OSError
        If the file cannot be read.
    """
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}") from None
    return {name.replace("-", "_"): _checked(path, name, value) for name, value in table.items()}


def _checked(path: str | Path, name: str, value: Any) -> Any:
    known = {f.name: f for f in dataclasses.fields(Settings)}
    setting = known.get(name.replace("-", "_"))
    if setting is None:
        raise UsageError(f"{path}: unknown setting {name!r}{suggestion(name, known)}")
    if isinstance(value, bool) != isinstance(setting.default, bool) or isinstance(value, list | dict):
        kind = "true or false" if isinstance(setting.default, bool) else "a number or a text"
        raise UsageError(f"{path}: {name} must be {kind}, not {value!r}")
    try:
        return setting.metadata["read"](str(value))
    except ValueError as error:
        raise UsageError(f"{path}: {name}: {error}") from None


def write_toml(path: str | Path, settings: Settings) -> None:
    """Write settings to a TOML file that `read_toml` reads, whole or not at all."""
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in dataclasses.asdict(settings).items()]
    with replacing(path) as file:
        file.write("".join(lines).encode())
