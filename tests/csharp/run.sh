#!/usr/bin/env bash
# The C# binding: compiled once, and run on Mono, on Mono compiled ahead of time, and on
# .NET Core 3.1. Installs what is missing, once; what is no Debian package goes to
# target/csharp.
#
#   tests/csharp/run.sh [RUNTIME…]      mono, aot, dotnet; windows: .NET Core under Wine

set -u
root=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd) || exit
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/report.sh
. "$root/scripts/report.sh"
subject="the C# binding"

work=$root/target/csharp
export WD_TEST_EXPORTS=$root/tests/exports.txt
mkdir -p "$work/bin"

# ---- what it takes ----------------------------------------------------------------

[ "$(uname -s)" = Linux ] || skip "tried on Linux alone"
if ! have mcs || ! have mono || [ ! -e /usr/lib/mono/4.5/System.Core.dll ]; then
    apt_install mono-mcs mono-runtime libmono-system-core4.0-cil ||
        skip "needs mcs and mono; as root: apt-get install mono-mcs mono-runtime libmono-system-core4.0-cil"
fi

# .NET Core 3.1, which the PyPI package dotnetcore2 carries.
ensure_dotnet() {
    local url=https://files.pythonhosted.org/packages
    dotnet=$work/dotnet/dotnetcore2/bin/dotnet
    [ -x "$dotnet" ] && return
    [ "$(uname -m)" = x86_64 ] && have python3 || return 1
    say "downloading .NET Core 3.1 (PyPI's dotnetcore2, to target/csharp)…"
    rm -rf "$work/dotnet" "$work/wheel"
    python3 -m pip download -q --no-deps --disable-pip-version-check --timeout 30 \
        --only-binary :all: --platform manylinux1_x86_64 -d "$work/wheel" dotnetcore2==3.1.23 ||
        curl -fsSL --create-dirs -m 120 -o "$work/wheel/dotnetcore2.whl" \
            "$url/py3/d/dotnetcore2/dotnetcore2-3.1.23-py3-none-manylinux1_x86_64.whl" || return 1
    python3 -m zipfile -e "$work"/wheel/*.whl "$work/dotnet" && chmod +x "$dotnet"
}

# The same for Windows, which Wine runs; with the library that WD_TEST_WINDOWS_LIBRARY, a
# folder, has.
ensure_dotnet_for_windows() {
    [ -n "${WD_TEST_WINDOWS_LIBRARY:-}" ] && have wine64 || return
    dotnet_exe=$work/dotnet-windows/dotnetcore2/bin/dotnet.exe
    [ -e "$dotnet_exe" ] && return
    say "downloading .NET Core 3.1 for Windows (PyPI's dotnetcore2, to target/csharp)…"
    rm -rf "$work/dotnet-windows" "$work/wheel-windows"
    python3 -m pip download -q --no-deps --disable-pip-version-check --timeout 30 \
        --only-binary :all: --platform win_amd64 -d "$work/wheel-windows" dotnetcore2==3.1.23 &&
        python3 -m zipfile -e "$work"/wheel-windows/*.whl "$work/dotnet-windows"
}

# ---- building ---------------------------------------------------------------------

# compile WHAT OPTIONS…
compile() { mcs -nologo -langversion:7.2 -warn:4 -warnaserror -optimize "$@"; }

cd "$root" && cargo build --locked --lib || exit
library=${CARGO_TARGET_DIR:-$root/target}/debug
cd "$work/bin" || exit
# Of C# 7.3, which old Unity has, this compiler knows 7.2. A missing comment is a warning.
if compile -target:library -out:LibWatchdog.dll -doc:LibWatchdog.xml "$root"/bindings/csharp/*.cs; then
    pass "the binding compiles as C# 7, all of it documented, without a warning"
else
    fail "the binding compiles as C# 7, all of it documented, without a warning"
    end
fi
compile -target:exe -out:Tests.exe -r:LibWatchdog.dll "$root"/tests/csharp/*.cs || exit

# The example of its README.
sed -n '/^```csharp$/,/^```$/{//!p}' "$root/bindings/csharp/README.md" >Example.cs
if compile -target:exe -out:Example.exe -r:LibWatchdog.dll Example.cs; then
    pass "the example of its README compiles"
else
    fail "the example of its README compiles"
fi

version() { sed -n "s/^ *$2\([0-9.]*\).*/\1/p" "$root/$1" | head -n 1; }
if [ "$(version Cargo.toml 'version = "')" = "$(version bindings/csharp/LibWatchdog.csproj '<Version>')" ]; then
    pass "the package has the version of Cargo.toml"
else
    fail "the package has the version of Cargo.toml"
fi

# ---- running ----------------------------------------------------------------------

run_mono() { LD_LIBRARY_PATH=$library timeout -k 5 "$1" mono Tests.exe "${@:2}"; }

run_aot() {
    LD_LIBRARY_PATH=$library MONO_PATH=$work/aot timeout -k 5 "$1" mono --full-aot "$work/aot/Tests.exe" "${@:2}"
}

run_dotnet() {
    LD_LIBRARY_PATH=$library DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 timeout -k 5 "$1" "$dotnet" "$work/core/Tests.dll" "${@:2}"
}

run_windows() {
    DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 timeout -k 5 "$1" \
        "$root/scripts/wine" "$WD_TEST_WINDOWS_LIBRARY" "$dotnet_exe" "$work/core/Tests.dll" "${@:2}"
}

# Everything that the tests refer to, compiled ahead of time: Mono's library is large, and
# compiled once.
prepare_aot() {
    mkdir -p "$work/aot"
    if [ ! -e "$work/aot/mscorlib.dll.so" ] || ! cmp -s /usr/lib/mono/4.5/mscorlib.dll "$work/aot/mscorlib.dll"; then
        say "compiling mscorlib ahead of time (mono, once)…"
        cp /usr/lib/mono/4.5/mscorlib.dll "$work/aot/" &&
            (cd "$work/aot" && MONO_PATH=. mono --aot=full mscorlib.dll >mscorlib.log 2>&1) || return
    fi
    cp LibWatchdog.dll Tests.exe "$work/aot/" &&
        (cd "$work/aot" && MONO_PATH=. mono --aot=full LibWatchdog.dll && MONO_PATH=. mono --aot=full Tests.exe)
}

prepare_dotnet() {
    mkdir -p "$work/core"
    cp LibWatchdog.dll "$work/core/" && cp Tests.exe "$work/core/Tests.dll" || return
    cat >"$work/core/Tests.runtimeconfig.json" <<'JSON'
{ "runtimeOptions": { "framework": { "name": "Microsoft.NETCore.App", "version": "3.1.0" } } }
JSON
}

# ends RUNTIME SCENARIO NAME [SECONDS [OPTION]]: a process of its own, which ends in time
# and with code 7.
ends() {
    local code=0
    "run_$1" "${4:-20}" "${5:---child}" "$2" >"$work/out" 2>&1 || code=$?
    if [ "$code" = 7 ]; then
        pass "$1: $3"
    else
        sed 's/^/  /' "$work/out" | head -n 30
        fail "$1: $3 (exit code $code)"
    fi
}

says() { if LC_ALL=C grep -q -e "$2" "$work/out"; then pass "$1"; else fail "$1"; fi; }

# tests RUNTIME: all tests on it.
tests() {
    local code=0 line name=näme
    [ "$1" != windows ] || name='n.*me' # its console has letters of its own
    "run_$1" 100 "${1/windows/dotnet}" >"$work/out" 2>&1 || code=$?
    tr -d '\r' <"$work/out" >"$work/lines" && mv "$work/lines" "$work/out"
    while IFS= read -r line; do
        case $line in
            "ok - "*) passed=$((passed + 1)) && echo "$line" ;;
            "not ok - "*) failed=$((failed + 1)) && echo "$line" ;;
            *" passed, "*) code=$((code == 1 && failed > 0 ? 0 : code)) && echo "# $line" ;;
            *) echo "  $line" ;;
        esac
    done <"$work/out"
    grep -q '^[0-9]* passed, ' "$work/out" || code=99
    [ "$code" = 0 ] || fail "$1: the tests come to their end (exit code $code)"

    ends "$1" return "main returns while handlers run"
    ends "$1" exit "Environment.Exit while handlers run"
    ends "$1" exit-in-handler "Environment.Exit inside a handler"
    ends "$1" stuck "main returns while a handler is stuck"
    ends "$1" pull "main returns while threads take events"
    ends "$1" waits "main returns while threads wait"
    ends "$1" non-daemon "main returns and what is no daemon keeps the process until it is stopped"
    says "$1: what is no daemon ran on" "stopped after main has returned"
    ends "$1" non-daemon-exit "Environment.Exit ends what is no daemon too"
    ends "$1" exit-with-lock "Environment.Exit while a thread has the binding's lock"
    ends "$1" stderr "an exception in a handler ends nothing"
    says "$1: it is written to standard error" "$name: an exception in a handler: .*on purpose"
    ends "$1" last-resort "a last resort ends a process whose handler is stuck"
}

