# Turns the output of `cargo test -- --show-output` into result lines (see
# parts.sh), with cargo's exit code in `status`. The counts are those of the
# "test result:" lines: a line "test … ok" can be torn by what a test prints.

function emit(kind, name, why) {
    gsub(/[\t\r]/, " ", name)
    gsub(/[\t\r]/, " ", why)
    print kind "\t" name (kind == "skip" ? "\t" why : "")
    emitted[kind]++
}

function begin(name) {
    if (binary != "" && !closed) emit("fail", binary ": ended without a result")
    binary = name
    closed = 0
    showing = ""
    split("", verdict)
    split("", reason)
}

function finish(passed, failed, ignored,    name) {
    for (name in verdict) {
        if (verdict[name] == "ok" && name in reason) {
            emit("skip", binary ": " name, reason[name])
            passed--
        } else if (verdict[name] == "ok") {
            emit("ok", binary ": " name)
            passed--
        } else if (verdict[name] == "ignored") {
            emit("skip", binary ": " name, reason[name])
            ignored--
        } else {
            emit("fail", binary ": " name)
            failed--
        }
    }
    while (passed-- > 0) emit("ok", binary ": (name lost)")
    while (failed-- > 0) emit("fail", binary ": (name lost)")
    while (ignored-- > 0) emit("skip", binary ": (name lost)", "ignored")
    closed = 1
}

/^ +Running .*\(.*\)$/ {
    name = $0
    sub(/^ +Running +(unittests +)?/, "", name)
    sub(/ \([^(]*\)$/, "", name)
    begin(name)
    next
}
/^ +Doc-tests / { begin("doc"); next }

# Rust 1.90 and later run merged and single doc tests as two rounds of one.
/^running [0-9]+ tests?$/ { if (closed) { closed = 0; split("", verdict); split("", reason) } next }

/^test .* \.\.\. (ok|FAILED|ignored)/ && !(/^test result/) {
    name = substr($0, 6)
    at = index(name, " ... ")
    how = substr(name, at + 5)
    name = substr(name, 1, at - 1)
    sub(/ - should panic$/, "", name)
    if (how ~ /^ok/) verdict[name] = "ok"
    else if (how ~ /^FAILED/) verdict[name] = "failed"
    else {
        verdict[name] = "ignored"
        reason[name] = how ~ /^ignored, / ? substr(how, 10) : "marked ignore"
    }
    next
}

/^---- .* stdout ----$/ { showing = substr($0, 6, length($0) - 17); next }
showing != "" && /^skip - / {
    text = substr($0, 8)
    at = index(text, ": ")
    reason[showing] = at ? substr(text, at + 2) : text
    next
}

/^test result: / {
    match($0, /[0-9]+ passed/); passed = substr($0, RSTART) + 0
    match($0, /[0-9]+ failed/); failed = substr($0, RSTART) + 0
    match($0, /[0-9]+ ignored/); ignored = substr($0, RSTART) + 0
    finish(passed, failed, ignored)
}

END {
    begin("")
    if (status != 0 && !emitted["fail"]) emit("fail", "cargo test: exit code " status)
}
