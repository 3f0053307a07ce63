# shellcheck shell=bash
# What ./demo and ./test share: talking to the person, finding Rust, installing
# what is missing. Sourced, with the project's folder in $root.

: "${root:?set by the script that sources this}"

# The library builds with the rust-version of Cargo.toml; what is asked for here
# is a cargo that can fetch its crates (1.70: the sparse index) and, for the
# tests, one that builds the crates which only the tests need.
# shellcheck disable=SC2034  # read by demo and test
RUST_TO_BUILD=1.70 RUST_TO_TEST=1.85

LOGS=$root/target/test-logs
mkdir -p "$LOGS"

export RUSTUP_AUTO_INSTALL=0 CARGO_TERM_COLOR=never
unset CDPATH

# Descriptor 3 is the person's screen, also where standard output is a log.
{ : >&3; } 2>/dev/null || exec 3>&1

say() { printf '%s\n' "$*" >&3; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# logged COMMAND…: its output matters only when it fails; it goes to the file $log.
logged() {
    "$@" >>"${log:?}" 2>&1 </dev/null 3>&- && return
    tail -n 40 "$log" >&2
    die "this failed: $* (all of it is in $log)"
}

have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/lib/wine/$1" ]; }

# version_at_least HAVE WANTED
version_at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# ---- installing -------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

is_installed() { dpkg -s "$1" >/dev/null 2>&1; }

# The version of a package that apt would install; nothing when it knows none.
apt_offers() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([^(]\)/\1/p'; }

# The Debian packages that bring a tool.
packages_of() {
    case $1 in
        cc | gcc) echo gcc libc6-dev ;;
        c++ | g++) echo g++ ;;
        ninja) echo ninja-build ;;
        *-w64-mingw32-g++-posix) echo mingw-w64 ;;
        llvm-*) echo llvm ;;
        mcs) echo mono-mcs ;;
        ping) echo iputils-ping ;;
        mono) echo mono-runtime libmono-system-core4.0-cil ;;
        x86_64-linux-gnu-gcc) echo gcc ;;
        aarch64-linux-gnu-g++) echo g++-aarch64-linux-gnu ;;
        qemu-aarch64) echo qemu-user ;;
        readelf | strip | nm) echo binutils ;;
        abidw | abidiff) echo abigail-tools ;;
        cargo-fmt) if is_installed rustc-web; then echo rustfmt-web; else echo rustfmt; fi ;;
        cargo-clippy) if is_installed rustc-web; then echo rust-web-clippy; else echo rust-clippy; fi ;;
        *) echo "$1" ;;
    esac
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Acquire::http::Timeout=30 "$@" \
        >>"$LOGS/apt.log" 2>&1 </dev/null 3>&-
}

# Installs Debian packages. What could not be installed is not tried again in
# the same run ($REFUSED is that run's memory).
apt_install() {
    local list
    if ! have apt-get || ! as_root true; then return 1; fi
    if [ -e "${REFUSED:=$LOGS/apt-refused}" ] && grep -qxF "$*" "$REFUSED"; then return 1; fi
    list=$(printf '%s, ' "$@")
    say "installing ${list%, } (apt)…"
    apt_get install "$@" && return
    apt_get update && apt_get install "$@" && return
    say "  that failed; apt's words are in $LOGS/apt.log"
    echo "$*" >>"$REFUSED"
    return 1
}

# ensure_tools TOOL…: true when all are there, else installs what is missing and
# leaves in $MISSING the words that name what to install.
ensure_tools() {
    local tool packages=() missing=()
    for tool; do
        have "$tool" && continue
        missing+=("$tool")
        # shellcheck disable=SC2207  # package names have no spaces
        packages+=($(packages_of "$tool"))
    done
    [ ${#missing[@]} = 0 ] && return
    if apt_install "${packages[@]}"; then
        hash -r
        return
    fi
    printf '%s\n' "${packages[@]}" >>"$LOGS/wanted-packages"
    # shellcheck disable=SC2034  # read by the callers
    MISSING="needs ${missing[*]}; as root: apt-get install ${packages[*]}"
    return 1
}

# ---- Rust -------------------------------------------------------------------

# rust_in FOLDER LEAST: cargo and rustc of that folder work and are new enough.
rust_in() {
    local tool version
    for tool in cargo rustc; do
        version=$(cd "$root" && "$1/$tool" --version 2>/dev/null) || return 1
        version=${version#* }
        version_at_least "${version%% *}" "$2" || return 1
    done
}

# ensure_rust LEAST: puts a cargo and rustc of at least that version first on
# the path, from rustup, from the system, or by installing Debian's.
ensure_rust() {
    local folder found
    found=$(command -v cargo) || found=
    for folder in "${found%/*}" "${CARGO_HOME:-$HOME/.cargo}/bin" /usr/bin; do
        [ -n "$folder" ] && rust_in "$folder" "$1" && break
        folder=
    done
    if [ -z "$folder" ]; then
        say "no cargo and rustc of at least $1 here"
        apt_install cargo-web rustc-web ca-certificates ||
            { version_at_least "$(apt_offers rustc)" "$1" && apt_install cargo rustc ca-certificates; }
        rust_in /usr/bin "$1" && folder=/usr/bin
    fi
    [ -n "$folder" ] || die "needs Rust $1 or newer: install Debian's packages" \
        "cargo-web and rustc-web (as root: apt-get install cargo-web rustc-web), or Rust from rustup"
    [ "$folder" = "${found%/*}" ] || PATH=$folder:$PATH
    # Debian's cargo and rustup's rustc do not mix.
    [ "$folder" != /usr/bin ] || unset RUSTUP_TOOLCHAIN RUSTC
    export PATH
    hash -r
}

# Debian's Rust and the source of its standard library, for scripts/cross-cargo, of a version
# whose options it uses; else $MISSING says what to install.
ensure_cross_rust() {
    local least=1.96
    [ -e /usr/lib/rustlib/src/rust/library/std ] && rust_in /usr/bin "$least" && return
    # shellcheck disable=SC2034  # read by the callers
    MISSING="needs Debian's cargo-web, rustc-web and rust-web-src, $least or newer"
    # Old lists, or some of them alone, name an older version.
    if have apt-get; then apt_get update; fi
    apt_install cargo-web rustc-web rust-web-src && rust_in /usr/bin "$least"
}

# Brings all crates of Cargo.lock onto this machine, once; from then on cargo
# stays off the network.
fetch_crates() {
    case ${CARGO_NET_OFFLINE:-} in true | 1) export CARGO_NET_OFFLINE=true && return ;; esac
    if ! (cd "$root" && cargo fetch --locked --offline) >"$LOGS/fetch.log" 2>&1; then
        say "fetching crates (cargo)…"
        if ! (cd "$root" && cargo fetch --locked) >"$LOGS/fetch.log" 2>&1; then
            cat "$LOGS/fetch.log" >&2
            die "the crates of Cargo.lock are not here and could not be fetched:" \
                "run 'cargo fetch --locked' once with a network"
        fi
    fi
    export CARGO_NET_OFFLINE=true
}
