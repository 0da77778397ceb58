"""What running a COMBINE archive leaves behind: reports as HDF5 and CSV, and a log.

The layout is that of BioSimulators: `reports.h5` with a data set a report at `LOCATION/ID`, `LOCATION/ID.csv`
beside it, and `log.yml`, written as JSON, which is YAML.
"""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np

from isthmus.errors import UsageError, Where
from isthmus.formats.atomic import write_atomically
from isthmus.records.archive_run import (
    FAILED,
    SUCCEEDED,
    ArchiveRun,
    DocumentRun,
    Failure,
    Floats,
    OutputRun,
    TaskRun,
)
from isthmus.report.json import render_json

_KINDS: Final = {"report": "SedReport", "plot2D": "SedPlot2D", "plot3D": "SedPlot3D"}


def write_archive_run(run: ArchiveRun, folder: Path) -> list[Path]:
    """Write the reports and the log into a folder, each file complete or not at all; return the files.

    Raises UsageError E-OUT where that is not possible.
    """
    files = {"log.yml": render_json(log_of(run)).encode(), "reports.h5": reports_hdf5(run)}
    for document in run.documents:
        for output in document.outputs:
            if output.failure is None:
                files[f"{document.location}/{_file_name(output.id)}.csv"] = report_csv(output).encode()
    written = []
    try:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)
            written.append(path)
    except OSError as error:
        raise UsageError(
            "E-OUT", f"cannot be written: {error.strerror}", needed="a folder", where=Where(str(folder))
        ) from None
    return written


def report_csv(output: OutputRun) -> str:
    """A report as CSV: a column a data set, headed by its label; short ones end in empty cells."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([row.label or row.id for row in output.rows])
    columns = [list(map(repr, row.values.tolist())) for row in output.rows]
    for i in range(max(map(len, columns), default=0)):
        writer.writerow([column[i] if i < len(column) else "" for column in columns])
    return stream.getvalue()


def reports_hdf5(run: ArchiveRun) -> bytes:
    """All reports and plots as one HDF5 file; what is shorter than the longest ends in NaN."""
    import h5py

    stream = BytesIO()
    with h5py.File(stream, "w") as file:
        for document in run.documents:
            done = [output for output in document.outputs if output.failure is None]
            if not done:
                continue
            group = file.require_group(document.location)
            group.attrs["uri"] = group.attrs["combineArchiveLocation"] = document.location
            for output in done:
                data = group.create_dataset(_file_name(output.id), data=_table(output))
                for name, value in _attributes(document, output).items():
                    data.attrs[name] = value
    return stream.getvalue()


def log_of(run: ArchiveRun) -> dict[str, Any]:
    """The log in the schema of BioSimulators, with our notes on each task."""
    return {
        "status": run.status,
        "exception": None,
        "skipReason": None,
        "output": None,
        "duration": run.seconds,
        "sedDocuments": [_document_log(document) for document in run.documents],
    }


def _document_log(document: DocumentRun) -> dict[str, Any]:
    return {
        "location": document.location,
        **_status(document.status, document.failure),
        "duration": document.seconds,
        "tasks": [_task_log(task) for task in document.tasks],
        "outputs": [_output_log(output) for output in document.outputs],
    }


def _task_log(task: TaskRun) -> dict[str, Any]:
    return {
        "id": task.id,
        **_status(task.status, task.failure),
        "duration": task.seconds,
        "algorithm": task.asked or None,
        "simulatorDetails": [{"key": "integrator", "value": task.used}] if task.used else None,
        "output": "\n".join(task.notes) or None,
    }


def _output_log(output: OutputRun) -> dict[str, Any]:
    parts = {"report": "dataSets", "plot2D": "curves", "plot3D": "surfaces"}[output.kind]
    return {
        "id": output.id,
        **_status(output.status, output.failure),
        parts: [{"id": row.id, "status": SUCCEEDED} for row in output.rows],
    }


def _status(status: str, failure: Failure | None) -> dict[str, Any]:
    exception = None if failure is None else {"type": failure.code, "message": failure.message}
    assert failure is None or status == FAILED
    return {"status": status, "exception": exception, "skipReason": None, "output": None, "duration": None}


def _table(output: OutputRun) -> Floats:
    longest = max((len(row.values) for row in output.rows), default=0)
    table = np.full((len(output.rows), longest), np.nan)
    for i, row in enumerate(output.rows):
        table[i, : len(row.values)] = row.values
    return table


def _attributes(document: DocumentRun, output: OutputRun) -> dict[str, Any]:
    rows = output.rows
    return {
        "_type": _KINDS[output.kind],
        "uri": f"{document.location}/{output.id}",
        "sedmlId": output.id,
        "sedmlName": output.name,
        "sedmlDataSetIds": [row.id for row in rows],
        "sedmlDataSetLabels": [row.label for row in rows],
        "sedmlDataSetNames": [row.name for row in rows],
        "sedmlDataSetDataTypes": ["float64"] * len(rows),
        "sedmlDataSetShapes": [str(len(row.values)) for row in rows],
    }


def _file_name(identifier: str) -> str:
    """An id as the name of a file; SED-ML ids are names, but nothing has checked that here."""
    return "".join(c if c.isalnum() or c in "_-." else "_" for c in identifier).lstrip(".") or "_"
