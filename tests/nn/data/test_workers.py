"""DataLoader with worker processes: order, seeds, errors, and processes that never stay behind."""

import gc
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from itertools import chain

import numpy as np
import pytest

import autograd
from nn.data import DataLoader, Dataset, IterableDataset, TensorDataset, default_collate, get_worker_info

pytestmark = [
    # Python 3.12 and later warn of every fork in a process with threads, among them those of BLAS.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),
]


class Squares(Dataset):
    def __getitem__(self, index):
        return index * index

    def __len__(self):
        return 23


class Slow(Squares):
    """Later batches are ready first."""

    def __getitem__(self, index):
        time.sleep(0.03 if index < 4 else 0)
        return index


class Faulty(Squares):
    def __init__(self, error):
        self.error = error

    def __getitem__(self, index):
        if index == 5:
            raise self.error
        return index


class Stream(IterableDataset):
    """Worker i of n yields i, i + n, ...; without workers all."""

    def __init__(self, stop):
        self.stop = stop

    def __iter__(self):
        info = get_worker_info()
        return iter(range(self.stop) if info is None else range(info.id, self.stop, info.num_workers))


class Worker(Dataset):
    """What a worker knows."""

    def __getitem__(self, index):
        info = get_worker_info()
        drawn = (random.random(), float(np.random.random()), float(autograd.default_generator.rng.random()))
        return os.getpid(), info.id, info.num_workers, info.seed, type(info.dataset).__name__, drawn

    def __len__(self):
        return 8


class TwoArguments(Exception):
    def __init__(self, one, two):
        super().__init__(one, two)


def identity(samples):
    return samples


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for_end(pids, seconds=15):
    deadline = time.monotonic() + seconds
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(is_alive, pids))


def values(loader):
    return [batch.tolist() for batch in loader]


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_do_not_depend_on_the_number_of_workers(workers, shuffle):
    def load(count):
        generator = autograd.Generator().manual_seed(5)
        return values(DataLoader(Squares(), 4, shuffle=shuffle, num_workers=count, generator=generator))

    assert load(workers) == load(0)


def test_results_come_in_order():
    assert list(chain.from_iterable(values(DataLoader(Slow(), 2, num_workers=2)))) == list(range(23))


def test_any_order():
    loader = DataLoader(Slow(), 4, num_workers=2, in_order=False)
    batches = values(loader)
    assert sorted(chain.from_iterable(batches)) == list(range(23))
    assert batches[0] != [0, 1, 2, 3]


def test_arrays_arrive_writable_and_exact():
    x = autograd.from_numpy(np.random.default_rng(0).standard_normal((40, 3, 16, 16)).astype(np.float32))
    dataset = TensorDataset(x, autograd.arange(40))
    for (images, labels), start in zip(DataLoader(dataset, 16, num_workers=2), (0, 16, 32), strict=True):
        np.testing.assert_array_equal(images.numpy(), x.numpy()[start : start + 16])
        assert labels.tolist() == list(range(start, min(start + 16, 40)))
        images.numpy()[:] = 0
    assert images.dtype == x.dtype


def test_large_indices_and_large_results_do_not_lock_up():
    """Both directions hold more than a pipe does, at the same time."""

    class Echo(Dataset):
        def __getitem__(self, key):
            return np.frombuffer(key, np.uint8)

    keys = [[bytes([i]) * 1_000_000] for i in range(6)]
    loader = DataLoader(Echo(), batch_sampler=keys, num_workers=1, prefetch_factor=4, timeout=20)
    for i, batch in enumerate(loader):
        assert batch.shape == (1, 1_000_000)
        assert (batch.numpy() == i).all()


