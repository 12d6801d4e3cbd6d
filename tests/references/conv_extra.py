"""Convolutions in any number of spatial dimensions, among them those that PyTorch lacks; pooling across channels.

The general form is tiled convolution; the plain, the flipped and the unshared one are special cases of it.
"""

import numpy as np


def spread(value, rank):
    return (value,) * rank if isinstance(value, int) else tuple(value)


def pads(padding, kernel, dilation):
    """(low, high) of every axis, from a word, a number, a number an axis or a pair an axis."""
    reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if isinstance(padding, str):
        return {
            "valid": [(0, 0) for _ in reach],
            "same": [(r // 2, r - r // 2) for r in reach],
            "full": [(r, r) for r in reach],
        }[padding]
    return [(p, p) if isinstance(p, int) else p for p in spread(padding, len(reach))]


def tiled_conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Kernels that repeat every t positions: output position p uses ``weight[p mod t]``.

    Shapes: weight (*t, out, in / groups, *kernel), bias (out,) or (out, *t). With t = 1 this is plain convolution (that
    is, correlation); with t as large as the output nothing is shared.
    """
    rank = (weight.ndim - 2) // 2
    if input.ndim == rank + 1:
        return tiled_conv(input[None], weight, bias, stride, padding, dilation, groups)[0]
    tile, (out, each), kernel = weight.shape[:rank], weight.shape[rank : rank + 2], weight.shape[rank + 2 :]
    stride, dilation = spread(stride, rank), spread(dilation, rank)
    x = np.pad(input, [(0, 0), (0, 0), *pads(padding, kernel, dilation)])
    lengths = zip(x.shape[2:], kernel, stride, dilation, strict=True)
    output = np.zeros((len(x), out, *((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in lengths)), input.dtype)
    for position in np.ndindex(output.shape[2:]):
        shared = tuple(p % t for p, t in zip(position, tile, strict=True))
        starts = [p * s for p, s in zip(position, stride, strict=True)]
        window = tuple(slice(a, a + d * (k - 1) + 1, d) for a, d, k in zip(starts, dilation, kernel, strict=True))
        for j in range(out):
            first = j // (out // groups) * each
            product = x[(slice(None), slice(first, first + each), *window)] * weight[(*shared, j)]
            output[(slice(None), j, *position)] = product.sum(tuple(range(1, product.ndim)))
            if bias is not None:
                output[(slice(None), j, *position)] += bias[j] if bias.ndim == 1 else bias[(j, *shared)]
    return output


def conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """The same kernel at every position: correlation, which deep learning calls convolution."""
    return tiled_conv(input, weight[(None,) * (weight.ndim - 2)], bias, stride, padding, dilation, groups)


def locally_connected(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """A kernel at every output position: weight (*output, out, in / groups, *kernel), bias (out,) or (out, *output)."""
    return tiled_conv(input, weight, bias, stride, padding, dilation, groups)


def true_conv(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """h_i = sum_m f(i - m) g(m): correlation with the kernel flipped along every spatial axis."""
    flipped = weight[(slice(None), slice(None), *(slice(None, None, -1),) * (weight.ndim - 2))]
    return conv(input, flipped, bias, stride, padding, dilation, groups)


def conv_transpose(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Every input value adds its kernel, scaled, to the output; padding is cut off, output padding added behind.

    Shapes: weight (in, out / groups, *kernel).
    """
    rank = weight.ndim - 2
    if input.ndim == rank + 1:
        return conv_transpose(input[None], weight, bias, stride, padding, output_padding, groups, dilation)[0]
    stride, padding, more, dilation = (spread(v, rank) for v in (stride, padding, output_padding, dilation))
    (channels, each), kernel = weight.shape[:2], weight.shape[2:]
    lengths = zip(input.shape[2:], kernel, stride, dilation, more, strict=True)
    output = np.zeros(
        (len(input), each * groups, *((n - 1) * s + d * (k - 1) + 1 + o for n, k, s, d, o in lengths)), input.dtype
    )
    for i, *position in np.ndindex(input.shape[1:]):
        starts = [p * s for p, s in zip(position, stride, strict=True)]
        window = tuple(slice(a, a + d * (k - 1) + 1, d) for a, d, k in zip(starts, dilation, kernel, strict=True))
        first = i // (channels // groups) * each
        for j in range(each):
            value = input[(slice(None), i, *position)].reshape(-1, *(1,) * rank)
            output[(slice(None), first + j, *window)] += value * weight[i, j]
    if bias is not None:
        output += bias.reshape(-1, *(1,) * rank)
    kept = (slice(p, n - p) for p, n in zip(padding, output.shape[2:], strict=True))
    return output[(slice(None), slice(None), *kept)]


def maxout(input, pool_size, dim=1):
    """Maximum over each group of `pool_size` neighbouring channels."""
    channels = np.moveaxis(input, dim, 0)
    groups = [channels[k : k + pool_size].max(0) for k in range(0, len(channels), pool_size)]
    return np.moveaxis(np.array(groups), 0, dim)


TABLE = {
    **{f"conv{rank}d": conv for rank in (1, 2, 3)},
    **{f"conv_transpose{rank}d": conv_transpose for rank in (1, 2, 3)},
    **{f"tiled_conv{rank}d": tiled_conv for rank in (1, 2, 3)},
    **{f"locally_connected{rank}d": locally_connected for rank in (1, 2, 3)},
    **{f"true_conv{rank}d": true_conv for rank in (1, 2, 3)},
    "maxout": maxout,
}
