# Turns what criterion prints into samples (see support.h) of the row "core": the lower
# bound, the estimate and the upper bound.

function nanos(value, unit) {
    if (unit == "ps") return value / 1e3
    if (unit == "ns") return value
    if (unit == "ms") return value * 1e6
    if (unit == "s") return value * 1e9
    return value * 1e3 # µs
}

/time: +\[/ {
    at = index($0, "time:")
    if (substr($0, 1, at - 1) !~ /^ *$/) {
        name = substr($0, 1, at - 1)
        sub(/ +$/, "", name)
    }
    text = substr($0, at + 5)
    gsub(/[][]/, "", text)
    split(text, word, " ")
    for (i = 0; i < 3; i++) printf "core\t%s\t%d\t%.6g\t0\n", name, i, nanos(word[2 * i + 1], word[2 * i + 2])
    next
}
/^[a-z]+\// { name = $0 }
