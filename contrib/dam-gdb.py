"""DAM for gdb: the heap of a live process, or of one that has left a core file.

    (gdb) source dam-gdb.py
    (gdb) dam heap             figures, health and the last violations
    (gdb) dam pools            every pool: where, of what, how full, how well
    (gdb) dam ptr EXPRESSION   which pool an address lies in, and where in it
    (gdb) dam check            has the process examine its heap (live processes)

A live process is asked by calls, wherever its thread is: they take no lock that a thread holds for longer than a few
instructions. Only `dam check` needs a thread that is not in the allocator, and looks for one. Of a core file the page of statistics is read which the process keeps for the command
`dam`; the kernel writes it into core files too. Two things of that are worth knowing. A process writes it about once a second while it allocates, so that figures may be older than the moment it
stopped at. And it tells of its pools there only while somebody asks (`dam top`, `dam map`).
"""

import itertools
import struct

import gdb

MAGIC = b"DAMSTATS"
LAYOUT = 1
# Where things are in the page's head, which says where everything else is (src/measure/page.rs).
HEAD = struct.Struct("<8sII16sQQQ")
PART = struct.Struct("<IIQ")
PARTS = ("stats", "classes", "options", "events", "pools")
ANSWERS = HEAD.size + len(PARTS) * PART.size + 8
# A page that says otherwise is damaged.
MOST = {"stats": 1, "classes": 1000, "options": 1000, "events": 1000, "pools": 1 << 16}

# The fields of dam_stats_t (src/measure/stats.rs), as far as they are shown.
STATS = """size version live_blocks live_bytes requested_bytes committed_bytes resident_bytes reserved_bytes
metadata_bytes threads violations pools_ok pools_quarantined small_allocations small_frees small_failures small_live
small_pools small_cached middle_allocations middle_frees middle_failures middle_live middle_pools middle_splits
middle_coalesces large_allocations large_frees large_failures large_live large_cached_bytes zero_allocations zero_frees
zero_live purges purged_bytes dealloc_mismatches leaked_by_fork small_live_bytes small_requested_bytes
small_committed_bytes small_allocated_bytes small_cached_bytes small_refills small_flushes middle_live_bytes
middle_requested_bytes middle_committed_bytes middle_allocated_bytes middle_cached_bytes middle_searches
middle_largest_free large_live_bytes large_requested_bytes large_committed_bytes large_allocated_bytes quarantined_bytes
used_bytes peak_used_bytes peak_live_bytes taken_bytes allocation_rate allocation_bytes_rate free_rate lock_waits
failures_limit failures_memory failures_size soft_limit hard_limit soft_limit_hits pools_pressured pools_fragmented
pools_exhausted""".split()
POOL = struct.Struct("<QQQQQII")
EVENT = struct.Struct("<QQQQQ")
MIDDLE, LARGE = 1000, 1001
HEALTH = ("ok", "pressured", "fragmented", "quarantined", "exhausted")
VIOLATIONS = (
    "heap-buffer-overflow",
    "heap-buffer-underflow",
    "double-free",
    "invalid-free",
    "size-mismatch",
    "dealloc-mismatch",
    "use-after-free",
    "metadata-corruption",
)


def size(number):
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if number >= 1 << shift:
            return f"{number / (1 << shift):.1f} {unit}"
    return f"{number} B"


def name_of(names, number):
    return names[number] if number < len(names) else f"number {number}"


def named(data):
    """The figures by name."""
    words = struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8])
    return {name: words[at] if at < len(words) else 0 for at, name in enumerate(STATS)}


class Pool:
    def __init__(self, number, data):
        # Of a library that says less of a pool, the rest is 0.
        fields = POOL.unpack(data[: POOL.size].ljust(POOL.size, b"\0"))
        self.number = number
        _, self.address, self.bytes, self.live, self.committed, self.group, self.health = fields

    def kind(self, slots):
        if self.group in (MIDDLE, LARGE):
            return "middle" if self.group == MIDDLE else "large"
        slot = slots[self.group] if self.group < len(slots) else 0
        return f"{slot} B" if slot else f"class {self.group}"