domains() {
    ends "$1" push "100 application domains are unloaded while handlers run" 60 --domains
    ends "$1" pull "100 application domains are unloaded while threads take events" 60 --domains
    ends "$1" waits "100 application domains are unloaded while threads wait" 60 --domains
}

[ $# -gt 0 ] || set -- mono aot dotnet
for runtime; do
    subject="the C# binding on $runtime"
    case $runtime in
        mono)
            tests mono
            domains mono
            ;;
        aot)
            if prepare_aot >"$work/aot.log" 2>&1; then
                tests aot
            else
                tail -n 20 "$work/aot.log"
                fail "aot: it compiles ahead of time"
            fi
            ;;
        windows)
            if ensure_dotnet_for_windows >"$work/dotnet.log" 2>&1 && prepare_dotnet; then
                tests windows
            else
                echo "skip - $subject: needs wine64, PyPI's dotnetcore2 for Windows, and WD_TEST_WINDOWS_LIBRARY" &&
                    skipped=$((skipped + 1))
            fi
            ;;
        dotnet)
            if ensure_dotnet >"$work/dotnet.log" 2>&1 && prepare_dotnet; then
                tests dotnet
            else
                echo "skip - $subject: PyPI's dotnetcore2 cannot be had here" && skipped=$((skipped + 1))
            fi
            ;;
    esac
done
end
