"""Running a COMBINE archive: its SED-ML files, their tasks, and the data that their outputs want."""

from __future__ import annotations

import os
from collections.abc import Mapping
from time import perf_counter

from isthmus.errors import IsthmusError, ModelError, UnsupportedFeature, Where
from isthmus.formats.combine import open_archive, open_sedml
from isthmus.formats.omex import Archive
from isthmus.formats.sedml import DataGenerator, Output, SedDocument
from isthmus.records.archive_run import ArchiveRun, DocumentRun, Failure, Floats, OutputRun, Row, TaskRun
from isthmus.records.progress import Progress, ignore_progress
from isthmus.study.data_generator import generate
from isthmus.study.sedml_task import Curves, TaskRunner


def run_archive(path: str | os.PathLike[str], progress: Progress = ignore_progress) -> ArchiveRun:
    """Run the SED-ML files of an archive: the master where one is named, else all.

    What fails does so alone: other tasks are run and other reports are made. Raises ModelError E-OMEX for
    what is no archive, or one without SED-ML.
    """
    begun = perf_counter()
    archive = open_archive(path)
    if not archive.starts:
        raise ModelError(
            "E-OMEX",
            "an archive without a SED-ML file",
            needed="something to run",
            advice="isthmus simulate runs a model alone",
            where=Where(os.fspath(path)),
        )
    documents = tuple(_run_document(archive, content.location, progress) for content in archive.starts)
    return ArchiveRun(os.fspath(path), documents, perf_counter() - begun)


def _run_document(archive: Archive, location: str, progress: Progress) -> DocumentRun:
    begun = perf_counter()
    try:
        document = open_sedml(archive.files[location], location)
    except ModelError as error:
        return DocumentRun(location, failure=_failure(error))
    runner = TaskRunner(archive, location, document)
    tasks: list[TaskRun] = []
    curves: dict[str, Curves] = {}
    for done, task in enumerate(document.tasks):
        progress(f"task {task.id} of {location}", done, len(document.tasks))
        run, found = runner.run(task)
        tasks.append(run)
        if found is not None:
            curves[task.id] = found
    for part in document.unsupported:
        where = Where(location, part.line, 0, f"{part.kind} '{part.id}'")
        refused = UnsupportedFeature("E-SEDML-FEATURE", part.what, where=where)
        tasks.append(TaskRun(part.id, "", failure=_failure(refused)))
    outputs = tuple(_output(document, output, curves) for output in document.outputs)
    return DocumentRun(location, tuple(tasks), outputs, perf_counter() - begun)


def _output(document: SedDocument, output: Output, curves: Mapping[str, Curves]) -> OutputRun:
    generators = {generator.id: generator for generator in document.generators}
    try:
        rows = []
        for data_set in output.sets:
            values = _values(generators.get(data_set.generator), data_set.generator, curves)
            name = data_set.name or generators[data_set.generator].name
            rows.append(Row(data_set.id, data_set.label, name, values))
    except IsthmusError as error:
        return OutputRun(output.id, output.name, output.kind, failure=_failure(error))
    return OutputRun(output.id, output.name, output.kind, tuple(rows))


def _values(generator: DataGenerator | None, name: str, curves: Mapping[str, Curves]) -> Floats:
    if generator is None:
        raise ModelError("E-SEDML", f"an output of {name!r}, which is no data generator")
    return generate(generator, curves)


def _failure(error: IsthmusError) -> Failure:
    return Failure(error.code, str(error), error.exit_code)
