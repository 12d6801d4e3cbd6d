"""What image transforms have in common, and how they are put together.

An image is an array or a tensor of shape (H, W) or (C, H, W), a batch one of shape (N, C, H, W); what comes out has
the kind and the rank of what went in. A transform works on a whole batch at once, and a random one draws for each
image of it. Random numbers come from `autograd.default_generator`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import describe

__all__ = ["Array", "Compose", "Lambda", "Transform", "image_array", "pair", "probability", "rng"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def rng() -> np.random.Generator:
    """Return the source of random numbers of all transforms."""
    generator: np.random.Generator = autograd.default_generator.rng
    return generator


def image_array(pic: Any) -> Array:
    """Return the array of an image or a batch, channels first; a PIL image is converted.

    Raises
    ------
    TypeError
        If it is neither an array, a tensor nor a PIL image.
    ValueError
        If it does not have 2 to 4 dimensions.
    """
    if isinstance(pic, Tensor):
        pic = pic.detach().numpy()
    elif hasattr(pic, "getbands"):
        pic = np.asarray(pic)
        pic = pic.transpose(2, 0, 1) if pic.ndim == 3 else pic[None]
    if not isinstance(pic, np.ndarray):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    if not 2 <= pic.ndim <= 4:
        raise ValueError(
            describe(
                f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.",
                shapes={"pic": pic.shape},
                rule="an image is (H, W) or (C, H, W), a batch (N, C, H, W)",
            )
        )
    return pic


class Transform:
    """Base class: subclasses define ``_apply`` on a batch of shape (N, C, H, W).

    Examples
    --------
    >>> class Negative(Transform):
    ...     def _apply(self, images):
    ...         return 255 - images
    >>> Negative()(np.array([[0, 200]], np.uint8))
    array([[255,  55]], dtype=uint8)
    """

    batchwise = True

    def _apply(self, images: Array) -> Array:
        """Transform a batch, which must not be modified; the result may share its memory."""
        raise NotImplementedError("Subclasses of Transform should implement _apply.")

    def __call__(self, pic: Any) -> Any:
        """Transform an image or a batch."""
        array = image_array(pic)
        missing = 4 - array.ndim
        images = self._apply(array[(None,) * missing])
        result = images[(0,) * missing]
        return autograd.from_numpy(np.ascontiguousarray(result)) if isinstance(pic, Tensor) else result


class Compose:
    """Transforms one after the other.

    Parameters
    ----------
    transforms : sequence of callable
        The transforms, first to last.

    Examples
    --------
    >>> double = Lambda(lambda image: 2 * image)
    >>> Compose([double, double])(np.ones((1, 1)))
    array([[4.]])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = list(transforms)

    @property
    def batchwise(self) -> bool:
        """Whether all transforms work on batches."""
        return all(getattr(transform, "batchwise", False) for transform in self.transforms)

    def __call__(self, pic: Any) -> Any:
        """Apply all transforms."""
        for transform in self.transforms:
            pic = transform(pic)
        return pic


class Lambda:
    """A function as a transform; it is given one image at a time.

    Parameters
    ----------
    lambd : callable
        The function.

    Raises
    ------
    TypeError
        If it is not callable.

    Examples
    --------
    >>> Lambda(lambda image: 255 - image)(np.array([[0, 200]]))
    array([[255,  55]])
    """

    batchwise = False

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, pic: Any) -> Any:
        """Call the function."""
        return self.lambd(pic)


def pair(value: int | Sequence[int], name: str) -> tuple[int, int]:
    """Return (height, width) of one number or of two; both must be positive."""
    values = (value, value) if isinstance(value, int) else tuple(value)
    if len(values) == 1:
        values *= 2
    if len(values) != 2 or any(not isinstance(n, int) or n < 1 for n in values):
        raise ValueError(f"Please provide only two dimensions (h, w) for {name}, positive integers. Got {value}")
    return values


def probability(p: float) -> float:
    """Return `p` if it is a probability."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"Random probability should be between 0 and 1. Got {p}")
    return p
