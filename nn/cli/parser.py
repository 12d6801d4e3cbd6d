"""The commands and their options. Nothing heavy is imported for it, so that ``--help`` is quick."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from typing import Any, NoReturn

from nn.cli.contenders import CONTENDERS
from nn.cli.errors import MISUSE, suggestion
from nn.cli.settings import Settings
from nn.cli.surfaces import SURFACES
from nn.cli.values import Names, real, whole

__all__ = ["build_parser"]

_DESCRIPTION = "Train, examine and check convolutional networks with convgrad."

_INFO = """examples:
  convgrad info
  convgrad info --json
"""
_KEEPING_LINES = argparse.RawDescriptionHelpFormatter

_EPILOG = """convgrad COMMAND --help shows a command's options, and examples.

exit status: 0 success, 1 failure, 2 misuse, 130 stopped by Ctrl-C

completion of commands, options, models and optimizers by the tab key:
  pip install 'convgrad[completion]'
  eval "$(register-python-argcomplete convgrad)"          in bash or zsh; put it in ~/.bashrc or ~/.zshrc
"""
_TRAIN = """examples:
  convgrad train                                          LeNet-5 on the shipped digits
  convgrad train --model net-relu --epochs 10 --seed 1
  convgrad train --data mnist.npz --batch-size 128 --out runs/mnist
  convgrad train --config settings.toml --lr 0.01         flags overrule the file
  convgrad train --resume runs/mnist                      go on where it stopped
  convgrad train --resume runs/mnist --epochs 40          and beyond the end
  convgrad train --data photos --augment flip,cutout --tensorboard
"""
_EVALUATE = """examples:
  convgrad evaluate runs/digits-lenet5
  convgrad evaluate weights.safetensors --data mnist.npz --json
  convgrad evaluate runs/digits-lenet5 --out pictures     confusions, the most wrong images, feature maps
"""
_PREDICT = """examples:
  convgrad predict runs/digits-lenet5 photo.png           an image file (needs Pillow)
  convgrad predict runs/digits-lenet5 --index 0 1 2       test images of the shipped digits
"""
_SUMMARY = """examples:
  convgrad summary lenet5
  convgrad summary net-relu --image-size 28 --json
  convgrad summary runs/digits-lenet5
  convgrad summary my_models.py:Net --channels 3 --image-size 32
"""
_GRADCHECK = """examples:
  convgrad gradcheck                                      every operation, every sample
  convgrad gradcheck conv2d max_pool2d --twice
  convgrad gradcheck my_models.py:Net --channels 3 --image-size 8
  convgrad gradcheck my_models.py:Net --input-shape 4 10 --train --method complex
"""
_EXPLAIN = """examples:
  convgrad explain                                        a 5x5 image and an edge detector
  convgrad explain --size 4 4 --stride 2 --padding 1
  convgrad explain --figure backward.png --part input     as a picture (needs matplotlib)
  convgrad explain my_models.py:Net --channels 3          what a model computes: formulas, shapes, costs
  convgrad explain lenet5 --graph lenet5.svg              its graph (needs Graphviz; .dot needs nothing)
  convgrad explain runs/digits-lenet5 --figure f.png --part filters
"""
_RACE = """examples:
  convgrad race                                           every optimizer on every surface and on the digits
  convgrad race rosenbrock saddle --steps 1000
  convgrad race digits --factors 0.1 1 10 --epochs 5
  convgrad race beale --optimizers sgd,momentum,adam --json --no-pictures
"""
_EXPORT = """examples:
  convgrad export runs/digits-lenet5 digits.onnx          for onnxruntime and others (needs onnx)
  convgrad export lenet5 new.onnx --image-size 32 --opset 13
  convgrad export runs/digits-lenet5 weights.safetensors  weights alone; .npz for NumPy
  convgrad export my_models.py:Net net.onnx --channels 3
