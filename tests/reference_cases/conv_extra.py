"""Cases of convolutions, and of pooling across channels."""

from tests.reference_cases import Draw, case

draw = Draw(19)

SETTINGS = [{}, {"stride": 2}, {"padding": 1}, {"dilation": 2}, {"stride": 2, "padding": 2, "dilation": 2}]
SPATIAL = {1: (7,), 2: (6, 7), 3: (5, 6, 5)}


def output(rank, kernel, stride=1, padding=0, dilation=1):
    """Spatial size of the output."""
    return [
        (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(SPATIAL[rank], kernel, strict=True)
    ]


IMAGES = {rank: draw(2, 4, *size) for rank, size in SPATIAL.items()}
KERNELS = {1: (3,), 2: (3, 2), 3: (2, 3, 2)}

SHARED = [
    *(case(f"conv{r}d", IMAGES[r], draw(3, 4, *KERNELS[r]), draw(3), **how) for r in KERNELS for how in SETTINGS),
    case("conv2d", IMAGES[2], draw(6, 2, 3, 3), groups=2),
    case("conv2d", IMAGES[2], draw(4, 1, 2, 3), draw(4), (2, 1), (0, 2), (1, 2), 4),
    *(case("conv2d", IMAGES[2][0], draw(3, 4, 2, 3), padding=p, dilation=2) for p in ("same", "valid")),
    case("conv2d", IMAGES[2][:0], draw(3, 4, 2, 3)),
]

TRANSPOSED = [
    *(
        case(f"conv_transpose{r}d", IMAGES[r], draw(4, 3, *KERNELS[r]), draw(3), **how)
        for r in KERNELS
        for how in [*SETTINGS, {"stride": 3, "output_padding": 2}]
    ),
    case("conv_transpose2d", IMAGES[2], draw(4, 3, 3, 2), draw(6), (2, 1), (1, 0), (1, 0), 2, (1, 2)),
    case("conv_transpose1d", IMAGES[1][0], draw(4, 2, 3), groups=4),
    case("conv_transpose2d", IMAGES[2][:0], draw(4, 3, 3, 2), draw(3)),
]

TRUE = [
    *(case(f"true_conv{r}d", IMAGES[r], draw(3, 4, *KERNELS[r]), draw(3), **how) for r in KERNELS for how in SETTINGS),
    case("true_conv2d", IMAGES[2], draw(6, 2, 3, 3), groups=2),
    *(case("true_conv2d", IMAGES[2][0], draw(3, 4, 2, 3), padding=p, dilation=2) for p in ("same", "valid")),
    case("true_conv2d", IMAGES[2], draw(4, 1, 2, 3), draw(4), (2, 1), (0, 2), (1, 2), 4),
]

UNSHARED = [
    *(
        case(
            f"locally_connected{r}d", IMAGES[r], draw(*(size := output(r, KERNELS[r], **how)), 3, 4, *KERNELS[r]), **how
        )
        for r in KERNELS
        for how in SETTINGS
    ),
    case("locally_connected1d", IMAGES[1], draw(5, 2, 4, 3), draw(2, 5)),
    case("locally_connected2d", IMAGES[2], draw(4, 6, 6, 2, 3, 2), draw(6, 4, 6), groups=2),
]

TILED = [
    *(case("tiled_conv1d", IMAGES[1], draw(t, 3, 4, 3), draw(3), **how) for t in (1, 2, 3) for how in SETTINGS),
    case("tiled_conv2d", IMAGES[2], draw(2, 3, 3, 4, 3, 2), draw(3, 2, 3)),
    case("tiled_conv2d", IMAGES[2], draw(2, 2, 6, 2, 2, 2), draw(6), 1, 1, 1, 2),
    case("tiled_conv3d", IMAGES[3], draw(2, 1, 2, 3, 4, 2, 2, 2), padding=1),
]

ACROSS = [case("maxout", IMAGES[2], k) for k in (1, 2, 4)] + [case("maxout", draw(3, 6), 3, dim=-1)]

CASES = SHARED + TRANSPOSED + TRUE + UNSHARED + TILED + ACROSS