def test_streams_are_dealt_out_in_turn():
    assert values(DataLoader(Stream(7), 2, num_workers=2)) == [[0, 2], [1, 3], [4, 6], [5]]
    assert values(DataLoader(Stream(3), 1, num_workers=3)) == [[0], [1], [2]]
    assert values(DataLoader(Stream(1), 1, num_workers=3)) == [[0]]
    assert values(DataLoader(Stream(7), 2, num_workers=2, drop_last=True)) == [[0, 2], [1, 3], [4, 6]]
    assert list(DataLoader(Stream(5), None, num_workers=2)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("stop", [0, 1, 5, 9])
def test_streams_as_pytorch(stop):
    torch = pytest.importorskip("torch")

    class Theirs(torch.utils.data.IterableDataset):
        def __iter__(self):
            info = torch.utils.data.get_worker_info()
            return iter(range(info.id, stop, info.num_workers))

    theirs = torch.utils.data.DataLoader(Theirs(), 2, num_workers=2)
    assert values(DataLoader(Stream(stop), 2, num_workers=2)) == [batch.tolist() for batch in theirs]


def test_worker_info_and_seeds():
    def load(seed):
        loader = DataLoader(
            Worker(), 1, num_workers=2, collate_fn=identity, generator=autograd.Generator().manual_seed(seed)
        )
        return [sample for (sample,) in loader]

    first, again, other = load(1), load(1), load(2)
    assert {sample[1] for sample in first} == {0, 1}
    assert all(sample[2] == 2 and sample[4] == "Worker" and sample[0] != os.getpid() for sample in first)
    seeds = {sample[1]: sample[3] for sample in first}
    assert seeds[1] == seeds[0] + 1
    assert [sample[3:] for sample in again] == [sample[3:] for sample in first]
    assert all(a[3] != b[3] for a, b in zip(first, other, strict=True))
    drawn = [number for sample in first for number in sample[5]]
    assert len(set(drawn)) == len(drawn)
    assert get_worker_info() is None


@pytest.mark.parametrize("persistent", [False, True])
def test_each_epoch_seeds_the_workers_anew(persistent):
    loader = DataLoader(Worker(), 1, num_workers=2, collate_fn=identity, persistent_workers=persistent)
    autograd.manual_seed(0)
    first, second = ([sample[3:] for (sample,) in loader] for _ in range(2))
    autograd.manual_seed(0)
    assert [sample[3:] for (sample,) in loader] == first
    assert first != second


class Threads(Squares):
    def __getitem__(self, index):
        return autograd.get_num_threads()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_works_on_one_thread(method):
    before = autograd.get_num_threads()
    autograd.set_num_threads(2)
    try:
        loader = DataLoader(Threads(), 12, num_workers=2, multiprocessing_context=method)
        assert {count for batch in loader for count in batch.tolist()} == {1}
        assert autograd.get_num_threads() == 2
    finally:
        autograd.set_num_threads(before)


def mark(worker_id):
    get_worker_info().dataset.error = ValueError(f"marked by {worker_id}")


def test_worker_init_fn():
    loader = DataLoader(Faulty(None), 10, num_workers=1, worker_init_fn=mark)
    with pytest.raises(ValueError, match="marked by 0"):
        list(loader)


def test_failing_worker_init_fn():
    def fail(worker_id):
        raise KeyError("no such thing")

    with pytest.raises(KeyError, match="Caught KeyError in DataLoader worker process 0"):
        list(DataLoader(range(4), num_workers=1, worker_init_fn=fail))


def test_worker_errors_carry_their_traceback():
    loader = DataLoader(Faulty(ZeroDivisionError("in the dataset")), 2, num_workers=2)
    with pytest.raises(ZeroDivisionError) as caught:
        list(loader)
    text = str(caught.value)
    assert text.startswith("Caught ZeroDivisionError in DataLoader worker process 0.\nOriginal Traceback")
    assert "__getitem__" in text
    assert "in the dataset" in text


def test_tensors_that_require_grad():
    x = autograd.arange(4.0).requires_grad_()
    with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor"):
        list(DataLoader(TensorDataset(x), 2, num_workers=1))
    (row,) = DataLoader([x], None, num_workers=1)
    assert row.requires_grad
    assert row.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_stray_stop_iteration_does_not_end_the_epoch(workers):
    with pytest.raises(RuntimeError, match="raised StopIteration"):
        list(DataLoader(Faulty(StopIteration()), 2, num_workers=workers))


def test_iteration_goes_on_after_an_error():
    iterator = iter(DataLoader(Faulty(ValueError("bad")), 3, num_workers=2))
    assert next(iterator).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="bad"):
        next(iterator)
    assert next(iterator).tolist() == [6, 7, 8]


def test_errors_that_cannot_be_rebuilt():
    class Local(Exception):
        pass

    for error in (TwoArguments("one", "two"), Local("here")):
        with pytest.raises(RuntimeError, match=f"Caught {'TwoArguments' if error.args[1:] else 'RuntimeError'}"):
            list(DataLoader(Faulty(error), 2, num_workers=1))
    with pytest.raises(KeyError) as caught:
        list(DataLoader(Faulty(KeyError("k")), 2, num_workers=1))
    assert "\nOriginal Traceback" in str(caught.value)


def test_results_that_cannot_be_sent():
    with pytest.raises((AttributeError, RuntimeError, TypeError), match="in DataLoader worker process 0"):
        list(DataLoader(range(2), num_workers=1, collate_fn=lambda samples: lambda: samples))


def test_death_of_a_worker_is_reported_at_once():
    class Deadly(Squares):
        def __getitem__(self, index):
            if index == 6:
                os.kill(os.getpid(), signal.SIGKILL)
            return index

    iterator = iter(DataLoader(Deadly(), 2, num_workers=2))
    processes = list(iterator.processes)
    pids = [process.pid for process in processes]
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly") as caught:
        list(iterator)
    assert "SIGKILL" in str(caught.value)
    assert wait_for_end(pids)


