# Turns what test programs print into result lines (see parts.sh). Reads either
# the output of `ctest --verbose`, or with plain=NAME that of one program. Both
# with the exit code in `status`.

function emit(kind, name, why) {
    gsub(/[\t\r]/, " ", name)
    gsub(/[\t\r]/, " ", why)
    print kind "\t" name (kind == "skip" ? "\t" why : "")
    emitted[kind]++
}

# One line of what program `id` printed.
function line(id, text,    at) {
    sub(/\r$/, "", text)
    if (text ~ /^ok - /) {
        emit("ok", names[id] ": " substr(text, 6))
        ok[id]++
    } else if (text ~ /^not ok - /) {
        emit("fail", names[id] ": " substr(text, 10))
        failed[id]++
    } else if (text ~ /^skip - /) {
        text = substr(text, 8)
        at = index(text, ": ")
        if (at) emit("skip", names[id] ": " substr(text, 1, at - 1), substr(text, at + 2))
        else emit("skip", names[id] ": " text, "no reason given")
        skipped[id]++
    } else if (text ~ /^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/) {
        closing[id] = text
        split(text, word, " ")
        said[id] = word[1] " " word[3] " " (word[5] + 0)
    }
    if (text != "") last[id] = text
}

# Program `id` has ended; `verdict` is "passed", "skipped" or words of failure.
function finish(id, verdict,    printed) {
    done[id] = 1
    printed = ok[id] + failed[id] + skipped[id]
    if (verdict == "skipped" && !printed)
        emit("skip", names[id], id in last ? last[id] : "no reason given")
    else if (verdict != "passed" && verdict != "skipped" && !failed[id])
        emit("fail", names[id] ": " verdict)
    else if (!(id in said) && !printed)
        emit("ok", names[id])
    else if (!(id in said) && verdict == "passed")
        emit("fail", names[id] ": ended without its line of counts")
    else if (id in said && said[id] != (ok[id] + 0) " " (failed[id] + 0) " " (skipped[id] + 0))
        emit("fail", names[id] ": counted '" closing[id] "', printed otherwise")
    else if (failed[id] && verdict == "passed")
        emit("fail", names[id] ": a test failed but its exit code is 0")
}

BEGIN { if (plain != "") names[0] = plain }

plain != "" { line(0, $0); next }

/^ +Start +[0-9]+: / {
    id = $2 + 0
    names[id] = $3
    started[id] = 1
    next
}
/^[0-9]+: / {
    line($1 + 0, substr($0, index($0, ": ") + 2))
    next
}
/^ *[0-9]+\/[0-9]+ +Test +#[0-9]+: / {
    text = $0
    sub(/^.*Test +#/, "", text)
    id = text + 0
    if (!(id in names)) { sub(/^[0-9]+: /, "", text); sub(/ .*/, "", text); names[id] = text }
    if ($0 ~ /\*\*\*Skipped/) finish(id, "skipped")
    else if ($0 ~ /\*\*\*/) {
        text = $0
        sub(/^.*\*\*\*/, "", text)
        gsub(/ +/, " ", text)
        finish(id, text)
    } else if ($0 ~ /  Passed /) finish(id, "passed")
    else finish(id, "ended in a way that ctest has no word for: " $0)
}

END {
    if (plain != "") finish(0, status == 0 ? "passed" : status == 77 ? "skipped" : "exit code " status)
    for (id in started) if (!(id in done)) emit("fail", names[id] ": did not end")
    if (status != 0 && !(plain != "" && status == 77) && !emitted["fail"]) emit("fail", (plain != "" ? plain : "ctest") ": exit code " status)
}