class Page:
    """The page of statistics, copied at once."""

    def __init__(self, address):
        head = read(address, ANSWERS + 48)
        magic, layout, self.process, version, _, sequence, self.written = HEAD.unpack_from(head)
        if magic != MAGIC:
            raise gdb.GdbError("the page of statistics was never filled in, or is damaged")
        self.version = version.split(b"\0")[0].decode("ascii", "replace")
        if layout != LAYOUT:
            raise gdb.GdbError(
                f"DAM {self.version} writes layout {layout}, this script reads {LAYOUT}: take the script that came with it"
            )
        self.address = address
        self.in_the_middle = sequence % 2 == 1
        self.parts = {
            name: PART.unpack_from(head, HEAD.size + at * PART.size) for at, name in enumerate(PARTS)
        }
        self.all_pools, = struct.unpack_from("<Q", head, ANSWERS - 8)
        self.pools_written, = struct.unpack_from("<Q", head, ANSWERS + 40)

    def entries(self, name):
        offset, length, count = self.parts[name]
        if count > MOST[name] or length % 4 or not 4 <= length <= 4096:
            raise gdb.GdbError(f"the page's table of {name} is damaged")
        data = read(self.address + offset, length * count)
        return [data[at : at + length] for at in range(0, length * count, length)]

    def events(self):
        events = [EVENT.unpack(entry[: EVENT.size].ljust(EVENT.size, b"\0")) for entry in self.entries("events")]
        return sorted(event for event in events if event[0])


def read(address, length):
    try:
        return gdb.selected_inferior().read_memory(address, length).tobytes() if length else b""
    except gdb.MemoryError:
        raise gdb.GdbError(f"the page of statistics is not in the core file ({address:#x})") from None


def is_live():
    return any(line.startswith(("native", "remote", "extended-remote")) for line in targets())


def targets():
    connection = gdb.selected_inferior().connection
    return [connection.type] if connection else []


def mappings():
    """Start, end and name of every mapping."""
    try:
        text = gdb.execute("info proc mappings", to_string=True)
    except gdb.error:
        return
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 4 and words[0].startswith("0x"):
            # The permissions are not in every version's table.
            name = next((line[line.index(word) :].strip() for word in words[4:] if word[0] in "/["), "")
            yield int(words[0], 16), int(words[1], 16), name


def find_page():
    if not gdb.selected_inferior().pid:
        raise gdb.GdbError("no process and no core file: attach PID, or core-file FILE")
    for start, _, name in mappings():
        if name.startswith("/memfd:dam-stats"):
            return Page(start)
    # A core file without its table of mappings: the page begins a segment.
    for line in gdb.execute("maint info sections", to_string=True).splitlines():
        if "load" in line and "->" in line:
            start = int(line.split("->")[0].split()[-1], 16)
            try:
                if gdb.selected_inferior().read_memory(start, 8).tobytes() == MAGIC:
                    if read(start, 12)[8:] == struct.pack("<I", LAYOUT) and read(start + 48, 8) != bytes(8):
                        return Page(start)
            except (gdb.MemoryError, gdb.GdbError):
                pass
    raise gdb.GdbError(
        "no page of statistics: the process does not run on DAM, or with attach=0 in DAM_OPTIONS"
    )


