#!/usr/bin/env bash
# The Unity package: put together, its layout looked at, compiled against stand-ins of the
# engine and the editor, and run on Mono with the real library. Installs what is missing.

set -u
root=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd) || exit
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/report.sh
. "$root/scripts/report.sh"
# shellcheck source=scripts/unity.sh
. "$root/scripts/unity.sh"
subject="the Unity package"

work=$root/target/unity
here=$root/tests/unity
package=$work/package
logs=$work/logs
mkdir -p "$work/bin" "$logs"

[ "$(uname -s)" = Linux ] || skip "tried on Linux alone"
if ! have mcs || ! have mono; then
    apt_install mono-mcs mono-runtime || skip "needs mcs and mono; as root: apt-get install mono-mcs mono-runtime"
fi

cd "$root" && cargo build --locked --lib || exit
library=${CARGO_TARGET_DIR:-$root/target}/debug

# holds NAME COMMAND…
holds() {
    local name=$1
    shift
    if "$@" >"$logs/out" 2>&1; then
        pass "$name"
    else
        sed 's/^/  /' "$logs/out" | head -n 30
        fail "$name"
        return 1
    fi
}

# counts FILE CODE: what a program has printed that prints results of its own.
counts() {
    local code=$2 line before=$failed
    while IFS= read -r line; do
        case $line in
            "ok - "*) passed=$((passed + 1)) && echo "$line" ;;
            "not ok - "*) failed=$((failed + 1)) && echo "$line" ;;
            *" passed, "*) code=$((code == 1 && failed > before ? 0 : code)) && echo "# $line" ;;
            *) echo "  $line" ;;
        esac
    done <"$1"
    grep -q '^[0-9]* passed, ' "$1" || code=99
    [ "$code" = 0 ] || fail "${1##*/}: the tests come to their end (exit code $code)"
}

# ---- the package --------------------------------------------------------------------

# Any file will do where a library is to be.
all_places() {
    (cd "$root/bindings/unity/Runtime/Plugins" && find . -name 'libwatchdog*.meta' -o -name 'watchdog*.meta') |
        sed "s|^\./\(.*\)\.meta$|\1=$library/libwatchdog.so|"
}

mapfile -t places < <(all_places)
holds "the package is put together with all its native libraries" unity_assemble "$work/full" "${places[@]}" || end
holds "and with one of them" unity_assemble "$package" "Linux/x86_64/libwatchdog.so=$library/libwatchdog.so" || end
holds "the C# binding in it is the one of bindings/csharp" \
    diff <(cd "$root/bindings/csharp" && sha256sum ./*.cs) <(cd "$package/Runtime/Binding" && sha256sum ./*.cs)
holds "it has the version of Cargo.toml" \
    [ "$(unity_version)" = "$(sed -n 's/^version *= *"\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)" ]
if have python3; then
    code=0
    python3 "$here/layout.py" "$root" "$work/full" "$package" >"$logs/layout" 2>&1 || code=$?
    counts "$logs/layout" "$code"
else
    echo "skip - the package's layout: needs python3" && skipped=$((skipped + 1))
fi

# ---- compiling ----------------------------------------------------------------------

# Of C# 7.3, which Unity 2019.4 has, this compiler knows 7.2.
compile() { mcs -nologo -langversion:7.2 -warn:4 -warnaserror -optimize "$@"; }

cd "$work/bin" || exit
mapfile -t runtime < <(find "$package/Runtime" -name '*.cs')
compile -target:library -out:UnityEngine.dll "$here/stubs/UnityEngine.cs" "$here/stubs/Engine.cs" &&
    compile -target:library -out:UnityEditor.dll -r:UnityEngine.dll "$here/stubs/UnityEditor.cs" &&
    compile -target:library -out:nunit.framework.dll "$here/stubs/NUnit.cs" || exit

# for_platform NAME SYMBOLS
for_platform() {
    holds "Runtime compiles for $1" compile -target:library -out:other.dll -define:"$2" -r:UnityEngine.dll "${runtime[@]}"
}
for_platform "Unity 2019.4" UNITY_2019_4_OR_NEWER
for_platform "iOS" "UNITY_IOS;UNITY_2021_1_OR_NEWER"
for_platform "Windows" "UNITY_STANDALONE_WIN;UNITY_2021_1_OR_NEWER"
for_platform "the editor on Windows" "UNITY_EDITOR;UNITY_EDITOR_WIN;UNITY_IOS;UNITY_2021_1_OR_NEWER"

# Each with the references that its asmdef gives it.
holds "Runtime compiles as C# 7, all of it documented, without a warning" \
    compile -target:library -out:LibWatchdog.dll -doc:LibWatchdog.xml -define:UNITY_2021_1_OR_NEWER \
    -r:UnityEngine.dll "${runtime[@]}" || end
holds "Editor compiles without a warning" \
    compile -target:library -out:LibWatchdog.Editor.dll -r:UnityEngine.dll,UnityEditor.dll,LibWatchdog.dll "$package"/Editor/*.cs || end
holds "the sample compiles without a warning" \
    compile -target:library -out:Sample.dll -r:UnityEngine.dll,LibWatchdog.dll "$package"/Samples~/HangOnPurpose/*.cs || end
holds "Tests compile without a warning" \
    compile -target:exe -out:LibWatchdog.Tests.exe \
    -r:UnityEngine.dll,UnityEditor.dll,nunit.framework.dll,LibWatchdog.dll,LibWatchdog.Editor.dll,Sample.dll \
    "$here"/*.cs "$package"/Tests/Runtime/*.cs || end

# ---- running ------------------------------------------------------------------------

run() { LD_LIBRARY_PATH=$library timeout -k 5 "$1" mono LibWatchdog.Tests.exe "${@:2}"; }

# begins FILE SECONDS ARGUMENTS…: a process whose output and exit code go to FILE.
begins() {
    {
        local code=0
        run "${@:2}" >"$1" 2>&1 || code=$?
        echo "$code" >"$1.code"
    } &
}

# ends NAME FILE: that process ends in time, and with code 7.
ends() {
    local code
    code=$(cat "$2.code")
    sed 's/^/  /' "$2" | head -n 30
    if [ "$code" = 7 ]; then pass "$1"; else fail "$1 (exit code $code)"; fi
}

# They sleep most of the time, so they sleep together.
groups=(hangs pauses scopes lives editor package)
rm -f "$logs"/*
for group in "${groups[@]}"; do begins "$logs/$group" 150 "$group"; done
for scenario in return exit quit; do begins "$logs/$scenario" 30 --child "$scenario"; done
for scenario in announced unannounced; do begins "$logs/$scenario" 150 --domains "$scenario"; done
wait

for group in "${groups[@]}"; do counts "$logs/$group" "$(cat "$logs/$group.code")"; done
ends "100 domain reloads while a watchdog runs and expires, and handlers run" "$logs/announced"
ends "40 domain reloads of which nothing is told before" "$logs/unannounced"
ends "main returns while a watchdog runs and the main thread hangs" "$logs/return"
ends "Environment.Exit while a watchdog runs and the main thread hangs" "$logs/exit"
ends "the application quits while a watchdog runs" "$logs/quit"
missing() { LD_LIBRARY_PATH='' timeout -k 5 20 mono LibWatchdog.Tests.exe --child missing; }
holds "without a native library nothing is watched, and that is said once" missing
end