def test_exit_of_a_worker_is_reported():
    class Leaving(Squares):
        def __getitem__(self, index):
            os._exit(3)

    with pytest.raises(RuntimeError, match="exit code 3"):
        list(DataLoader(Leaving(), 2, num_workers=1))


def test_timeout():
    class Stuck(Squares):
        def __getitem__(self, index):
            time.sleep(60)

    iterator = iter(DataLoader(Stuck(), num_workers=1, timeout=0.2))
    pids = [process.pid for process in iterator.processes]
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.2 seconds"):
        next(iterator)
    assert wait_for_end(pids)


def test_no_processes_stay_after_an_epoch_a_break_or_an_error():
    pids = set()
    loader = DataLoader(Squares(), 2, num_workers=2)
    iterator = iter(loader)
    pids |= {process.pid for process in iterator.processes}
    list(iterator)
    assert not iterator.processes
    for _ in (iterator := iter(loader)):
        pids |= {process.pid for process in iterator.processes}
        break
    del iterator, _
    gc.collect()
    assert len(pids) == 4
    assert wait_for_end(pids, 5)


def test_dropping_the_iterator_needs_no_garbage_collector():
    gc.disable()
    try:
        for persistent in (False, True):
            loader = DataLoader(Squares(), 2, num_workers=1, persistent_workers=persistent)
            iterator = iter(loader)
            pids = [process.pid for process in iterator.processes]
            next(iterator)
            del iterator, loader
            assert wait_for_end(pids, 5)
    finally:
        gc.enable()


def test_persistent_workers_are_the_same_and_survive_a_break():
    loader = DataLoader(Squares(), 4, num_workers=2, persistent_workers=True)
    expected = values(DataLoader(Squares(), 4))
    assert values(loader) == expected
    iterator = iter(loader)
    pids = [process.pid for process in iterator.processes]
    next(iterator)
    assert values(loader) == expected
    assert [process.pid for process in iter(loader).processes] == pids
    stream = DataLoader(Stream(7), 2, num_workers=2, persistent_workers=True)
    assert values(stream) == values(stream) == [[0, 2], [1, 3], [4, 6], [5]]


def test_two_loaders_at_once_do_not_hold_each_other():
    first = iter(DataLoader(Squares(), 2, num_workers=1))
    second = iter(DataLoader(Squares(), 2, num_workers=1))
    next(first), next(second)
    (process,) = first.processes
    del first
    # It ended by itself, at the end of its pipe: no other worker holds the parent's side of it.
    assert process.exitcode == 0
    assert next(second).tolist() == [4, 9]


def test_spawn():
    dataset = TensorDataset(autograd.arange(6), autograd.arange(6) * 2)
    loader = DataLoader(dataset, 4, num_workers=1, multiprocessing_context="spawn", collate_fn=default_collate)
    assert [[column.tolist() for column in batch] for batch in loader] == [
        [[0, 1, 2, 3], [0, 2, 4, 6]],
        [[4, 5], [8, 10]],
    ]


SCRIPT = """
import os, signal, sys, time
from nn.data import DataLoader, Dataset

class Data(Dataset):
    def __getitem__(self, index):
        if {stuck} and index > 2:
            time.sleep(60)
        return index

    def __len__(self):
        return 1000

if __name__ == "__main__":
    iterator = iter(DataLoader(Data(), num_workers=2, persistent_workers={persistent}))
    next(iterator)
    print(*[process.pid for process in iterator.processes], flush=True)
    {ending}
"""


def run_script(ending, stuck=False, persistent=False):
    code = textwrap.dedent(SCRIPT).format(ending=ending, stuck=stuck, persistent=persistent)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2, process.stderr.read()
    return process, pids


@pytest.mark.parametrize("ending", ["pass", "sys.exit(4)", "raise ValueError('user error')"])
@pytest.mark.parametrize("persistent", [False, True])
def test_no_orphans_at_interpreter_exit(ending, persistent):
    process, pids = run_script(ending, persistent=persistent)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == {"pass": 0, "sys.exit(4)": 4}.get(ending, 1)
    assert wait_for_end(pids, 5)
    assert "user error" in errors if "raise" in ending else errors == ""


@pytest.mark.parametrize("stuck", [False, True])
def test_no_orphans_when_the_parent_is_killed(stuck):
    process, pids = run_script("time.sleep(60)", stuck=stuck)
    process.kill()
    process.communicate(timeout=20)
    assert wait_for_end(pids, 10)


def test_keyboard_interrupt():
    process, pids = run_script("[batch for batch in iterator]", stuck=True)
    time.sleep(0.3)
    for pid in (process.pid, *pids):
        os.kill(pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode != 0
    assert errors.count("KeyboardInterrupt") == 1
    assert wait_for_end(pids, 5)