class Caller:
    """Calls in the process. Meanwhile expressions are C, whatever the frame is written in; afterwards thread, frame and
    stack are what they were."""

    # Of so many threads, one is not in the allocator, or nothing can be done.
    THREADS = 64

    def __init__(self, locking):
        self.locking = locking

    def __enter__(self):
        self.thread, self.frame = gdb.selected_thread(), gdb.selected_frame()
        self.before = {name: gdb.parameter(name) for name in ("language", "scheduler-locking")}
        try:
            gdb.execute("set language c", to_string=True)
            gdb.execute(f"set scheduler-locking {self.locking}", to_string=True)
            gdb.newest_frame().select()
        except gdb.error:
            self.restore()
            raise
        return self

    def __exit__(self, *_):
        self.restore()

    def restore(self):
        for name, value in self.before.items():
            gdb.execute(f"set {name} {value}", to_string=True)
        # Where other threads could run meanwhile, this one may have left its frame, or ended.
        if self.thread.is_valid():
            self.thread.switch()
            (self.frame if self.frame.is_valid() else gdb.newest_frame()).select()

    def each_thread(self):
        """Makes one thread after the other the one that is called in, the selected one first."""
        others = [thread for thread in gdb.selected_inferior().threads() if thread.num != self.thread.num]
        for thread in [self.thread, *others][: self.THREADS]:
            try:
                thread.switch()
                gdb.newest_frame().select()
            except gdb.error:
                # It has ended, or runs.
                continue
            yield thread

    def ask(self, function, length, numbers):
        """What a function fills in, in room below the stack. `numbers`: what it wants to have first, until it says that
        there is no such number."""
        answers = []
        stack = int(gdb.parse_and_eval("(unsigned long) $sp"))
        # Beyond what a function may use below its stack pointer without moving it.
        room = (stack - 256 - length) & ~15
        gdb.execute(f"set $sp = {room:#x}", to_string=True)
        try:
            kinds = "void *, unsigned long" if numbers is None else "unsigned, void *, unsigned long"
            for number in [None] if numbers is None else numbers:
                first = "" if number is None else f"{number}, "
                call = f"((int (*)({kinds})) &{function})({first}{room:#x}, {length})"
                if int(gdb.parse_and_eval(call)) != 0:
                    break
                answers.append(read(room, length))
        finally:
            gdb.execute(f"set $sp = {stack:#x}", to_string=True)
        return answers


def ask(function, length, numbers, otherwise):
    """What the process answers, or its page says where it cannot be asked."""
    if is_live():
        try:
            with Caller(locking="on") as caller:
                return caller.ask(function, length, numbers)
        except gdb.error as error:
            print(f"The process cannot be asked ({error}). As it has written:")
    return otherwise()


def slots_of(page):
    """The length of a slot, by class."""
    classes = ask("dam_stats_class", 16, range(MOST["classes"]), lambda: page.entries("classes"))
    return [struct.unpack_from("<Q", entry, 8)[0] for entry in classes]


def pools_of(page):
    entries = ask("dam_stats_pool", POOL.size, itertools.count(), lambda: told_pools(page))
    return [Pool(number, entry) for number, entry in enumerate(entries)]


def told_pools(page):
    pools = page.entries("pools")
    if not pools:
        raise gdb.GdbError(
            "the process was not telling its pools when it stopped: it does while `dam top` or `dam map` watches it"
        )
    behind = page.written - page.pools_written
    if behind > 2 * 10**9:
        print(f"The pools are {behind / 1e9:.0f} s older than the figures.")
    if page.all_pools > len(pools):
        print(f"The first {len(pools)} of {page.all_pools} pools.")
    return pools


