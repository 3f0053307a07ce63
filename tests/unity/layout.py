#!/usr/bin/env python3
"""Holds what Unity asks of a package's files: layout.py PROJECT PACKAGE…

The first package has a native library in every place."""

import hashlib
import json
import pathlib
import re
import sys

# What is expected of the plugins, written down apart from what writes the .meta files:
# player, its CPU, and the editor's system.
PLUGINS = {
    "Windows/x86_64/watchdog.dll": ("Standalone: Win64", "x86_64", "Windows"),
    "Windows/x86/watchdog.dll": ("Standalone: Win", "x86", None),
    "Linux/x86_64/libwatchdog.so": ("Standalone: Linux64", "x86_64", "Linux"),
    "macOS/libwatchdog.dylib": ("Standalone: OSXUniversal", "AnyCPU", "OSX"),
    "Android/arm64-v8a/libwatchdog.so": ("Android: Android", "ARM64", None),
    "iOS/libwatchdog.a": ("iPhone: iOS", "AnyCPU", None),
}
IMPORTERS = {".cs": "MonoImporter", ".asmdef": "AssemblyDefinitionImporter", ".md": "TextScriptImporter",
             ".dll": "PluginImporter", ".so": "PluginImporter", ".dylib": "PluginImporter", ".a": "PluginImporter"}
UNITYS = {"UnityEngine.TestRunner", "UnityEditor.TestRunner"}
PACKAGE = "com.libwatchdog.watchdog"

passed = failed = 0


def holds(name, problems):
    global passed, failed
    problems = list(problems)
    for problem in problems[:20]:
        print(" ", problem)
    if problems:
        failed += 1
    else:
        passed += 1
    print("not ok -" if problems else "ok -", name)


def seen(folder):
    """What Unity imports, and the samples, which are copied into a project."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not re.search(r"(^|/)\.|(^|/)(?!Samples~)[^/]*~(/|$)", name) and name != "Samples~":
            yield name, path


def metas(folder):
    return {name[:-5]: path.read_text() for name, path in seen(folder) if name.endswith(".meta")}


def guid(text):
    found = re.match(r"fileFormatVersion: 2\nguid: ([0-9a-f]{32})\n", text)
    return found and found.group(1)


def unpaired(folder):
    for name, path in seen(folder):
        if name.endswith(".meta"):
            if not (folder / name[:-5]).exists():
                yield f"no file for {name}"
        elif not (folder / (name + ".meta")).exists():
            yield f"no .meta for {name}"
        if path.is_dir() and not any(path.iterdir()):
            yield f"{name} is empty"


def wrong_importers(folder):
    for name, text in metas(folder).items():
        path = folder / name
        wanted = "DefaultImporter" if path.is_dir() else "PackageManifestImporter" if name == "package.json" \
            else IMPORTERS.get(path.suffix, "DefaultImporter")
        if f"\n{wanted}:\n" not in text:
            yield f"{name} has no {wanted}"
        if ("\nfolderAsset: yes\n" in text) != path.is_dir():
            yield f"{name}: folder or not?"


def bad_guids(all_metas):
    owners = {}
    for name, text in all_metas.items():
        if guid(text) is None:
            yield f"{name} has no GUID"
        owners.setdefault(guid(text), []).append(name)
    for number, names in owners.items():
        if len(names) > 1:
            yield f"{number} is of {names}"


def changed_guids(all_metas):
    """Each is made of its path. What is moved keeps its own: then it stands here."""
    moved = {}
    for name, text in all_metas.items():
        if guid(text) != moved.get(name, hashlib.md5(f"{PACKAGE}/{name}".encode()).hexdigest()):
            yield f"{name} has another GUID than it had"


def plugin_settings(text):
    """The blocks of platformData: {platform: {enabled: …, settings…}}"""
    blocks = {}
    for block in text.split("  - first:\n")[1:]:
        name = block.split("\n", 1)[0].strip()
        blocks[name] = dict(re.findall(r"^ +([\w ]+): (.*)$", block.split("second:", 1)[1], re.M))
    return blocks


def wrong_plugins(all_metas):
    found = {name[len("Runtime/Plugins/"):]: text for name, text in all_metas.items()
             if name.startswith("Runtime/Plugins/") and "PluginImporter" in text}
    if sorted(found) != sorted(PLUGINS):
        yield f"plugins are {sorted(found)}"
        return
    for name, (player, cpu, system) in PLUGINS.items():
        blocks = plugin_settings(found[name])
        enabled = {platform for platform, settings in blocks.items() if settings["enabled"] == "1"}
        wanted = {player} | ({"Editor: Editor"} if system else set())
        if enabled != wanted:
            yield f"{name} is for {enabled}"
        if blocks[player]["CPU"] != cpu:
            yield f"{name} is for {blocks[player]['CPU']}"
        if system and (blocks["Editor: Editor"]["OS"], blocks["Editor: Editor"]["CPU"]) != (system, cpu):
            yield f"{name} is for the editor on {blocks['Editor: Editor']}"
        excluded = {key[8:] for key, value in blocks[": Any"].items() if key.startswith("Exclude") and value == "1"}
        every = {key[8:] for key in blocks[": Any"] if key.startswith("Exclude")}
        if every - excluded != {platform.split(": ")[1] for platform in wanted}:
            yield f"{name} is not excluded from {every - excluded}"


def import_names(folder):
    """What DllImport asks for is what the plugins are called, on each system's rules."""
    asked = set()
    for name, path in seen(folder):
        if path.suffix == ".cs" and name.startswith("Runtime/Binding/"):
            text = path.read_text()
            asked |= set(re.findall(r'Library = "(.*?)"', text))
            if re.search(r'DllImport\("', text):
                yield f"{name} names a library outside of Native.cs"
        elif path.suffix == ".cs":
            for other in re.findall(r'DllImport\("(.*?)"', path.read_text()):
                if other != "kernel32":
                    yield f"{name} imports from {other}"
    if asked != {"watchdog", "__Internal"}:
        yield f"imports are from {asked}"
    for name in PLUGINS:
        file = pathlib.PurePath(name)
        stem = file.stem if file.suffix == ".dll" else file.stem[3:]
        if stem != "watchdog" or (file.suffix != ".dll" and not file.stem.startswith("lib")):
            yield f"{name} is not found as 'watchdog'"


