#!/usr/bin/env bash
# Holds `rust-version` of Cargo.toml: builds the library with exactly that Rust,
# Debian 12's own rustc and cargo. They are unpacked under target/msrv, never
# installed, so that the Rust in use stays as it is. The crates come from a
# vendored copy, for that cargo cannot read today's registry.

set -u
root=$(cd "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd) || exit
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck source=scripts/report.sh
. "$root/scripts/report.sh"
subject="rust-version is held"

work=$root/target/msrv
wanted=$(sed -n 's/^rust-version *= *"\([^"]*\)".*/\1/p' "$root/Cargo.toml")

# old PROGRAM ARGUMENT…: a program of that Rust.
old() {
    local program=$1
    shift
    env -u RUSTFLAGS -u RUSTDOCFLAGS -u RUSTC_WRAPPER -u RUSTUP_TOOLCHAIN -u CARGO_BUILD_TARGET \
        CARGO_HOME="$work/cargo-home" CARGO_TARGET_DIR="$work/build" CARGO_NET_OFFLINE=true \
        RUSTC="$tools/rustc" LD_LIBRARY_PATH="$libraries" "$tools/$program" "$@"
}

is_wanted() {
    tools=$1 libraries=${2:-}
    version=$(old rustc --version 2>/dev/null) || return 1
    case $version in "rustc $wanted" | "rustc $wanted".*) old cargo --version >/dev/null 2>&1 ;; *) false ;; esac
}

unpacked() {
    is_wanted "$work/root/usr/bin" "$work/root/usr/lib/$(gcc -dumpmachine 2>/dev/null)"
}

# What apt would have to install for them, to the folder of packages.
download() {
    local packages
    packages=$(LC_ALL=C apt-get -s --no-install-recommends install rustc cargo | awk '/^Inst / { print $2 }')
    # shellcheck disable=SC2086  # package names have no spaces
    [ -n "$packages" ] && (cd "$work/debs" && apt-get -q download $packages)
}

# Downloads rustc, cargo and what of theirs is not installed, and unpacks it.
unpack() {
    local offered deb
    if ! have apt-get || ! have dpkg-deb; then
        skip "no Rust $wanted here and no apt to download Debian 12's from"
    fi
    offered=$(apt_offers rustc)
    [ -n "$offered" ] || { apt_get update && offered=$(apt_offers rustc); }
    case $offered in
        "$wanted".*) ;;
        "") skip "apt knows no rustc; run 'apt-get update' as root" ;;
        *)
            if (. /etc/os-release && [ "${ID:-}${VERSION_ID:-}" = debian12 ]); then
                fail "rust-version ($wanted) is that of Debian 12 ($offered)"
                end
            fi
            skip "apt offers rustc $offered here; only Debian 12 has $wanted"
            ;;
    esac
    say "downloading Debian's rustc and cargo $wanted (apt, to target/msrv)…"
    rm -rf "$work/root" "$work/debs"
    mkdir -p "$work/root" "$work/debs"
    if ! download; then
        apt_get update # the list may name a version that is gone
        download || skip "Debian's rustc and cargo $wanted could not be downloaded"
    fi
    for deb in "$work"/debs/*.deb; do
        dpkg-deb -x "$deb" "$work/root" || skip "$deb cannot be unpacked"
    done
    rm -rf "$work/debs"
}

# A copy of the tree without what only tests and models need, its crates beside
# it. Its Cargo.lock is the project's own, less those crates.
prepare_tree() {
    local inputs
    rm -rf "$work/tree"
    mkdir -p "$work/tree/.cargo"
    (cd "$root" && tar -c --exclude=./target --exclude=./.git .) | tar -x -C "$work/tree" || return
    cd "$work/tree" || return
    awk '/^[ \t]*\[/ { drop = /dev-dependencies/ || /cfg\((loom|shuttle)\)/ } !drop' \
        "$root/Cargo.toml" >Cargo.toml
    grep -q '^\[workspace\]' Cargo.toml || printf '\n[workspace]\n' >>Cargo.toml
    # Version 4 only writes git addresses otherwise, and there are none.
    sed 's/^version = 4$/version = 3/' "$root/Cargo.lock" >Cargo.lock || return
    inputs=$(cat Cargo.toml Cargo.lock | cksum)
    if [ "$(cat "$work/vendor/.inputs" 2>/dev/null)" != "$inputs" ]; then
        rm -rf "$work/vendor"
        cargo vendor --offline "$work/vendor" >config.toml 2>vendor.log ||
            cargo vendor "$work/vendor" >config.toml 2>vendor.log || { cat vendor.log && return 1; }
        mkdir -p "$work/vendor" && cp Cargo.lock "$work/vendor/.lock"
        echo "$inputs" >"$work/vendor/.inputs"
    fi
    cp "$work/vendor/.lock" Cargo.lock
    printf '\n[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "%s"\n' \
        "$work/vendor" >>.cargo/config.toml
}

[ -n "$wanted" ] || { fail "Cargo.toml states a rust-version" && end; }
is_wanted /usr/bin || unpacked || { unpack && unpacked; } ||
    skip "the unpacked Rust $wanted does not run here"
echo "with $version from $tools"
pass "rust-version ($wanted) is that of the oldest Rust tried"
if prepare_tree && old cargo build --manifest-path "$work/tree/Cargo.toml" --lib --locked; then
    pass "the library builds with Rust $wanted"
else
    fail "the library builds with Rust $wanted"
fi
end