class Dam(gdb.Command):
    """The heap of a process that runs on the allocator DAM."""

    def __init__(self):
        super().__init__("dam", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class Heap(gdb.Command):
    """The figures of the heap, the health of its pools, and the last violations."""

    def __init__(self):
        super().__init__("dam heap", gdb.COMMAND_DATA)

    def invoke(self, _argument, _from_tty):
        page = find_page()
        length = page.parts["stats"][1]
        stats = named(ask("dam_get_stats", min(length, 4096), None, lambda: self.written(page))[0])
        print(f"DAM {page.version}, process {page.process}")
        if page.process != gdb.selected_inferior().pid:
            print("  (by its own count: in a container; or it is the child of another, whose page this is)")
        self.memory(stats)
        self.tiers(stats)
        health = ", ".join(f"{stats[f'pools_{name}']} {name}" for name in HEALTH)
        print(f"  pools      {health}")
        limit, memory = stats["failures_limit"], stats["failures_memory"]
        print(f"  refused    {limit} for the hard limit, {memory} for want of memory")
        print(f"  violations {stats['violations']}")
        for number, _, violation, address, length in page.events():
            block = f", block of {length} bytes" if length else ""
            print(f"    {number}: {name_of(VIOLATIONS, violation)} at {address:#x}{block}")

    @staticmethod
    def written(page):
        if not page.written:
            raise gdb.GdbError("the process had not written its figures yet when it stopped: it does so once a second")
        if page.in_the_middle:
            print("Stopped while figures were being written: some are newer than others.")
        return page.entries("stats")

    @staticmethod
    def memory(stats):
        print(f"  live       {stats['live_blocks']} blocks: {size(stats['requested_bytes'])}"
              f" in {size(stats['live_bytes'])}")
        print(f"  memory     {size(stats['used_bytes'])} in use (at most {size(stats['peak_used_bytes'])}),"
              f" {size(stats['committed_bytes'])} committed, {size(stats['metadata_bytes'])} own data")

    @staticmethod
    def tiers(stats):
        print(f"  {'tier':<8}{'allocations':>14}{'frees':>14}{'live':>12}{'bytes':>12}{'failures':>10}")
        for tier in ("small", "middle", "large"):
            counts = [stats[f"{tier}_{what}"] for what in ("allocations", "frees", "live")]
            live, failures = size(stats[f"{tier}_live_bytes"]), stats[f"{tier}_failures"]
            print(f"  {tier:<8}{counts[0]:>14}{counts[1]:>14}{counts[2]:>12}{live:>12}{failures:>10}")


class Pools(gdb.Command):
    """Every pool: its address, its length, what it holds, how full and how well it is."""

    def __init__(self):
        super().__init__("dam pools", gdb.COMMAND_DATA)

    def invoke(self, _argument, _from_tty):
        page = find_page()
        pools, slots = pools_of(page), slots_of(page)
        print(f"{'pool':>6}  {'address':<18}{'bytes':>10}  {'slots':<8}{'live':>10}{'':>6}{'committed':>12}  health")
        for pool in pools:
            share = f"{100 * pool.live // pool.bytes} %" if pool.bytes else ""
            print(f"{pool.number:>6}  {pool.address:<#18x}{size(pool.bytes):>10}  {pool.kind(slots):<8}"
                  f"{size(pool.live):>10}{share:>6}{size(pool.committed):>12}  {name_of(HEALTH, pool.health)}")


class Pointer(gdb.Command):
    """Which pool an address lies in, and where in it: dam ptr EXPRESSION"""

    def __init__(self):
        super().__init__("dam ptr", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, _from_tty):
        if not argument:
            raise gdb.GdbError("dam ptr EXPRESSION")
        address = int(gdb.parse_and_eval(argument)) & (1 << 64) - 1
        page = find_page()
        slots = slots_of(page)
        for pool in pools_of(page):
            if pool.address <= address < pool.address + pool.bytes:
                return self.tell(address, pool, slots)
        for start, end, name in mappings():
            if start <= address < end:
                print(f"{address:#x}: in no pool; in the mapping {start:#x}-{end:#x} {name or 'without a name'}"
                      ": a large block if it is DAM's")
                return None
        print(f"{address:#x}: in no pool, and in no mapping that is listed")
        return None

    @staticmethod
    def tell(address, pool, slots):
        offset = address - pool.address
        where = f"offset {offset:#x}"
        if pool.group < len(slots) and slots[pool.group]:
            slot, inside = divmod(offset, slots[pool.group])
            where = f"slot {slot} of {slots[pool.group]} bytes at {address - inside:#x}, byte {inside} of it"
        print(f"{address:#x}: {where}")
        print(f"  in {pool.kind(slots)} pool {pool.number}, {pool.address:#x}-{pool.address + pool.bytes:#x},"
              f" {size(pool.live)} live, {name_of(HEALTH, pool.health)}")


class Check(gdb.Command):
    """Has a live process examine every block, record and header of its heap."""

    # What a thread answers that is in the allocator.
    NOT_HERE = (1 << 64) - 1

    def __init__(self):
        super().__init__("dam check", gdb.COMMAND_DATA)

    def invoke(self, _argument, _from_tty):
        find_page()
        if not is_live():
            raise gdb.GdbError("a core file cannot examine itself: `dam heap` lists the violations that were found")
        try:
            # It takes locks, and a thread that has one must be able to go on.
            with Caller(locking="off") as caller:
                faults = self.examine(caller)
        except gdb.error as error:
            raise gdb.GdbError(f"the process cannot be asked: {error}") from None
        print(f"{faults} faults" + (": the process's standard error has a report of each" if faults else ""))

    def examine(self, caller):
        for _ in caller.each_thread():
            faults = int(gdb.parse_and_eval("((unsigned long (*)(void)) &dam_check_heap)()"))
            if faults != self.NOT_HERE:
                return faults
        raise gdb.error("its threads are in the allocator: let one `finish`")


for command in (Dam, Heap, Pools, Pointer, Check):
    command()
