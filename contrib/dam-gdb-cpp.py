"""DAM's C++ types for gdb:

    (gdb) source dam-gdb-cpp.py
    (gdb) print pointer     $1 = dam::unique_ptr<int> at 0x7a31c58dd040 = {7}
    (gdb) print names       $2 = dam::unique_ptr<std::string []> of 3 = {"", "", "Ada"}
    (gdb) print figures     $3 = dam::statistics = {live_blocks = 12, ...}, without what is 0

How many elements an array has the process is asked (`dam_malloc_usable_size`), if it lives and runs with DAM; else the
first one is shown. Works with libstdc++ and libc++, beside the printers that these bring.
"""

import re

import gdb

# The name of the type, with and without the inline namespace.
DELETER = re.compile(r"^dam::(?:v1::)?deleter<")
OWN = re.compile(r"^dam::(?:v1::)?(statistics|tracking_resource)$")
MOST_ELEMENTS = 200


def plain(type_):
    return type_.strip_typedefs().unqualified()


def members(value):
    """Fields that lie in the object; static ones do not."""
    return (field for field in plain(value.type).fields() if hasattr(field, "bitpos"))


def held(value):
    """The first pointer within a smart pointer, however the library wraps it."""
    if plain(value.type).code == gdb.TYPE_CODE_PTR:
        return value
    if plain(value.type).code == gdb.TYPE_CODE_STRUCT:
        for field in members(value):
            found = held(value[field])
            if found is not None:
                return found
    return None


def length_of(pointer):
    """The bytes that a block of DAM was asked for; None where nobody can tell."""
    connection = gdb.selected_inferior().connection
    if not connection or not connection.type.startswith(("native", "remote", "extended-remote")):
        return None
    language = gdb.parameter("language")
    # Whatever the frame is written in.
    gdb.execute("set language c", to_string=True)
    try:
        # Nobody refers to this one weakly: where it is, DAM is, and what is called is more than a stub that leads
        # nowhere.
        gdb.parse_and_eval("&dam_version")
        call = "((unsigned long (*)(void *)) dam_malloc_usable_size)((void *) %d)"
        return int(gdb.parse_and_eval(call % int(pointer)))
    except gdb.error:
        return None
    finally:
        gdb.execute(f"set language {language}", to_string=True)


class UniquePointer:
    def __init__(self, value):
        self.pointer = held(value)
        owned = plain(value.type).template_argument(0)
        self.is_array = owned.code == gdb.TYPE_CODE_ARRAY or str(owned).endswith("]")
        # Without the arguments that are their defaults, as the program writes it.
        self.name = f"dam::unique_ptr<{short(str(owned))}>"
        self.count = None
        length = length_of(self.pointer) if self.is_array and int(self.pointer) else None
        if length is not None:
            self.count = length // self.pointer.type.target().sizeof

    def to_string(self):
        if not int(self.pointer):
            return f"{self.name} (empty)"
        if not self.is_array:
            return f"{self.name} at {int(self.pointer):#x}"
        return f"{self.name} of {'some' if self.count is None else self.count}"

    def children(self):
        if int(self.pointer) and not self.is_array:
            # As what it is, not as the base it is owned by.
            yield "object", self.pointer.cast(self.pointer.dynamic_type).dereference()
        elif int(self.pointer):
            for at in range(min(1 if self.count is None else self.count, MOST_ELEMENTS)):
                yield f"[{at}]", self.pointer[at]

    def display_hint(self):
        return "array"


class Figures:
    """The members that are not 0."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "dam::statistics"

    def children(self):
        for field in plain(self.value.type).fields():
            if int(self.value[field]):
                yield field.name, self.value[field]


class Tracking:
    """What a tracking_resource has counted."""

    NAMES = (("bytes", "bytes_"), ("peak_bytes", "peak_"), ("blocks", "blocks_"), ("allocations", "allocations_"))

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "dam::tracking_resource"

    def children(self):
        for name, member in self.NAMES:
            yield name, number_in(self.value[member])


def number_in(value):
    """The number in a std::atomic."""
    while plain(value.type).code == gdb.TYPE_CODE_STRUCT:
        value = value[next(members(value))]
    return value


def short(name):
    name = re.sub(r"\bdam::v1::", "dam::", name)
    name = re.sub(r"std::(?:__cxx11|__1)::", "std::", name)
    return re.sub(r"std::basic_string<char, std::char_traits<char>, std::allocator<char> ?>", "std::string", name)


def printer(value):
    type_ = plain(value.type)
    if type_.code != gdb.TYPE_CODE_STRUCT or not type_.name:
        return None
    own = OWN.match(type_.name)
    if own:
        return Figures(value) if own[1] == "statistics" else Tracking(value)
    if re.match(r"^std::(?:__\w+::)?unique_ptr<", type_.name) and DELETER.match(str(type_.template_argument(1))):
        return UniquePointer(value)
    return None


printer.name = "dam"


def register(objfile):
    # In front of the standard library's own, which would take every unique_ptr.
    if not any(getattr(each, "name", None) == "dam" for each in objfile.pretty_printers):
        objfile.pretty_printers.insert(0, printer)


for each in gdb.objfiles():
    register(each)
gdb.events.new_objfile.connect(lambda event: register(event.new_objfile))