def bad_manifest(folder, project):
    manifest = json.loads((folder / "package.json").read_text())
    if manifest["name"] != PACKAGE or not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+){2}", manifest["name"]):
        yield f"the name is {manifest['name']}"
    if not re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"]):
        yield f"the version is {manifest['version']}"
    if not re.fullmatch(r"20\d\d\.\d", manifest["unity"]):
        yield f"Unity is {manifest['unity']}"
    for key in ("displayName", "description", "license"):
        if not manifest.get(key):
            yield f"no {key}"
    for sample in manifest["samples"]:
        if not (folder / sample["path"]).is_dir() or not list((folder / sample["path"]).glob("*.cs")):
            yield f"no sample in {sample['path']}"
    for file in ("README.md", "CHANGELOG.md", "LICENSE.md", "LICENSE-MIT", "LICENSE-APACHE", "Documentation~/index.md"):
        if not (folder / file).is_file() or not (folder / file).read_text().strip():
            yield f"no {file}"
    if manifest["version"] not in (folder / "CHANGELOG.md").read_text():
        yield "CHANGELOG.md does not have the version"


def bad_assemblies(folder):
    found = {}
    for name, path in seen(folder):
        if path.suffix == ".asmdef":
            definition = json.loads(path.read_text())
            if definition["name"] in found or path.stem != definition["name"]:
                yield f"{name}: its name is {definition['name']}"
            found[definition["name"]] = (name, definition)
    for name, definition in found.values():
        for reference in definition["references"]:
            if reference not in found and reference not in UNITYS:
                yield f"{name}: there is no {reference}"
        if ("/Editor/" in "/" + name) != (definition["includePlatforms"] == ["Editor"]):
            yield f"{name}: is it for the editor alone?"
        if ("/Tests/" in "/" + name) != (definition["defineConstraints"] == ["UNITY_INCLUDE_TESTS"]):
            yield f"{name}: is it for tests alone?"
    folders = [str(pathlib.PurePosixPath(name).parent) + "/" for name, _ in found.values()]
    for name, path in seen(folder):
        if path.suffix == ".cs" and not any(name.startswith(one) for one in folders):
            yield f"{name} is in no assembly"
    friends = set(re.findall(r'InternalsVisibleTo\("(.*?)"\)', (folder / "Runtime/AssemblyInfo.cs").read_text()))
    for friend in friends - set(found):
        yield f"there is no {friend}"


def editor_code(folder):
    for name, path in seen(folder):
        if path.suffix == ".cs" and not name.startswith("Editor/") and "UnityEditor" in path.read_text():
            yield f"{name} uses the editor"


def main(project, *packages):
    source = pathlib.Path(project) / "bindings" / "unity"
    committed = metas(source)
    for number, folder in enumerate(map(pathlib.Path, packages)):
        which = "the full package: " if number == 0 else "the package with few libraries: "
        holds(which + "every file has its .meta, every .meta its file", unpaired(folder))
        holds(which + "the .metas are those that are committed",
              (name for name, text in metas(folder).items() if committed.get(name) != text))
        holds(which + "every .meta has the importer of its file", wrong_importers(folder))
    full = pathlib.Path(packages[0])
    holds("every committed .meta is used", set(committed) - set(metas(full)))
    holds("GUIDs are unique", bad_guids(committed))
    holds("GUIDs are what they always were", changed_guids(committed))
    holds("each native library is for its platform and no other", wrong_plugins(committed))
    holds("DllImport's name finds the library on every platform", import_names(full))
    holds("package.json is valid, and what it names is there", bad_manifest(full, project))
    holds("the assemblies have their names, and find each other", bad_assemblies(full))
    holds("the editor is used in Editor alone", editor_code(full))
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return failed > 0


sys.exit(main(*sys.argv[1:]))
