"""``convgrad train``: settings from flags, file or an earlier run, then the training itself."""

from __future__ import annotations

import argparse
import dataclasses
import os
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import autograd
from autograd import distributed
from nn.cli.errors import CommandError, UsageError, need_package, one_line
from nn.cli.figures import will_draw
from nn.cli.interrupt import StoppedError
from nn.cli.ranks import FollowingTraining, Silence, run_watched
from nn.cli.reports import Reporter
from nn.cli.settings import FREE, Settings, read_toml, resolve, write_toml
from nn.cli.training import Training
from nn.cli.weights import FILE
from nn.parallel.ranks import Ranks
from nn.training import Checkpoints, FolderLock, LockedError

__all__ = ["run"]

_SETTINGS = "settings.toml"


def run(arguments: argparse.Namespace) -> int:
    """Train, or go on training; as one of several processes, if MPI's launcher has started them."""
    return run_watched(_run, arguments) if distributed.launched_ranks() > 1 else _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    _check_target(arguments.save)
    draws = will_draw(arguments.pictures, "matplotlib")
    flags = {f.name: getattr(arguments, f.name) for f in dataclasses.fields(Settings) if hasattr(arguments, f.name)}
    settings = _saved_settings(arguments, flags) if arguments.resume else _new_settings(arguments, flags)
    if settings.tensorboard:
        need_package("tensorboardX", "tensorboard", "event files")
    if settings.threads:
        autograd.set_num_threads(settings.threads)
    ranks = Ranks()
    reporter = Reporter(arguments.json, arguments.quiet) if ranks.is_first else Silence()
    training = (Training if ranks.is_first else FollowingTraining)(settings, reporter)
    folder = Path(arguments.resume or "")
    if not arguments.resume:
        folder = ranks.from_first(_new_folder(arguments, settings) if ranks.is_first else folder)
    try:
        with FolderLock(folder) if ranks.is_first else nullcontext():
            if arguments.resume:
                _restore(training, folder)
            elif (folder / _SETTINGS).exists() and ranks.is_first:
                _clear(folder)
            if ranks.is_first:
                write_toml(folder / _SETTINGS, settings)
            return _train(training, folder, arguments.save, draws)
    except LockedError as error:
        raise UsageError(one_line(error)) from None


def _train(training: Training, folder: Path, save: str | None, draws: bool) -> int:
    try:
        training.run(folder, draws)
    except StoppedError:
        steps = training.trainer.position.step
        text = f"stopped after {steps:,} steps, all saved; go on with: convgrad train --resume {folder}"
        training.reporter.event("interrupted", text, step=steps, resume=str(folder))
        return 128 + 2
    if save:
        training.save(Path(save))
    return 0


def _check_target(save: str | None) -> None:
    """Refuse a file of weights that could not be written, before any work is done."""
    if save is None:
        return
    path = Path(save)
    if path.suffix.lower() not in (".npz", ".safetensors"):
        raise UsageError(f"--save {save}: the name must end in .npz or .safetensors")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise CommandError(f"--save {save}: the folder {path.parent} does not exist or cannot be written to")


def _new_settings(arguments: argparse.Namespace, flags: dict[str, Any]) -> Settings:
    """Take settings from the file, if there is one, and flags over it."""
    return resolve({**(read_toml(arguments.config) if arguments.config else {}), **flags})


def _saved_settings(arguments: argparse.Namespace, flags: dict[str, Any]) -> Settings:
    """Take settings from a folder of results, and those flags over it that change no result."""
    folder = Path(arguments.resume)
    fixed = sorted(set(flags) - set(FREE)) + [name for name in ("out", "config") if getattr(arguments, name)]
    if fixed:
        allowed = ", ".join(f"--{name.replace('_', '-')}" for name in FREE)
        raise UsageError(f"--{fixed[0].replace('_', '-')} cannot change when a run is resumed, only {allowed} can")
    if not (folder / _SETTINGS).is_file():
        raise CommandError(f"{folder} holds no run: there is no {_SETTINGS} in it")
    return resolve({**read_toml(folder / _SETTINGS), **flags})


def _restore(training: Training, folder: Path) -> None:
    """Go on from the newest checkpoint; a run that was killed before its first begins anew."""
    try:
        training.restore(Checkpoints(folder / "checkpoints").load_latest())
    except FileNotFoundError:
        return
    except RuntimeError as error:
        raise CommandError(one_line(error)) from None


def _new_folder(arguments: argparse.Namespace, settings: Settings) -> Path:
    if arguments.out is None:
        return _numbered(Path("runs", f"{Path(settings.data).stem}-{settings.model}"))
    folder = Path(arguments.out)
    if (folder / _SETTINGS).exists() and not arguments.overwrite:
        raise UsageError(f"{folder} holds a run already: --resume {folder} goes on with it, --overwrite replaces it")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _clear(folder: Path) -> None:
    """Remove what an earlier run has left and this one might be taken to have written."""
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    for path in (folder / FILE, *(folder / "tensorboard").glob("events.*")):
        path.unlink(missing_ok=True)


def _numbered(folder: Path) -> Path:
    """Make the first of ``folder``, ``folder-2``, ``folder-3`` ... that does not exist."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    path, number = folder, 1
    while True:
        try:
            path.mkdir()
            return path
        except FileExistsError:
            number += 1
            path = folder.with_name(f"{folder.name}-{number}")
