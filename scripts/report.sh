# shellcheck shell=bash
# How a script reports its checks, one line each, as scripts/count-programs.awk reads them.
# Sourced.

passed=0 failed=0 skipped=0

pass() { echo "ok - $1" && passed=$((passed + 1)); }
fail() { echo "not ok - $1" && failed=$((failed + 1)); }

# The last line, and the end of the script.
end() {
    echo "$passed passed, $failed failed, $skipped skipped"
    exit $((failed > 0))
}

# skip REASON: the end of the script, too, whose $subject is skipped.
skip() {
    echo "skip - ${subject:?}: $1" && skipped=$((skipped + 1))
    end
}
