"""Shapes, order of axes, joining, windows and padding: values, gradients and errors of PyTorch's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parity.programs import Program, assert_same


def leaf(m: Any, *shape: int) -> Any:
    count = 1
    for n in shape:
        count *= n
    return (m.arange(count, dtype=m.float64).reshape(shape) * 0.37).sin().detach().requires_grad_()


def graded(change: Any, *shape: int) -> Program:
    """Apply a change to a leaf, and differentiate a nonlinear function of all it returns."""

    def program(m: Any) -> Any:
        x = leaf(m, *shape)
        found = change(m, x)
        outputs = list(found) if isinstance(found, tuple | list) else [found]
        total = sum((y * y * y).sum() * (i + 1) for i, y in enumerate(outputs))
        total.backward()
        return [*outputs, [y.shape for y in outputs], x.grad]

    return program


def F(m: Any) -> Any:
    if hasattr(m, "nn"):
        return m.nn.functional
    import nn.functional

    return nn.functional


CALLS = {
    "view": (lambda m, x: x.view(4, -1), 2, 6),
    "view_sizes": (lambda m, x: x.view(x.size(0), -1), 2, 3, 2),
    "view_as": (lambda m, x: x.view_as(m.zeros(6, 2)), 2, 6),
    "reshape": (lambda m, x: x.t().reshape(3, 4), 2, 6),
    "reshape_as": (lambda m, x: x.t().reshape_as(m.zeros(12)), 2, 6),
    "flatten": (lambda m, x: x.flatten(1), 2, 3, 2),
    "ravel": (lambda m, x: m.ravel(x.permute(1, 0)), 2, 3),
    "unflatten": (lambda m, x: x.unflatten(1, (3, -1)), 2, 6),
    "squeeze": (lambda m, x: x.squeeze(), 2, 1, 3, 1),
    "squeeze_dims": (lambda m, x: m.squeeze(x, (1, 2)), 2, 1, 3, 1),
    "unsqueeze": (lambda m, x: x.unsqueeze(-2), 2, 3),
    "expand": (lambda m, x: x.expand(4, -1, 3), 2, 1),
    "expand_as": (lambda m, x: x.expand_as(m.zeros(2, 3)), 2, 1),
    "broadcast_to": (lambda m, x: m.broadcast_to(x, (3, 2, 4)), 2, 1),
    "broadcast_tensors": (lambda m, x: m.broadcast_tensors(x, x.reshape(-1, 1)), 3),
    "permute": (lambda m, x: x.permute(2, 0, -2), 2, 3, 4),
    "permute_function": (lambda m, x: m.permute(x, (1, 0)), 2, 3),
    "transpose": (lambda m, x: x.transpose(0, -1), 2, 3, 4),
    "swapaxes": (lambda m, x: m.swapaxes(x, 0, 1), 2, 3),
    "swapdims": (lambda m, x: x.swapdims(0, 1), 2, 3),
    "t": (lambda m, x: x.t(), 2, 3),
    "T": (lambda m, x: x.T, 2, 3),
    "mT": (lambda m, x: x.mT, 4, 2, 3),
    "H": (lambda m, x: x.H, 2, 3),
    "movedim": (lambda m, x: x.movedim((0, 1), (-1, 0)), 2, 3, 4),
    "moveaxis": (lambda m, x: m.moveaxis(x, 0, 2), 2, 3, 4),
    "flip": (lambda m, x: x.flip(0, -1), 2, 3),
    "fliplr": (lambda m, x: m.fliplr(x), 2, 3),
    "flipud": (lambda m, x: m.flipud(x), 2, 3),
    "roll": (lambda m, x: x.roll((1, -4), (0, 1)), 2, 3),
    "roll_flat": (lambda m, x: m.roll(x, 4), 2, 3),
    "rot90": (lambda m, x: m.rot90(x, 3, (0, 2)), 2, 3, 2),
    "repeat": (lambda m, x: x.repeat(2, 1, 3), 2, 3),
    "tile": (lambda m, x: m.tile(x, (2,)), 2, 3),
    "repeat_interleave": (lambda m, x: x.repeat_interleave(2, 1), 2, 3),
    "repeat_interleave_each": (lambda m, x: x.repeat_interleave(m.tensor([2, 0]), dim=0), 2, 3),
    "cat": (lambda m, x: m.cat((x, x[:, :1] * 2), dim=-1), 2, 3),
    "cat_empty": (lambda m, x: m.cat([m.zeros(0, dtype=m.float64), x]), 2, 3),
    "cat_types": (lambda m, x: m.cat([m.ones(1, 3, dtype=m.int64), x, x.float()]), 2, 3),
    "stack": (lambda m, x: m.stack([x, x * 2], -1), 2, 3),
    "hstack": (lambda m, x: m.hstack((x, x)), 2, 3),
    "hstack_vectors": (lambda m, x: m.hstack((x, x[:1])), 3),
    "vstack": (lambda m, x: m.vstack((x, x)), 3),
    "dstack": (lambda m, x: m.dstack((x, x)), 2, 3),
    "split": (lambda m, x: x.split(2, 1), 2, 5),
    "split_sizes": (lambda m, x: m.split(x, [1, 0, 4], dim=1), 2, 5),
    "split_some": (lambda m, x: x.split(2, 1)[1], 2, 5),
    "tensor_split": (lambda m, x: x.tensor_split(3, 1), 2, 5),
    "tensor_split_at": (lambda m, x: x.tensor_split((3, 1)), 4, 2),
    "chunk": (lambda m, x: x.chunk(3, -1), 2, 5),
    "unbind": (lambda m, x: x.unbind(1), 2, 3),
    "iterate": (lambda m, x: list(x), 2, 3),
    "narrow": (lambda m, x: x.narrow(1, -3, 2), 2, 5),
    "select": (lambda m, x: x.select(1, -2), 2, 3),
    "unfold": (lambda m, x: x.unfold(1, 3, 2), 2, 7),
    "unfold_overlapping": (lambda m, x: x.unfold(0, 2, 1), 4, 2),
    "as_strided": (lambda m, x: m.as_strided(x, (3, 2), (1, 2), 1), 2, 3),
    "diagonal": (lambda m, x: x.diagonal(1, 0, 2), 2, 3, 4),
    "diag": (lambda m, x: x.diag(-1), 3, 3),
    "diag_vector": (lambda m, x: m.diag(x, 1), 3),
    "diag_embed": (lambda m, x: m.diag_embed(x, 1, 0, 2), 2, 3),
    "diagflat": (lambda m, x: m.diagflat(x, -1), 2, 2),
    "tril": (lambda m, x: x.tril(-1), 2, 3, 3),
    "triu": (lambda m, x: m.triu(x, 1), 3, 4),
    "block_diag": (lambda m, x: m.block_diag(x, x[0], x[0, 0]), 2, 3),
    "meshgrid": (lambda m, x: m.meshgrid(x, x[:2], indexing="xy"), 3),
    "cartesian_prod": (lambda m, x: m.cartesian_prod(x, x[:2]), 3),
    "combinations": (lambda m, x: m.combinations(x, 2, True), 3),
    "atleast_3d": (lambda m, x: m.atleast_3d(x), 3, 2),
    "atleast_2d": (lambda m, x: m.atleast_2d(x, x[0]), 3),
    "contiguous": (lambda m, x: x.t().contiguous().view(-1), 2, 3),
    "clone": (lambda m, x: x.clone(), 2, 3),
    "pad": (lambda m, x: F(m).pad(x, (1, -1, 2, 0), value=0.5), 2, 3),
    "pad_reflect": (lambda m, x: F(m).pad(x, (2, 1, 1, 0), "reflect"), 1, 2, 3, 4),
    "pad_replicate": (lambda m, x: F(m).pad(x, (5, 1, 0, 3), mode="replicate"), 1, 2, 3, 4),
    "pad_circular": (lambda m, x: F(m).pad(x, (4, 1, 0, 3), mode="circular"), 1, 2, 3, 4),
    "pad_circular_crop": (lambda m, x: F(m).pad(x, (-1, 2), mode="circular"), 2, 4),
    "pad_reflect_3d": (lambda m, x: F(m).pad(x, (1, 1, 0, 1, 1, 0), mode="reflect"), 1, 1, 2, 3, 3),
    "pad_crop_both": (lambda m, x: F(m).pad(x, (-1, -1)), 2, 4),
    "to_float": (lambda m, x: x.float() * 3, 2, 3),
    "to_dtype": (lambda m, x: x.to(m.float32), 2, 3),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_gradients(name: str) -> None:
    change, *shape = CALLS[name]
    assert_same(graded(change, *shape), 1e-6 if "float" in name or "dtype" in name or "types" in name else 1e-12, 1e-12)


ERRORS = {
    "permute_rank": lambda m, x: x.permute(0),
    "permute_twice": lambda m, x: x.permute(0, 0),
    "cat_none": lambda m, x: m.cat([]),
    "cat_sizes": lambda m, x: m.cat([x, m.zeros(2, 2)]),
    "cat_ranks": lambda m, x: m.cat([x, m.zeros(2)]),
    "cat_zero_dim": lambda m, x: m.cat([m.zeros(()), m.zeros(())]),
    "cat_number": lambda m, x: m.cat([x, 3]),
    "stack_none": lambda m, x: m.stack([]),
    "stack_sizes": lambda m, x: m.stack([x, m.zeros(2, 2)]),
    "expand_size": lambda m, x: x.expand(4, 4),
    "expand_leading": lambda m, x: x.expand(-1, 2, 3),
    "expand_fewer": lambda m, x: x.expand(3),
    "view_size": lambda m, x: x.view(5),
    "view_two_unknown": lambda m, x: x.view(-1, -1),
    "view_negative": lambda m, x: x.view(-2, 3),
    "reshape_ambiguous": lambda m, x: m.zeros(0, 3).reshape(-1, 0),
    "unflatten": lambda m, x: x.unflatten(1, (2, 2)),
    "split_zero": lambda m, x: x.split(0),
    "split_sum": lambda m, x: x.split([1, 1, 2], 1),
    "split_negative": lambda m, x: x.split([-1, 4], 1),
    "chunk_zero": lambda m, x: x.chunk(0),
    "repeat_fewer": lambda m, x: x.repeat(2),
    "movedim_counts": lambda m, x: x.movedim((0, 1), (0,)),
    "movedim_twice": lambda m, x: x.movedim((0, 0), (0, 1)),
    "narrow_end": lambda m, x: x.narrow(0, 1, 3),
    "narrow_start": lambda m, x: x.narrow(0, 7, 1),
    "narrow_length": lambda m, x: x.narrow(0, 0, -1),
    "select": lambda m, x: x.select(0, 5),
    "t_rank": lambda m, x: x.unsqueeze(0).t(),
    "mT_rank": lambda m, x: x[0].mT,
    "roll_counts": lambda m, x: x.roll((1, 2), (0,)),
    "flip_twice": lambda m, x: x.flip((0, 0)),
    "tril_rank": lambda m, x: m.tril(x[0]),
    "diag_rank": lambda m, x: m.diag(x[None]),
    "diagonal_axes": lambda m, x: x.diagonal(0, 0, 0),
    "tensor_split_zero": lambda m, x: x.tensor_split(0),
    "unfold_size": lambda m, x: x.unfold(0, 5, 1),
    "unfold_step": lambda m, x: x.unfold(0, 1, 0),
    "hstack_none": lambda m, x: m.hstack([]),
    "squeeze_twice": lambda m, x: x.squeeze((0, 0)),
    "transpose_range": lambda m, x: x.transpose(0, 3),
    "rot90_same": lambda m, x: x.rot90(1, (0, 0)),
    "rot90_count": lambda m, x: x.rot90(1, (0,)),
    "as_strided": lambda m, x: x.as_strided((5, 5), (3, 3)),
    "broadcast_tensors": lambda m, x: m.broadcast_tensors(x, m.zeros(4)),
    "unbind_range": lambda m, x: x.unbind(5),
    "unbind_zero_dim": lambda m, x: m.zeros(()).unbind(),
    "flatten_order": lambda m, x: x.flatten(1, 0),
    "repeat_interleave_counts": lambda m, x: x.repeat_interleave(m.tensor([1, 2, 3]), 0),
    "repeat_interleave_negative": lambda m, x: x.repeat_interleave(-1),
    "pad_odd": lambda m, x: F(m).pad(x, (1,)),
    "pad_many": lambda m, x: F(m).pad(x, (1, 1, 1, 1, 1, 1)),
    "pad_reflect_width": lambda m, x: F(m).pad(x, (5, 5), mode="reflect"),
    "pad_reflect_rank": lambda m, x: F(m).pad(x, (1, 1, 1, 1), mode="reflect"),
    "pad_mode": lambda m, x: F(m).pad(x, (1, 1), mode="foo"),
    "pad_circular_width": lambda m, x: F(m).pad(x, (5, 5), mode="circular"),
    "pad_value": lambda m, x: F(m).pad(x, (1, 1), mode="reflect", value=3.0),
    "view_of_strided": lambda m, x: m.zeros(4, 4)[:, :2].view(8),
    "view_dtype_size": lambda m, x: m.zeros(2, 3).view(m.float64),
    "view_dtype_stride": lambda m, x: m.zeros(4, 5)[:, ::2][:, :2].view(m.float64),
}


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.filterwarnings("ignore:torch.meshgrid")
def test_errors(name: str) -> None:
    change = ERRORS[name]
    assert_same(lambda m: change(m, m.zeros(2, 3)))


MEMORY = {
    "stride": lambda m, x: [x.t().stride(), x.stride(0), x[:, 1].stride(), x.expand(4, 2, 3).stride()],
    "storage_offset": lambda m, x: [x[1].storage_offset(), x[1, 1:].storage_offset()],
    "is_contiguous": lambda m, x: [x.is_contiguous(), x.t().is_contiguous(), x[:, 1:].is_contiguous()],
    "sizes": lambda m, x: [x.size(), x.size(-1), x.numel(), x.nelement(), x.dim(), x.ndim, x.element_size(), x.nbytes],
    "aliases": lambda m, x: [x.data_ptr() == x.view(-1).data_ptr(), x.clone().data_ptr() == x.data_ptr()],
    "channels_last": lambda m, x: m.zeros(2, 3, 4, 5).to(memory_format=m.channels_last).stride(),
    "channels_last_clone": lambda m, x: m.zeros(2, 3, 4, 5).to(memory_format=m.channels_last).clone().stride(),
    "channels_last_asked": lambda m, x: (
        m.zeros(2, 3, 4, 5).contiguous(memory_format=m.channels_last).is_contiguous(memory_format=m.channels_last)
    ),
    "channels_last_3d": lambda m, x: m.zeros(2, 3, 4, 5, 6).contiguous(memory_format=m.channels_last_3d).stride(),
    "same_tensor": lambda m, x: [
        x.contiguous() is x,
        x.float() is x,
        x.to("cpu") is x,
        x.to(m.float32) is x,
        x.cpu() is x,
    ],
    "copies": lambda m, x: [x.to(m.float32, copy=True) is x, x.to(x.double()).dtype, x.type_as(x.long()).dtype],
    "converted": lambda m, x: [
        getattr(x, name)().dtype for name in ("half", "float", "double", "int", "long", "short", "byte", "char", "bool")
    ],
    "type": lambda m, x: [x.type(), x.long().type(), x.type(m.int32).dtype, x.type(f"{m.__name__}.DoubleTensor").dtype],
    "view_dtype": lambda m, x: [
        m.ones(2, 4).view(m.int32),
        m.ones(2, 4).view(m.uint8).shape,
        m.ones(2, 4).view(m.float64),
    ],
    "view_dtype_smaller": lambda m, x: m.ones(2).view(m.int16).shape,
    "flags": lambda m, x: [x.is_cuda, x.is_sparse, x.is_pinned(), x.is_floating_point(), x.is_complex(), x.is_signed()],
    "broadcast_shapes": lambda m, x: m.broadcast_shapes((2, 1), (3,), (1, 1, 1)),
    "indices": lambda m, x: [m.tril_indices(3, 4, 1), m.triu_indices(3, 3)],
}


@pytest.mark.parametrize("name", MEMORY)
def test_memory(name: str) -> None:
    change = MEMORY[name]
    assert_same(lambda m: change(m, m.zeros(2, 3)))
