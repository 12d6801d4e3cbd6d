"""Scratch and the storage pool: memory is used again, never while somebody still refers to it."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from autograd.kernels import workspace


@pytest.fixture(autouse=True)
def _own_pool():
    before = workspace.statistics().limit
    workspace.clear()
    workspace.set_limit(1 << 28)
    yield
    workspace.set_limit(before)
    workspace.clear()


def address(a):
    return a.__array_interface__["data"][0]


def test_freed_storage_is_used_again():
    first = workspace.empty((300, 300))
    at = address(first)
    del first
    assert address(workspace.empty((300, 300))) == at
    assert workspace.statistics().hits == 1


def test_storage_in_use_is_never_handed_out():
    held = [workspace.empty((300, 300)) for _ in range(5)]
    assert len({address(a) for a in held}) == 5


@pytest.mark.parametrize(
    "view", [lambda a: a[3:, ::2], lambda a: a.reshape(-1)[7:], lambda a: a.T, memoryview, lambda a: a.view(np.int32)]
)
def test_a_view_keeps_the_storage(view):
    first = workspace.empty((300, 300))
    at = address(first)
    kept = view(first)
    del first
    assert address(workspace.empty((300, 300))) != at
    del kept
    assert at in {address(a) for a in [workspace.empty((300, 300)) for _ in range(2)]}


def test_the_storage_freed_last_is_handed_out_first():
    held = [workspace.empty((300, 300)) for _ in range(4)]
    at = address(held[-1])
    del held
    assert {address(workspace.empty((300, 300))) for _ in range(3)} == {at}


def test_layouts_and_dtypes():
    a = workspace.empty((2, 3, 150, 160), np.float64, channels_last=True)
    assert a.shape == (2, 3, 150, 160)
    assert a.dtype == np.float64
    assert a.transpose(0, 2, 3, 1).flags.c_contiguous
    assert workspace.empty((0, 3, 4, 4), channels_last=True).shape == (0, 3, 4, 4)
    assert workspace.empty((200, 200)).flags.writeable


def test_the_pool_is_bounded():
    workspace.set_limit(1 << 20)
    held = [workspace.empty((512, 512)) for _ in range(4)]
    assert workspace.statistics().held <= 1 << 20
    assert len({address(a) for a in held}) == 4


def test_the_pool_can_be_switched_off():
    workspace.set_limit(0)
    workspace.empty((512, 512))
    statistics = workspace.statistics()
    assert (statistics.held, statistics.hits, statistics.misses) == (0, 0, 0)


def test_statistics():
    held = workspace.empty((256, 256))
    statistics = workspace.statistics()
    assert statistics.used == statistics.held >= held.nbytes
    del held
    assert workspace.statistics().used == 0


def test_several_threads_never_share_storage():
    clashes = []

    def work(mark):
        for _ in range(300):
            a = workspace.empty((200, 200))
            a.fill(mark)
            if (a != mark).any():
                clashes.append(mark)

    workers = [threading.Thread(target=work, args=(mark,)) for mark in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not clashes


def test_scratch_is_reused_by_name_and_belongs_to_a_thread():
    first = workspace.scratch("test", (100,))
    assert address(workspace.scratch("test", (50,))) == address(first)
    assert address(workspace.scratch("other", (50,))) != address(first)
    seen = []
    worker = threading.Thread(target=lambda: seen.append(address(workspace.scratch("test", (50,)))))
    worker.start()
    worker.join()
    assert seen[0] != address(first)
    assert address(first) % 64 == 0
