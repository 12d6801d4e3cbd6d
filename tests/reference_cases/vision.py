"""Cases of resizing, sampling and rearranging of images."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(18)

LINE, IMAGE, VOLUME = draw(2, 3, 7), draw(2, 3, 5, 4), draw(1, 2, 3, 4, 3)
THETA2, THETA3 = draw(2, 2, 3), draw(2, 3, 4)
POINTS = draw.uniform(-1.6, 1.6, 2, 4, 3, 2)
POINTS3 = draw.uniform(-1.6, 1.6, 1, 2, 3, 2, 3)
CORNERS = np.array([[[[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [0.0, 0.0]]]])
SQUARE = draw(1, 2, 4, 4)

INPUT = {"linear": LINE, "bilinear": IMAGE, "bicubic": IMAGE, "trilinear": VOLUME}
LARGER = {"linear": 11, "bilinear": (8, 9), "bicubic": (8, 9), "trilinear": (5, 4, 6)}
SMALLER = {"linear": 3, "bilinear": (2, 3), "bicubic": (2, 3), "trilinear": (2, 3, 1)}

RESIZING = [
    *(
        case("interpolate", x, how, mode=mode)
        for mode in ("nearest", "nearest-exact", "area")
        for x, sizes in ((LINE, (11, 3)), (IMAGE, ((8, 9), (2, 3), 6)), (VOLUME, ((5, 7, 2),)))
        for how in sizes
    ),
    *(
        case("interpolate", INPUT[mode], size[mode], mode=mode, align_corners=align)
        for mode in INPUT
        for size in (LARGER, SMALLER)
        for align in (None, False, True)
    ),
    *(
        case("interpolate", INPUT[mode], scale_factor=factor, mode=mode, align_corners=align)
        for mode in INPUT
        for factor in (2, 1.7, 0.6)
        for align in (False, True)
    ),
    *(
        case("interpolate", IMAGE, scale_factor=factor, mode=mode)
        for mode in ("nearest", "nearest-exact", "area")
        for factor in (2, 1.7, (0.6, 2.3))
    ),
    *(
        case("interpolate", IMAGE, scale_factor=(1.7, 0.6), mode=mode, recompute_scale_factor=True)
        for mode in ("nearest", "bilinear", "bicubic")
    ),
    *(
        case("interpolate", draw(1, 2, 9, 11), size, mode=mode, antialias=True, align_corners=align)
        for mode in ("bilinear", "bicubic")
        for size in ((4, 3), (13, 5))
        for align in (False,)
    ),
    case("interpolate", IMAGE, 3),
]

REARRANGING = [
    *(case("pixel_shuffle", draw(2, 8, 3, 4), r) for r in (1, 2)),
    case("pixel_shuffle", draw(9, 2, 2), 3),
    *(case("pixel_unshuffle", draw(2, 3, 6, 4), r) for r in (1, 2)),
    case("pixel_unshuffle", draw(3, 6, 9), 3),
    *(case("channel_shuffle", draw(2, 6, 3, 2), g) for g in (1, 2, 3)),
]

SAMPLING = [
    *(case("affine_grid", THETA2, (2, 3, 4, 5), align_corners=align) for align in (False, True)),
    *(case("affine_grid", THETA3, (2, 3, 4, 5, 2), align_corners=align) for align in (False, True)),
    case("affine_grid", THETA2, (2, 1, 1, 3), align_corners=True),
    *(
        case("grid_sample", IMAGE, POINTS, mode=mode, padding_mode=padding, align_corners=align)
        for mode in ("bilinear", "nearest", "bicubic")
        for padding in ("zeros", "border", "reflection")
        for align in (False, True)
    ),
    *(
        case("grid_sample", VOLUME, POINTS3, mode=mode, padding_mode=padding, align_corners=align)
        for mode in ("bilinear", "nearest")
        for padding in ("zeros", "border", "reflection")
        for align in (False, True)
    ),
    *(case("grid_sample", SQUARE, CORNERS, align_corners=align) for align in (False, True)),
]

SETTINGS = [{}, {"dilation": 2}, {"padding": 1, "stride": 2}, {"dilation": (1, 2), "padding": (2, 0), "stride": (2, 1)}]

WINDOWS = [
    *(case("unfold", draw(2, 3, 6, 7), kernel, **how) for kernel in (2, (3, 2)) for how in SETTINGS),
    case("unfold", draw(3, 4, 5), 2),
    case("fold", draw(2, 12, 30), (6, 7), 2),
    case("fold", draw(2, 12, 20), (6, 7), 2, dilation=2),
    case("fold", draw(2, 12, 16), (6, 7), 2, padding=1, stride=2),
    case("fold", draw(2, 18, 20), (6, 7), (3, 2), dilation=(1, 2), padding=(2, 0), stride=(2, 1)),
    case("fold", draw(12, 12), (4, 5), 2),
]

CASES = RESIZING + REARRANGING + SAMPLING + WINDOWS