"""


class _Parser(argparse.ArgumentParser):
    """Tells what is wrong on one line, and what may have been meant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        self.exit(MISUSE, f"{self.prog}: error: {message} (see {self.prog} --help)\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            what = "/".join(action.option_strings) or "command"
            text = f"unknown {what} {value!r} (known: {', '.join(known)}){suggestion(str(value), known)}"
            raise argparse.ArgumentError(None, text)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        known, unknown = super().parse_known_args(args, namespace)
        for word in unknown:
            flags = [flag for action in self._actions for flag in action.option_strings]
            self.error(f"unknown argument {word!r}{suggestion(word, flags)}")
        return known, unknown


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from autograd import __version__

        print(f"convgrad {__version__}")
        parser.exit()


class Reader:
    """Lets argparse show what a reader of values says is wrong."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read
        self.complete = getattr(read, "complete", None)

    def __call__(self, text: str) -> Any:
        try:
            return self._read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(prog="convgrad", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=_KEEPING_LINES)
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def add(name: str, text: str, examples: str) -> argparse.ArgumentParser:
        options: dict[str, Any] = {"help": text, "description": text, "formatter_class": _KEEPING_LINES}
        command = commands.add_parser(name, epilog=examples, **options)
        command.add_argument("--json", action="store_true", help="write JSON, an object a line")
        return command

    _add_train(add("train", "Train a network to classify images.", _TRAIN))
    _add_evaluate(add("evaluate", "Measure a trained network on test images.", _EVALUATE))
    _add_predict(add("predict", "Classify images with a trained network.", _PREDICT))
    _add_summary(add("summary", "List a network's layers, their shapes, parameters and costs.", _SUMMARY))
    _add_gradcheck(add("gradcheck", "Compare gradients with central differences.", _GRADCHECK))
    _add_explain(
        add("explain", "Show a small convolution and its gradients by numbers, or what a model computes.", _EXPLAIN)
    )
    _add_race(add("race", "Let optimizers race, on surfaces and on the digits.", _RACE))
    _add_export(add("export", "Write a network as ONNX, or its weights as safetensors or npz.", _EXPORT))
    add("info", "Show versions, the BLAS core in use and why, threads and memory.", _INFO)
    return parser


def _add_explain(parser: argparse.ArgumentParser) -> None:
    sizes: dict[str, Any] = {"type": int, "metavar": "N"}
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model's name, weights, a run's folder, or FILE.py:NAME"
    )
    parser.add_argument(
        "--size", nargs="+", default=(5, 5), help="height and width of the image (default: 5 5)", **sizes
    )
    parser.add_argument("--stride", default=1, help="step of the kernel (default: 1)", **sizes)
    parser.add_argument("--padding", default=0, help="zeros around the image (default: 0)", **sizes)
    parser.add_argument("--dilation", default=1, help="distance of the kernel's taps (default: 1)", **sizes)
    parser.add_argument("--figure", metavar="FILE", help="draw it as well: PNG, SVG or PDF")
    parser.add_argument(
        "--part",
        choices=(
            "overview",
            "forward",
            "input",
            "weight",
            "matrices",
            "costs",
            "filters",
            "feature-maps",
            "error-maps",
        ),
        help="what to draw: of a convolution overview (default) to matrices, of a model costs (default) onwards",
    )
    parser.add_argument("--graph", metavar="FILE", help="draw the model's graph: .svg (needs Graphviz) or .dot")
    _add_model(parser)
    _add_input_shape(parser)


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pictures",
        action=argparse.BooleanOptionalAction,
        help="draw pictures (default: where matplotlib is installed)",
    )


def _add_race(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "courses", nargs="*", metavar="COURSE", help=f"{', '.join(SURFACES)} or digits (default: all of them)"
    )
    parser.add_argument(
        "--optimizers",
        type=Reader(Names(CONTENDERS, several=True)),
        default="",
        metavar="NAMES",
        help=f"{','.join(CONTENDERS)} (default: all of them)",
    )
    parser.add_argument(
        "--factors",
        nargs="+",
        type=Reader(real(open_end=True)),
        default=[0.3, 1.0, 3.0],
        metavar="X",
        help="multiples of each optimizer's own learning rate; the middle one is animated (default: 0.3 1 3)",
    )
    parser.add_argument("--steps", type=Reader(whole(1)), default=500, metavar="N", help="on a surface (default: 500)")
    parser.add_argument("--epochs", type=Reader(whole(1)), default=3, metavar="N", help="on the digits (default: 3)")
    parser.add_argument("--seed", type=Reader(whole()), default=0, metavar="N", help="of weights, order and noise")
    _add_threads(parser)
    parser.add_argument("--out", metavar="DIR", default="runs/race", help="of the pictures (default: runs/race)")
    _add_pictures(parser)


def _add_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads", type=Reader(whole()), default=0, metavar="N", help="threads; 0 for one a core (default: 0)"
    )


def _add_train(parser: argparse.ArgumentParser) -> None:
    for setting in dataclasses.fields(Settings):
        if isinstance(setting.default, bool):
            _add_switch(parser, setting)
            continue
        default = "by model" if setting.default is None else setting.default
        parser.add_argument(
            f"--{setting.name.replace('_', '-')}",
            type=Reader(setting.metadata["read"]),
            default=argparse.SUPPRESS,
            metavar=setting.metadata["metavar"],
            help=f"{setting.metadata['help']}" + (f" (default: {default})" if default != "" else ""),
        )
    parser.add_argument("--config", metavar="FILE", help="settings in TOML, under the flags' names")
    parser.add_argument("--out", metavar="DIR", help="folder of the results (default: a new one in runs/)")
    parser.add_argument("--save", metavar="FILE", help="trained weights, .npz or .safetensors, besides DIR/weights.npz")
    parser.add_argument("--resume", metavar="DIR", help="go on with the training whose results are in DIR")
    parser.add_argument("--overwrite", action="store_true", help="replace the results that DIR holds")
    parser.add_argument("--quiet", action="store_true", help="show no progress within an epoch")
    _add_pictures(parser)


def _add_switch(parser: argparse.ArgumentParser, setting: dataclasses.Field[Any]) -> None:
    parser.add_argument(
        f"--{setting.name.replace('_', '-')}",
        action=argparse.BooleanOptionalAction,
        default=argparse.SUPPRESS,
        help=setting.metadata["help"],
    )


def _add_weights(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("weights", metavar="WEIGHTS", help="file of weights, or folder of a training's results")
    parser.add_argument("--data", metavar="DATA", help="image set (default: the one it was trained on)")
    _add_threads(parser)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    _add_weights(parser)
    parser.add_argument("--out", metavar="DIR", help="draw pictures, into this folder (needs matplotlib)")


def _add_predict(parser: argparse.ArgumentParser) -> None:
    _add_weights(parser)
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="image files; bright on dark, as the digits are")
    parser.add_argument(
        "--index", nargs="+", type=Reader(whole()), default=[], metavar="N", help="numbers of test images"
    )
    parser.add_argument("--invert", action="store_true", help="for dark strokes on a bright ground")
    parser.add_argument("--top", type=Reader(whole(1)), default=3, metavar="N", help="classes shown (default: 3)")


def _add_model(parser: argparse.ArgumentParser) -> None:
    size = Reader(whole(1))
    parser.add_argument("--channels", type=size, default=1, metavar="N", help="of the images (default: 1)")
    parser.add_argument(
        "--image-size", type=size, nargs="+", default=[28], metavar="N", help="height and width (default: 28)"
    )
    parser.add_argument("--classes", type=size, default=10, metavar="N", help="number of classes (default: 10)")


def _add_summary(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model's name, weights, a run's folder, or FILE.py:NAME")
    _add_model(parser)
    parser.add_argument("--batch-size", type=Reader(whole(1)), default=1, metavar="N", help="images (default: 1)")


def _add_gradcheck(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="operations, or FILE.py:MODEL (default: all operations)"
    )
    parser.add_argument("--twice", action="store_true", help="check second derivatives as well")
    parser.add_argument(
        "--method",
        choices=("central", "complex"),
        default="central",
        help="of a model: central differences, or complex steps, exact where all is analytic (default: central)",
    )
    parser.add_argument("--train", action="store_true", help="check a model in training mode (default: evaluation)")
    parser.add_argument("--budget", type=Reader(real()), metavar="S", help="seconds for a model (default: no limit)")
    _add_model(parser)
    _add_input_shape(parser)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model's name, weights, a run's folder, or FILE.py:NAME")
    parser.add_argument("out", metavar="FILE", help="what to write: .onnx, .safetensors or .npz")
    parser.add_argument("--opset", type=Reader(whole(1)), metavar="N", help="version of ONNX's operators (default: 18)")
    parser.add_argument("--fixed-batch", type=Reader(whole(1)), metavar="N", help="images a call (default: any number)")
    _add_model(parser)


def _add_input_shape(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--input-shape",
        type=Reader(whole(1)),
        nargs="+",
        metavar="N",
        help="shape of a model's input, the batch first, where it is no image",
    )
