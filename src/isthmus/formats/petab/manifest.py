"""The YAML file of a problem: which version, and which files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from isthmus.errors import ModelError, UnsupportedFeature, Where

LARGEST_MANIFEST: Final = 1_000_000
_DEEPEST: Final = 20
_KINDS: Final = ("parameter", "condition", "experiment", "measurement", "observable", "mapping")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a problem. tables: kind ("parameter", "condition", …) → files, in order."""

    path: Path
    version: int
    model: Path
    tables: Mapping[str, tuple[Path, ...]]


def read_manifest(path: Path) -> Manifest:
    """Read the YAML file; ModelError for what is none, UnsupportedFeature for what is not handled."""
    document = _document(path)
    version = str(document.get("format_version", "")).split(".")[0]
    if version not in ("1", "2"):
        found = f"format_version {document.get('format_version')!r}"
        raise _refused(found, "PEtab version 1 or 2", path)
    _refuse_extensions(document, path)
    return _version_one(document, path) if version == "1" else _version_two(document, path)


def _document(path: Path) -> Mapping[str, Any]:
    import yaml

    where = Where(str(path))
    try:
        data = path.read_bytes()[: LARGEST_MANIFEST + 1]
    except OSError as error:
        advice = "the YAML file of a PEtab problem"
        raise ModelError("E-FILE", f"cannot be read: {error.strerror}", needed=advice, where=where) from None
    if len(data) > LARGEST_MANIFEST:
        raise ModelError(
            "E-TOO-LARGE", "a larger file", needed=f"at most {LARGEST_MANIFEST:,} bytes", where=where
        )
    try:
        depth = 0
        for event in yaml.parse(data, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
                mark = event.start_mark
                place = Where(str(path), mark.line + 1, mark.column + 1) if mark else where
                found = "an alias" if isinstance(event, yaml.AliasEvent) else "lists in lists in lists"
                raise ModelError("E-PETAB", found, needed="plain keys, lists and names", where=place)
        document = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = Where(str(path), mark.line + 1, mark.column + 1) if mark else where
        reason = getattr(error, "problem", None) or "not text"
        raise ModelError("E-PETAB", f"no YAML: {reason}", needed="a PEtab problem", where=place) from None
    if not isinstance(document, dict):
        found = "an empty file" if document is None else "no keys with values"
        raise _refused(found, "the YAML file of a PEtab problem, with keys such as format_version", path)
    return document


def _refuse_extensions(document: Mapping[str, Any], path: Path) -> None:
    extensions = document.get("extensions") or {}
    if not isinstance(extensions, dict):
        raise _refused("extensions that are no mapping", "names and their settings", path)
    for name, settings in extensions.items():
        if not isinstance(settings, dict) or settings.get("required", True):
            raise UnsupportedFeature(
                "E-PETAB-FEATURE",
                f"the extension {name!r}",
                needed="a problem without required extensions",
                where=Where(str(path)),
            )


def _version_one(document: Mapping[str, Any], path: Path) -> Manifest:
    problems = document.get("problems")
    if not isinstance(problems, list) or not all(isinstance(p, dict) for p in problems) or not problems:
        raise _refused("no list of problems", "one problem", path)
    if len(problems) > 1:
        raise UnsupportedFeature(
            "E-PETAB-FEATURE",
            f"{len(problems)} problems in one file",
            needed="one problem",
            advice="one YAML file for each of them",
            where=Where(str(path)),
        )
    problem = problems[0]
    models = _files(problem.get("sbml_files"), "sbml_files", path)
    tables = {kind: _files(problem.get(f"{kind}_files"), f"{kind}_files", path) for kind in _KINDS[1:]}
    tables["parameter"] = _files(document.get("parameter_file"), "parameter_file", path)
    return Manifest(path, 1, _only(models, "sbml_files", path), tables)


def _version_two(document: Mapping[str, Any], path: Path) -> Manifest:
    models = document.get("model_files")
    if not isinstance(models, dict) or not all(isinstance(m, dict) for m in models.values()):
        raise _refused("no model_files", "model_files: {name: {language: sbml, location: FILE}}", path)
    for name, model in models.items():
        if model.get("language") != "sbml":
            raise UnsupportedFeature(
                "E-PETAB-FEATURE",
                f"model {name!r} in the language {model.get('language')!r}",
                needed="sbml",
                where=Where(str(path)),
            )
    locations = _files([model.get("location") for model in models.values()], "model_files", path)
    tables = {kind: _files(document.get(f"{kind}_files"), f"{kind}_files", path) for kind in _KINDS}
    return Manifest(path, 2, _only(locations, "model_files", path), tables)


def _only(paths: tuple[Path, ...], key: str, path: Path) -> Path:
    if len(paths) == 1:
        return paths[0]
    raise UnsupportedFeature(
        "E-PETAB-FEATURE",
        f"{len(paths)} models in {key}",
        needed="one model",
        advice="one YAML file for each model",
        where=Where(str(path)),
    )


def _files(found: Any, key: str, path: Path) -> tuple[Path, ...]:
    """The paths that a key lists; nothing outside the folder of the YAML file is opened."""
    names = [] if found is None else found if isinstance(found, list) else [found]
    paths: list[Path] = []
    folder = path.parent.resolve()
    for name in names:
        if not isinstance(name, str) or not name:
            raise _refused(f"{name!r} in {key}", "names of files", path)
        if "://" in name or "\0" in name or not (folder / name).resolve().is_relative_to(folder):
            raise ModelError(
                "E-PETAB-PATH",
                f"{name!r} in {key}",
                needed="files in the folder of the problem",
                advice="copy the file beside the YAML file",
                where=Where(str(path)),
            )
        paths.append(path.parent / name)
    return tuple(paths)


def _refused(found: str, needed: str, path: Path) -> ModelError:
    return ModelError("E-PETAB", found, needed=needed, where=Where(str(path)))
