# shellcheck shell=bash
# How the Unity package is put together. Sourced, with the project's folder in $root.
#
# bindings/unity has what is the package's own, and the .meta of everything in it. What has its
# place elsewhere is put in here: the C# binding, the licences, and the native libraries. Unity
# complains of a .meta without its file, and of a folder that is empty; so what has no library
# has no .meta either, and gets the same one again as soon as there is a library.

: "${root:?}"

# shellcheck disable=SC2034  # read by packages.sh
UNITY_PACKAGE=com.libwatchdog.watchdog

# unity_assemble FOLDER [PLACE=LIBRARY…]: PLACE as in bindings/unity/Runtime/Plugins, without
# .meta. Fails when something has no .meta, for Unity would ignore it.
unity_assemble() {
    local folder=$1 pair place file before
    shift
    rm -rf "${folder:?}"
    mkdir -p "$folder" || return
    cp -R "$root/bindings/unity/." "$folder/" &&
        cp "$root"/bindings/csharp/*.cs "$folder/Runtime/Binding/" &&
        cp "$root"/LICENSE-* "$folder/" || return
    for pair; do
        place=$folder/Runtime/Plugins/${pair%%=*}
        [ -e "$place.meta" ] || { echo "no place for a native library: ${pair%%=*}" && return 1; }
        cp -L "${pair#*=}" "$place" && chmod 644 "$place" || return
    done
    before=
    while [ "$before" != "$(find "$folder" | wc -l)" ]; do
        before=$(find "$folder" | wc -l)
        find "$folder" -name '*.meta' -print0 | while IFS= read -r -d '' file; do
            [ -e "${file%.meta}" ] || rm "$file"
        done
        find "$folder" -type d -empty -delete
    done
    find "$folder" -mindepth 1 ! -name '*.meta' ! -name '*~' ! -path '*/Documentation~/*' -print |
        while IFS= read -r file; do
            [ -e "$file.meta" ] || { echo "no .meta: ${file#"$folder/"}; run scripts/unity-metas.py" && exit 1; }
        done
}

# unity_version: of the package, which is that of Cargo.toml.
unity_version() { sed -n 's/^ *"version": "\(.*\)",$/\1/p' "$root/bindings/unity/package.json"; }

# unity_publish FOLDER BRANCH: commits a package that is put together to a branch of its own,
# for projects that install from git. Touches no file of the work tree.
unity_publish() {
    local index parents=() tree commit
    index=$(mktemp -u)
    if git -C "$root" rev-parse -q --verify "refs/heads/$2" >/dev/null; then parents=(-p "refs/heads/$2"); fi
    GIT_INDEX_FILE=$index git -C "$root" --work-tree="$1" add -f -A . &&
        tree=$(GIT_INDEX_FILE=$index git -C "$root" write-tree) &&
        commit=$(git -C "$root" commit-tree "$tree" "${parents[@]}" -m "The Unity package, $(unity_version)") &&
        git -C "$root" update-ref "refs/heads/$2" "$commit"
    rm -f "$index"
}
