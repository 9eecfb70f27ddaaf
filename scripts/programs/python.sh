# Python: the standard library's own tests from Debian, and numeric work.
# shellcheck shell=bash disable=SC2016,SC2164,SC2317
python_tests="python3 libpython3.11-testsuite"

# data/pytests.py writes every test's id and outcome; PYTHONMALLOC=malloc sends each object through malloc.
python_suite() {
    under env PYTHONHASHSEED=1 "$@" python3 "$DATA/pytests.py" "$OUT/outcomes" "${SUITE[@]}" >&2
}

program python3 packages="$python_tests" version="python3 --version" binary='python3[0-9.]*' \
    what="standard-library tests of dict, list, set, json, re, sort, and again with PYTHONMALLOC=malloc"
run_python3() {
    local SUITE=(test.test_dict test.test_list test.test_json test.test_re test.test_sort)
    python_suite PYTHONMALLOC=pymalloc
    mv "$OUT/outcomes" "$OUT/outcomes_pymalloc"
    SUITE=(test.test_dict test.test_list test.test_set test.test_json)
    python_suite PYTHONMALLOC=malloc
}

program python3-threads packages="$python_tests" version="python3 --version" binary='python3[0-9.]*' slow=1 \
    what="standard-library tests of threading, locks and thread-local data"
run_python3_threads() {
    local SUITE=(test.test_threading test.test_threading_local test.test_thread)
    python_suite PYTHONMALLOC=malloc
}

# The whole multiprocessing suite takes minutes; these cases hold its forks, pools, queues and shared memory.
program python3-processes packages="$python_tests" version="python3 --version" binary='python3[0-9.]*' slow=1 \
    what="standard-library tests of multiprocessing (fork and spawn: processes, pools, queues, shared memory)"
run_python3_processes() {
    local fork=test.test_multiprocessing_fork spawn=test.test_multiprocessing_spawn
    local SUITE=("$fork.WithProcessesTestPool" "$fork.WithProcessesTestQueue" "$fork.WithProcessesTestSharedMemory"
        "$fork.WithProcessesTestValue" "$fork.WithProcessesTestHeap" "$fork.WithThreadsTestPool"
        "$spawn.WithProcessesTestQueue" "$spawn.WithProcessesTestConnection")
    python_suite PYTHONMALLOC=malloc
}

program python3-ctypes packages="$python_tests" version="python3 --version" binary='python3[0-9.]*' \
    what="standard-library tests of ctypes, struct, array and memoryview"
run_python3_ctypes() {
    local SUITE=(ctypes.test test.test_ctypes test.test_struct test.test_array test.test_memoryview)
    python_suite PYTHONMALLOC=malloc
}

program numpy packages="python3 python3-numpy" version="python3 -c 'import numpy; print(numpy.__version__)'" \
    binary='python3[0-9.]*' what="matrix products, FFT, sorting, linear algebra, masked and structured arrays"
run_numpy() {
    under env OPENBLAS_NUM_THREADS=2 python3 "$DATA/numeric.py"
}
