#!/usr/bin/env bash
# Holds what ./test promises of its own counting: no test that failed, crashed,
# hung or never ran is counted as passed.

set -u
scripts=$(cd "$(dirname -- "${BASH_SOURCE[0]}")" && pwd) || exit
passed=0 failed=0

# expect NAME WANTED GOT
expect() {
    if [ "$2" = "$3" ]; then
        echo "ok - $1" && passed=$((passed + 1))
    else
        printf '# wanted:\n%s\n# got:\n%s\n' "$2" "$3" | sed 's/^/  /'
        echo "not ok - $1" && failed=$((failed + 1))
    fi
}

program() { awk -v plain=p -v status="$1" -f "$scripts/count-programs.awk"; }
ctest_log() { awk -v status="$1" -f "$scripts/count-programs.awk"; }
cargo_log() { awk -v status="$1" -f "$scripts/count-cargo.awk"; }
tabs() { printf '%b' "$1"; }

expect "a program's tests are counted one by one" \
    "$(tabs 'ok\tp: a\nskip\tp: b\tno gdb here: really')" \
    "$(printf '%s\n' 'ok - a' 'skip - b: no gdb here: really' '1 passed, 0 failed, 1 skipped' | program 0)"

expect "a failed test fails whatever the exit code says" \
    "$(tabs 'fail\tp: a\nfail\tp: a test failed but its exit code is 0')" \
    "$(printf '%s\n' 'not ok - a' '0 passed, 1 failed, 0 skipped' | program 0)"

expect "a program that ends half-way fails" \
    "$(tabs 'ok\tp: a\nfail\tp: ended without its line of counts')" \
    "$(printf '%s\n' 'ok - a' | program 0)"

expect "a program whose own counts differ fails" \
    "$(tabs "ok\tp: a\nfail\tp: counted '2 passed, 0 failed, 0 skipped', printed otherwise")" \
    "$(printf '%s\n' 'ok - a' '2 passed, 0 failed, 0 skipped' | program 0)"

expect "a program that crashes after its last test fails" \
    "$(tabs 'ok\tp: a\nfail\tp: exit code 99')" \
    "$(printf '%s\n' 'ok - a' '1 passed, 0 failed, 0 skipped' | program 99)"

expect "a program that exits with 77 is skipped" \
    "$(tabs 'skip\tp: a\tno make')" \
    "$(printf '%s\n' 'skip - a: no make' '0 passed, 0 failed, 1 skipped' | program 77)"

expect "ctest: interleaved programs, a crash, a time-out, one without lines" \
    "$(tabs 'ok\tone: a\nok\ttwo: b\nfail\ttwo: Exception: SegFault 0.02 sec\nfail\tthree: Timeout 1.01 sec\nok\tfour')" \
    "$(printf '%s\n' 'test 1' '    Start 1: one' '1: Test command: /x' '    Start 2: two' '1: ok - a' '2: ok - b' \
        '1: 1 passed, 0 failed, 0 skipped' '1/4 Test #1: one ......   Passed    0.00 sec' \
        '2/4 Test #2: two ......***Exception: SegFault  0.02 sec' '    Start 3: three' \
        '3/4 Test #3: three ....***Timeout   1.01 sec' '    Start 4: four' '4: a story' \
        '4/4 Test #4: four .....   Passed    0.10 sec' | ctest_log 8)"

expect "ctest: a program that was never built fails" \
    "$(tabs 'fail\tone: Not Run 0.00 sec')" \
    "$(printf '%s\n' '    Start 1: one' '1/1 Test #1: one ....***Not Run   0.00 sec' | ctest_log 8)"

expect "ctest: a log that breaks off fails" \
    "$(tabs 'fail\tone: did not end')" "$(printf '%s\n' '    Start 1: one' | ctest_log 0)"

expect "ctest: no tests at all fails" "$(tabs 'fail\tctest: exit code 8')" "$(echo 'No tests were found!!!' | ctest_log 8)"

expect "cargo: ignored tests and tests that skip themselves are skipped" \
    "$(tabs 'ok\ttests/x.rs: a\nskip\ttests/x.rs: b\ttoo slow\nskip\ttests/x.rs: c\tno gdb')" \
    "$(printf '%s\n' '     Running tests/x.rs (target/debug/deps/x-1)' 'running 3 tests' 'test a ... ok' \
        'test b ... ignored, too slow' 'test c ... ok' 'successes:' '---- c stdout ----' 'skip - c: no gdb' \
        'test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s' | cargo_log 0 | sort)"

expect "cargo: a torn line is still counted" \
    "$(tabs 'ok\tsrc/lib.rs: (name lost)')" \
    "$(printf '%s\n' '     Running unittests src/lib.rs (target/debug/deps/x-1)' 'test a ... noise' 'ok' \
        'test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out' | cargo_log 0)"

expect "cargo: a test binary that aborts fails" \
    "$(tabs 'fail\ttests/x.rs: ended without a result')" \
    "$(printf '%s\n' '     Running tests/x.rs (target/debug/deps/x-1)' 'running 2 tests' 'test a ... ok' | cargo_log 101)"

expect "cargo: what does not compile fails" "$(tabs 'fail\tcargo test: exit code 101')" \
    "$(echo 'error: could not compile' | cargo_log 101)"

expect "cargo: doc tests in several rounds" \
    "$(tabs 'ok\tdoc: src/lib.rs - a (line 1)\nok\tdoc: src/lib.rs - b (line 9)')" \
    "$(printf '%s\n' '   Doc-tests watchdog' 'running 1 test' 'test src/lib.rs - a (line 1) ... ok' \
        'test result: ok. 1 passed; 0 failed; 0 ignored' 'running 1 test' 'test src/lib.rs - b (line 9) ... ok' \
        'test result: ok. 1 passed; 0 failed; 0 ignored' 'all doctests ran in 0.2s' | cargo_log 0)"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
