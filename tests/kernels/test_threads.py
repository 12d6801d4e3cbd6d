"""Splitting work over threads: order, errors, interrupts, forks, several callers at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from autograd.kernels import blas, threads


@pytest.fixture(autouse=True)
def _restore_the_number_of_threads():
    before = threads.get_num_threads()
    yield
    threads.set_num_threads(before)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_every_item_is_seen_once(count):
    threads.set_num_threads(count)
    seen = [0] * 100

    def work(i):
        seen[i] += 1

    threads.run(work, range(100))
    assert seen == [1] * 100


def test_several_threads_take_part():
    threads.set_num_threads(3)
    meeting = threading.Barrier(3, timeout=10)
    threads.run(lambda _: meeting.wait(), range(3))


def test_little_work_stays_on_the_calling_thread():
    threads.set_num_threads(4)
    names = set()
    threads.run(lambda _: names.add(threading.current_thread().name), range(50), cost=1)
    assert names == {threading.current_thread().name}


def test_a_run_within_a_run_finishes():
    threads.set_num_threads(2)
    total = np.zeros((8, 8))

    def outer(i):
        def inner(j):
            total[i, j] += 1

        threads.run(inner, range(8))

    threads.run(outer, range(8))
    assert (total == 1).all()


@pytest.mark.parametrize("count", [1, 3])
def test_an_error_is_raised_and_leaves_nothing_behind(count):
    threads.set_num_threads(count)
    depth = blas._BLAS._depth

    def work(i):
        if i == 5:
            raise ValueError("item five")

    with pytest.raises(ValueError, match="item five"):
        threads.run(work, range(40))
    assert blas._BLAS._depth == depth
    done = []
    threads.run(done.append, range(10))
    assert sorted(done) == list(range(10))


def test_no_item_runs_after_an_error_was_raised():
    threads.set_num_threads(4)
    running = []

    def work(i):
        running.append(i)
        time.sleep(0.002)
        if i == 3:
            raise RuntimeError
        running.remove(i)

    with pytest.raises(RuntimeError):
        threads.run(work, range(200))
    assert running == [3]
    time.sleep(0.01)
    assert running == [3]


def test_callers_on_several_python_threads():
    threads.set_num_threads(3)
    results = np.zeros((4, 64))

    def caller(row):
        for _ in range(20):
            threads.run(lambda i: np.add(results[row, i], 1, out=results[row, i : i + 1]), range(64))

    callers = [threading.Thread(target=caller, args=(row,)) for row in range(4)]
    for each in callers:
        each.start()
    for each in callers:
        each.join(timeout=60)
    assert (results == 20).all()


def test_the_callers_error_state_holds_on_every_thread():
    threads.set_num_threads(2)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        threads.run(lambda _: np.exp(np.full(10, 1e4)), range(8))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_has_threads_of_its_own():
    threads.set_num_threads(2)
    threads.run(lambda _: None, range(4))
    child = os.fork()
    if child == 0:
        done = []
        threads.run(done.append, range(16))
        os._exit(0 if sorted(done) == list(range(16)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


INTERRUPTED = """
import os, signal, threading, time
from autograd.kernels import blas, threads
threads.set_num_threads(2)
before = [library.threads for library in blas._BLAS.libraries]
threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    threads.run(lambda _: time.sleep(0.01), range(100000))
except KeyboardInterrupt:
    done = []
    threads.run(done.append, range(8))
    assert sorted(done) == list(range(8))
    assert [library.threads for library in blas._BLAS.libraries] == before
    print("clean")
"""


def test_a_keyboard_interrupt_leaves_nothing_locked():
    got = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=False)
    assert got.stdout.strip() == "clean", got.stderr


def test_signals_are_untouched():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_number_of_threads_below_one_is_an_error():
    with pytest.raises(RuntimeError, match="expects a positive integer"):
        threads.set_num_threads(0)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="threads can be placed on Linux only")
def test_threads_keep_off_their_callers_core_and_the_caller_gets_its_cores_back():
    cores = os.sched_getaffinity(0)
    if not 2 <= len(cores) <= threads.FEW_CORES:
        pytest.skip("threads are placed on few cores only")
    threads.set_num_threads(2)
    meeting, seen = threading.Barrier(2, timeout=10), {}

    def work(_):
        meeting.wait()
        seen[threading.get_native_id()] = os.sched_getaffinity(0)

    threads.run(work, range(2))
    caller, helper = (seen.pop(threading.get_native_id()), *seen.values())
    assert len(caller) == 1
    assert caller | helper == cores
    assert not caller & helper
    assert os.sched_getaffinity(0) == cores

    def fail(_):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        threads.run(fail, range(2))
    assert os.sched_getaffinity(0) == cores
