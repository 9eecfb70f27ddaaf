"""A process for tests to look at: does what each line of its standard input says, and says when that is done."""

import ctypes
import os
import signal
import sys
import threading
import time

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]

SET_DEATH_SIGNAL = 1
EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]
FORK_FLAGS = 17


at_work = True


def work():
    """Uses the heap from now on, so that questions are answered."""

    def forever():
        kept = []
        while at_work:
            kept.append([bytearray(size) for size in range(600, 5000, 40)])
            kept = kept[-50:]
            time.sleep(0.001)

    threading.Thread(target=forever, daemon=True).start()


def descriptors(name):
    """The numbers under which memory files of this name are open."""
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith(f"/memfd:{name}"):
                yield int(number)
        except OSError:
            pass


def stay(parent, what):
    """A child's life: something, and then nothing until its parent's end."""
    libc.prctl(SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == parent:
        what()
        time.sleep(600)
    os._exit(0)


def forked(what):
    """The number of a child that does something and stays."""
    parent = os.getpid()
    child = os.fork()
    return child or stay(parent, what)


def cloned(call):
    """The number of a child in which no fork handler has run."""
    parent = os.getpid()
    child = libc.syscall(call, FORK_FLAGS, 0, 0, 0, 0)
    return child or stay(parent, lambda: None)


def kill(child):
    """Ends a child. Numbers that are no single process's would reach others: -1 is what a failed clone returns."""
    if child <= 1:
        raise ValueError(child)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def become(environment):
    """Starts anew, as another program."""
    os.execve(sys.executable, [sys.executable, "-u", sys.argv[0]], environment)


def leave():
    """Ends the first thread; others go on."""
    libc.syscall(EXIT, 0)


def without_dam():
    return {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


print("ready", flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
