# Compilers and build tools. What they write is compared byte for byte, and what they built is run.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317

program gcc packages="gcc libc6-dev" version="gcc --version" binary='[a-z0-9_/-]*gcc[-0-9]*' \
    what="a C file at -O0, -O2 -g and -O3 -flto: assembly and objects compared, the program run"
run_gcc() {
    under gcc -O0 -S -o "$OUT/fast.s" "$DATA/matrix.c"
    under gcc -O2 -g -c -o "$OUT/debug.o" "$DATA/matrix.c"
    under gcc -O3 -flto -frandom-seed=1 -o matrix "$DATA/matrix.c" -lm
    under ./matrix
}

program g++ packages="g++" version="g++ --version" binary='[a-z0-9_/-]*g[+][+][-0-9]*' slow=1 \
    what="a template-heavy C++20 file at -O2: object compared, the program run"
run_g++() {
    under g++ -std=c++20 -O2 -g1 -c -o "$OUT/templates.o" "$DATA/templates.cpp"
    under g++ -o templates "$OUT/templates.o" -pthread
    under ./templates
}

program clang packages="clang libc6-dev libstdc++-12-dev" version="clang --version" binary='[a-z0-9_/-]*clang[-0-9]*' \
    slow=1 what="the C and the C++20 file at -O2: objects compared, the program run"
run_clang() {
    under clang -O2 -g -c -o "$OUT/matrix.o" "$DATA/matrix.c"
    under clang++ -std=c++17 -O1 -c -o "$OUT/templates.o" "$DATA/templates.cpp"
    under clang++ -o templates "$OUT/templates.o" -pthread
    under ./templates
}

# Debian ships crates as packages; its cargo reads them from a directory, so nothing is fetched.
program cargo packages="cargo rustc librust-serde-json-dev librust-serde-derive-dev" \
    version="cargo --version" timeout=240 slow=1 bug_options=mismatch=count \
    bug="hardened paranoid: rustc 1.65 frees by \`free\` what C++'s \`new\` made: the strings that \`llvm::Triple::normalize\` and \`Twine::str\` of libLLVM-14 return, in librustc_driver, which brings an \`operator delete\` of its own that calls \`free\`. memcheck (\`valgrind --show-mismatched-frees=yes rustc - --print=cfg\`) says the same: Mismatched free() / delete" \
    what="rustc through cargo: a crate with serde_json and serde derive (macros, ten crates) built and run"
run_cargo() {
    cp -r "$DATA/crate" crate
    cd crate
    mkdir .cargo
    printf '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "/usr/share/cargo/registry"\n' \
        > .cargo/config.toml
    under cargo build --offline --quiet -j 2
    under target/debug/work "$MATERIAL/records.json"
}

program make packages="make gcc libc6-dev" version="make --version" slow=1 \
    what="make -j4 of 48 generated C files into a library and a program; second run finds nothing to do"
run_make() {
    write_c_project
    under make -j4 --no-print-directory --output-sync=target | sort
    under ./total
    under make -q && echo "up to date"
}

program cmake packages="cmake ninja-build g++" version="cmake --version" slow=1 \
    what="configure the same project, build it with ninja, run ctest"
run_cmake() {
    write_c_project
    cat > CMakeLists.txt << 'EOF'
cmake_minimum_required(VERSION 3.20)
project(total C)
file(GLOB parts CONFIGURE_DEPENDS part*.c)
add_library(parts SHARED ${parts})
add_executable(total main.c)
target_link_libraries(total parts)
enable_testing()
foreach(n RANGE 1 20)
    add_test(NAME run${n} COMMAND total)
endforeach()
EOF
    under cmake -G Ninja -B build -S . >&2
    under ninja -C build >&2
    (cd build && under ctest -j2) | sed -E 's/ +[0-9.]+ sec.*//; s/^ *[0-9]+\/20 //; /Start|Total Test time|Test project/d' | sort -k2,2V
}

# 48 files of 30 functions each, deterministic.
write_c_project() {
    awk 'BEGIN {
        for (f = 1; f <= 48; f++) {
            file = "part" f ".c"
            print "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>" > file
            for (i = 1; i <= 30; i++)
                printf "static long f%d(long x) { char b[64]; snprintf(b, sizeof b, \"%%ld\", x * %d); " \
                    "for (int k = 0; k < %d; k++) x += (long)strlen(b) * k; return x; }\n", i, f + i, i > file
            printf "long part%d(void) { long t = 0;", f > file
            for (i = 1; i <= 30; i++) printf " t += f%d(%d);", i, i * f > file
            print " return t; }" > file
            close(file)
            declared = declared "long part" f "(void);\n"; summed = summed " + part" f "()"; objects = objects " part" f ".o"
        }
        print declared "#include <stdio.h>\nint main(void) { printf(\"%ld\\n\", 0L" summed "); return 0; }" > "main.c"
        print "all: total\ntotal: main.o libparts.a\n\t$(CC) -o $@ main.o libparts.a\n" \
            "libparts.a:" objects "\n\tar rcsD $@ $^\n%.o: %.c\n\t$(CC) -O1 -c -o $@ $<" > "Makefile"
    }'
}
