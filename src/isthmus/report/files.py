"""What goes into the folder of a study, whichever door asked for it."""

from __future__ import annotations

from pathlib import Path

from isthmus.report.folder import Content, write_folder
from isthmus.report.html import render_html
from isthmus.report.json import render_json
from isthmus.study.recipe import Result


def write_result(target: str | Path, result: Result) -> Path:
    """Write all files of a result into `target`, complete or not at all; raises as `write_folder`."""
    return write_folder(target, result_files(result))


def result_files(result: Result) -> dict[str, Content]:
    """The files by name: a model, its Antimony and its curves only where something smaller was chosen."""
    study = result.study
    files: dict[str, Content] = {"full.xml": result.full_xml}
    if study.chosen > 0:
        files["reduced.xml"] = result.reduced_xml
        files["reduced.ant"] = result.reduced_ant
        if result.trajectories is not None:
            files["trajectories.nc"] = result.trajectories.write
    if study.certificate is not None:
        files["certificate.json"] = render_json(study.certificate.as_json())
        if study.certificate.counterexample is not None:
            files["counterexample.json"] = render_json(study.certificate.counterexample.as_json())
    files["study.json"] = render_json(study.as_json())
    files["report.html"] = render_html(study)
    return files
