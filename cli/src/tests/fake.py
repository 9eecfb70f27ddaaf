"""A process that has a page of statistics without running on DAM: the test that started it writes the page."""

import ctypes
import os
import sys

page, wishes = (os.memfd_create(name) for name in sys.argv[1:3])
# Pages of hostile length: sys.argv[3] bytes, most of them never written.
os.ftruncate(page, int(sys.argv[3]))
print(page, wishes, flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
