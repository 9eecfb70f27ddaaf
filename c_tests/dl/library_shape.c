// What the shipped library looks like to the dynamic linker: it needs nothing but the C library, is never unloaded, uses
// little thread-local storage of the static kind, has no indirect functions, no executable stack or text relocations, and
// exports the malloc family, operator new and delete, what programs ask jemalloc and gperftools, and dam_* only.
// modes: plain
#include "check.h"

#include <elf.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const char *const family[] = {
    "malloc", "free", "calloc", "realloc", "reallocarray", "aligned_alloc", "posix_memalign", "memalign", "valloc", "pvalloc",
    "malloc_usable_size", "free_sized", "free_aligned_sized", "cfree", "malloc_trim", "mallopt", "mallinfo", "mallinfo2",
    "malloc_stats", "malloc_info", "mallctl", "mallctlnametomib", "mallctlbymib", "malloc_stats_print", "malloc_message",
    "mallocx", "rallocx", "xallocx", "sallocx", "dallocx", "sdallocx", "nallocx",
};
enum { FAMILY = sizeof family / sizeof *family };

static bool allowed(const char *name, bool local, bool *seen) {
    if (!strncmp(name, "dam_", 4)) return true;
    if (local) return false;
    for (size_t i = 0; i < FAMILY; i++)
        if (!strcmp(name, family[i])) return seen[i] = true;
    return !strncmp(name, "_Znw", 4) || !strncmp(name, "_Zna", 4) || !strncmp(name, "_Zdl", 4) || !strncmp(name, "_Zda", 4) ||
           !strncmp(name, "MallocExtension_", 16) ||
           !strcmp(name, "dlopen");  // to let RTLD_DEEPBIND libraries share the heap
}

static void check_dynamic(const char *file, const Elf64_Dyn *d, const char *strings) {
    bool nodelete = false;
    for (; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_NEEDED) {
            const char *name = strings + d->d_un.d_val;
            if (strcmp(name, "libc.so.6") && strncmp(name, "ld-linux", 8)) {
                say(file), say(" needs "), say(name), say("\n");
                _exit(1);
            }
        }
        if (d->d_tag == DT_FLAGS_1) nodelete = d->d_un.d_val & DF_1_NODELETE;
        CHECK(d->d_tag != DT_TEXTREL);
        CHECK(d->d_tag != DT_RPATH && d->d_tag != DT_RUNPATH);
    }
    CHECK(nodelete);
}

static void check_symbols(const Elf64_Sym *s, size_t count, const char *strings, bool local) {
    bool seen[FAMILY] = {false};
    size_t news = 0;
    for (size_t i = 1; i < count; i++) {
        const char *name = strings + s[i].st_name;
        CHECK(ELF64_ST_TYPE(s[i].st_info) != STT_GNU_IFUNC);
        if (s[i].st_shndx == SHN_UNDEF || ELF64_ST_VISIBILITY(s[i].st_other) == STV_HIDDEN) continue;
        if (!allowed(name, local, seen)) {
            say("exported: "), say(name), say("\n");
            _exit(1);
        }
        news += !strncmp(name, "_Zn", 3) || !strncmp(name, "_Zd", 3);
    }
    for (size_t i = 0; !local && i < FAMILY; i++)
        if (!seen[i]) {
            say("missing: "), say(family[i]), say("\n");
            _exit(1);
        }
    CHECK(local ? news == 0 : news == 20);
}

static void check_file(const char *file, bool local) {
    int fd = open(file, O_RDONLY);
    struct stat st;
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    const char *image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(image != MAP_FAILED);
    const Elf64_Ehdr *e = (const void *)image;
    const Elf64_Phdr *p = (const void *)(image + e->e_phoff);
    const Elf64_Shdr *h = (const void *)(image + e->e_shoff);
    for (int i = 0; i < e->e_phnum; i++) {
        if (p[i].p_type == PT_TLS) CHECK_LE(p[i].p_memsz, 1536);
        if (p[i].p_type == PT_GNU_STACK) CHECK(!(p[i].p_flags & PF_X));
        CHECK((p[i].p_flags & (PF_W | PF_X)) != (PF_W | PF_X));
    }
    for (int i = 0; i < e->e_shnum; i++) {
        const char *strings = image + h[h[i].sh_link].sh_offset;
        if (h[i].sh_type == SHT_DYNAMIC) check_dynamic(file, (const void *)(image + h[i].sh_offset), strings);
        if (h[i].sh_type == SHT_DYNSYM) check_symbols((const void *)(image + h[i].sh_offset), h[i].sh_size / sizeof(Elf64_Sym), strings, local);
    }
    munmap((void *)image, (size_t)st.st_size);
    close(fd);
}

int main(void) {
    CHECK(getenv("DAM_LIB") && getenv("DAM_LOCAL_LIB"));
    check_file(getenv("DAM_LIB"), false);
    check_file(getenv("DAM_LOCAL_LIB"), true);
    return 0;
}
