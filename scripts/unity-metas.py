#!/usr/bin/env python3
"""Writes the .meta files of bindings/unity that are missing. Those that are there stay as they
are: a GUID that was given out once must not change. The GUID of a new one is made from its
path.

    scripts/unity-metas.py          writes what is missing, and names it
"""

import hashlib
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "bindings" / "unity"
PACKAGE = "com.libwatchdog.watchdog"

# What is put in when the package is made: see scripts/unity.sh.
PLUGINS = {
    # path: platforms of the player with their CPU, and of the editor with its system and CPU
    "Windows/x86_64/watchdog.dll": ({"Standalone: Win64": "x86_64"}, ("Windows", "x86_64")),
    "Windows/x86/watchdog.dll": ({"Standalone: Win": "x86"}, None),
    "Linux/x86_64/libwatchdog.so": ({"Standalone: Linux64": "x86_64"}, ("Linux", "x86_64")),
    "macOS/libwatchdog.dylib": ({"Standalone: OSXUniversal": "AnyCPU"}, ("OSX", "AnyCPU")),
    "Android/arm64-v8a/libwatchdog.so": ({"Android: Android": "ARM64"}, None),
    "iOS/libwatchdog.a": ({"iPhone: iOS": "AnyCPU"}, None),
}
LICENSES = ["LICENSE-APACHE", "LICENSE-MIT"]

PLATFORMS = ["Android: Android", "Standalone: Linux64", "Standalone: OSXUniversal", "Standalone: Win",
             "Standalone: Win64", "iPhone: iOS"]

TAIL = "  userData: \n  assetBundleName: \n  assetBundleVariant: \n"
IMPORTERS = {
    ".cs": "MonoImporter:\n  externalObjects: {}\n  serializedVersion: 2\n  defaultReferences: []\n"
           "  executionOrder: 0\n  icon: {instanceID: 0}\n",
    ".asmdef": "AssemblyDefinitionImporter:\n  externalObjects: {}\n",
    ".md": "TextScriptImporter:\n  externalObjects: {}\n",
}


def importer(path, is_folder):
    if is_folder:
        return "folderAsset: yes\nDefaultImporter:\n  externalObjects: {}\n" + TAIL
    if path == "package.json":
        return "PackageManifestImporter:\n  externalObjects: {}\n" + TAIL
    if path.startswith("Runtime/Plugins/"):
        return plugin(*PLUGINS[path[len("Runtime/Plugins/"):]])
    suffix = pathlib.PurePath(path).suffix
    return IMPORTERS.get(suffix, "DefaultImporter:\n  externalObjects: {}\n") + TAIL


def plugin(players, editor):
    def block(name, enabled, settings):
        lines = f"  - first:\n      {name}\n    second:\n      enabled: {enabled}\n      settings:"
        if not settings:
            return lines + " {}\n"
        return lines + "\n" + "".join(f"        {key}: {value}\n" for key, value in settings.items())

    excluded = {"Exclude " + name.split(": ")[1]: 0 if name in players else 1 for name in PLATFORMS}
    excluded["Exclude Editor"] = 0 if editor else 1
    text = ("PluginImporter:\n  externalObjects: {}\n  serializedVersion: 2\n  iconMap: {}\n"
            "  executionOrder: {}\n  defineConstraints: []\n  isPreloaded: 0\n  isOverridable: 0\n"
            "  isExplicitlyReferenced: 0\n  validateReferences: 1\n  platformData:\n")
    text += block(": Any", 0, dict(sorted(excluded.items())))
    for name in PLATFORMS:
        cpu = players.get(name, "AnyCPU" if name == "iPhone: iOS" else "ARMv7" if name.startswith("Android") else "None")
        settings = {"CPU": cpu}
        if name == "iPhone: iOS":
            settings = {"AddToEmbeddedBinaries": "false", "CPU": cpu, "CompileFlags": "", "FrameworkDependencies": ""}
        text += block(name, 1 if name in players else 0, settings)
        if name == "Android: Android":
            text += block("Any: ", 0, {})
            system, cpu = editor or ("AnyOS", "AnyCPU")
            text += block("Editor: Editor", 1 if editor else 0,
                          {"CPU": cpu, "DefaultValueInitialized": "true", "OS": system})
    return text + TAIL


def hidden(path):
    """Unity does not look at these. Samples are copied into a project, with their .metas."""
    return any(part.startswith(".") or part.endswith("~") and part != "Samples~" for part in path.split("/")) \
        or path == "Samples~"


def assets():
    """All that the made package has, with whether it is a folder."""
    found = {}

    def add(path, is_folder=False):
        found[path] = is_folder
        for parent in pathlib.PurePosixPath(path).parents:
            if str(parent) != ".":
                found[str(parent)] = True

    for path in sorted(SOURCE.rglob("*")):
        if path.suffix != ".meta" and path.is_file():
            add(path.relative_to(SOURCE).as_posix())
    for path in (ROOT / "bindings" / "csharp").glob("*.cs"):
        add("Runtime/Binding/" + path.name)
    for path in PLUGINS:
        add("Runtime/Plugins/" + path)
    for path in LICENSES:
        add(path)
    return {path: is_folder for path, is_folder in sorted(found.items()) if not hidden(path)}


def main():
    for path, is_folder in assets().items():
        meta = SOURCE / (path + ".meta")
        if meta.exists():
            continue
        guid = hashlib.md5(f"{PACKAGE}/{path}".encode()).hexdigest()
        meta.parent.mkdir(parents=True, exist_ok=True)
        meta.write_text(f"fileFormatVersion: 2\nguid: {guid}\n" + importer(path, is_folder), newline="\n")
        print(meta.relative_to(ROOT))


main()
