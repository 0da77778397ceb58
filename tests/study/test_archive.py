"""Running a COMBINE archive: against closed forms, against a direct run, and against published reports."""

import json
import os
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from tests.formats.combine_archives import COURSE, MATH, TASK, archive, manifest, sedml

from isthmus.cli.biosimulators import main
from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.formats.sedml import AlgorithmParameter
from isthmus.records.archive_run import ArchiveRun
from isthmus.report.archive import log_of, report_csv, reports_hdf5, write_archive_run
from isthmus.study.archive import run_archive
from isthmus.study.kisao import RELATIVE_TOLERANCE, choose_integrator

# The runs are made with rtol 1e-9 of each state's own peak; a decay loses nothing of it.
CLOSE = 1e-7


def run(folder: Path, text: str = "", **files: str | bytes) -> ArchiveRun:
    path = folder / "x.omex"
    path.write_bytes(archive({"run.sedml": text or sedml(), **files}))
    return run_archive(path)


def rows(done: ArchiveRun, output: int = 0) -> dict[str, np.ndarray]:
    return {row.id: row.values for row in done.documents[0].outputs[output].rows}


@pytest.mark.parametrize("algorithm", ["0000019", "0000283", "0000304", "0000288", "0000088"])
def test_a_decay_is_what_the_formula_says(tmp_path: Path, algorithm: str) -> None:
    """A(t) = 3 exp(−k t) with k changed from 1/2 to 1/4; its rate is c k A; output from 1 to 5."""
    done = run(tmp_path, sedml().replace("0000019", algorithm))
    assert done.status == "SUCCEEDED" and done.exit_code == 0
    times = np.linspace(1, 5, 9)
    expected = 3 * np.exp(-times / 4)
    found = rows(done)
    np.testing.assert_array_equal(found["d_time"], times)
    np.testing.assert_allclose(found["d_A"], expected, rtol=CLOSE)
    np.testing.assert_allclose(found["d_rate"], 2 * 0.25 * expected, rtol=CLOSE)
    np.testing.assert_allclose(found["d_double"], 2 * expected + 1, rtol=CLOSE)
    np.testing.assert_array_equal(rows(done, 1)["g_A"], found["d_A"])


def test_an_algorithm_that_is_replaced_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, sedml().replace("0000019", "0000088"))
    (task,) = done.documents[0].tasks
    assert task.used == "ndf" and "LSODA" in task.notes[0] and "instead" in task.notes[0]
    assert "LSODA" in log_of(done)["sedDocuments"][0]["tasks"][0]["output"]


def test_a_shifted_start_of_a_model_that_knows_no_time(tmp_path: Path) -> None:
    course = COURSE.replace('initialTime="0"', 'initialTime="1"')
    found = rows(run(tmp_path, sedml(course=course)))
    np.testing.assert_allclose(found["d_A"], 3 * np.exp(-(found["d_time"] - 1) / 4), rtol=CLOSE)


def test_a_model_made_from_another(tmp_path: Path) -> None:
    change = '<changeAttribute newValue="1" target="//sbml:parameter[@id=\'k\']/@value"/>'
    models = f'<model id="n" source="#m"><listOfChanges>{change}</listOfChanges></model>'
    text = sedml(models=models, tasks=TASK.replace('"m"', '"n"'))
    np.testing.assert_allclose(
        rows(run(tmp_path, text))["d_A"], 3 * np.exp(-np.linspace(1, 5, 9)), rtol=CLOSE
    )


def test_what_fails_fails_alone(tmp_path: Path) -> None:
    """A stochastic and a repeated task are refused by name; the first report is made all the same."""
    stochastic = COURSE.replace('id="sim"', 'id="ssa"').replace("0000019", "0000029")
    tasks = TASK + '<task id="random" modelReference="m" simulationReference="ssa"/><repeatedTask id="scan"/>'
    generator = (
        f'<dataGenerator id="g_random">{MATH}<ci>v</ci></math><listOfVariables>'
        '<variable id="v" symbol="urn:sedml:symbol:time" taskReference="random"/>'
        "</listOfVariables></dataGenerator>"
    )
    output = (
        '<report id="second"><listOfDataSets><dataSet id="d" label="l" dataReference="g_random"/>'
        "</listOfDataSets></report>"
    )
    done = run(tmp_path, sedml(course=COURSE + stochastic, tasks=tasks, generators=generator, outputs=output))
    document = done.documents[0]
    assert [task.status for task in document.tasks] == ["SUCCEEDED", "FAILED", "FAILED"]
    assert [task.failure.code for task in document.tasks if task.failure] == ["E-KISAO", "E-SEDML-FEATURE"]
    assert [output.status for output in document.outputs] == ["SUCCEEDED", "SUCCEEDED", "FAILED"]
    assert done.exit_code == 4 and len(rows(done)["d_A"]) == 9


REFUSED = [
    (sedml(source="https://example.org/model.xml"), "E-SEDML-SOURCE"),
    (sedml(source="../../etc/passwd"), "E-SEDML-SOURCE"),
    (sedml(source="/etc/passwd"), "E-SEDML-SOURCE"),
    (sedml(source="#m"), "E-SEDML"),
    (sedml().replace("language:sbml", "language:cellml"), "E-SEDML-FEATURE"),
    (sedml().replace("symbol:time", "symbol:amount"), "E-SEDML-FEATURE"),
    (sedml(tasks=TASK.replace('"sim"', '"none"')), "E-SEDML"),
    (sedml().replace('dataReference="g_A"', 'dataReference="gone"'), "E-SEDML"),
    (sedml(course=COURSE.replace("uniformTimeCourse", "steadyState")), "E-SEDML-FEATURE"),
    (sedml(course=COURSE.replace('outputStartTime="1"', 'outputStartTime="5"')), "E-SEDML"),
]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_cannot_be_run_is_refused_by_name(tmp_path: Path, text: str, code: str) -> None:
    done = run(tmp_path, text)
    assert done.status == "FAILED" and done.exit_code == 4
    assert done.failures[0].code == code


def test_a_broken_model_is_the_failure_of_its_task(tmp_path: Path) -> None:
    done = run(tmp_path, **{"model.xml": "<sbml/>"})
    assert done.failures[0].code in ("E-SBML", "E-SEDML-TARGET")


def test_an_archive_without_sedml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.omex"
    path.write_bytes(archive({"manifest.xml": manifest(("model.xml", "sbml", True))}))
    with pytest.raises(ModelError, match="without a SED-ML file"):
        run_archive(path)


def test_the_files_are_those_of_biosimulators(tmp_path: Path) -> None:
    import h5py

    done = run(tmp_path)
    write_archive_run(done, tmp_path / "out")
    assert {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file()} == {
        "log.yml",
        "reports.h5",
        "run.sedml/report.csv",
        "run.sedml/plot.csv",
    }
    with h5py.File(tmp_path / "out" / "reports.h5") as file:
        data = file["run.sedml/report"]
        assert data.attrs["_type"] == "SedReport" and data.attrs["uri"] == "run.sedml/report"
        assert list(data.attrs["sedmlDataSetLabels"]) == ["time", "A", "rate", "double"]
        np.testing.assert_array_equal(data[1], rows(done)["d_A"])
    table = np.loadtxt(tmp_path / "out" / "run.sedml" / "report.csv", delimiter=",", skiprows=1)
    np.testing.assert_array_equal(table[:, 1], rows(done)["d_A"])
    log = json.loads((tmp_path / "out" / "log.yml").read_text())
    assert log["status"] == log["sedDocuments"][0]["tasks"][0]["status"] == "SUCCEEDED"
    assert report_csv(done.documents[0].outputs[0]).startswith("time,A,rate,double\n1.0,")
    assert reports_hdf5(done)[:4] == b"\x89HDF"


def test_the_command_line_of_biosimulators(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path)
    out = tmp_path / "out"
    assert main(["-i", str(tmp_path / "x.omex"), "-o", str(out)]) == 0
    assert str(out / "reports.h5") in capsys.readouterr().out
    run(tmp_path, sedml().replace("0000019", "0000029"))
    assert main(["-i", str(tmp_path / "x.omex"), "-o", str(out), "-q"]) == 4
    captured = capsys.readouterr()
    assert not captured.out and "Gillespie" in captured.err
    (tmp_path / "x.omex").write_bytes(b"no zip")
    assert main(["-i", str(tmp_path / "x.omex"), "-o", str(out)]) == 4


def test_integrators_by_kisao() -> None:
    chosen = choose_integrator("KISAO_0000019", [AlgorithmParameter(RELATIVE_TOLERANCE, "1e-11")])
    assert (chosen.method, chosen.rtol, chosen.notes) == ("cvode", 1e-11, ())
    assert choose_integrator("KISAO_0000019", [AlgorithmParameter(RELATIVE_TOLERANCE, "0.1")]).rtol == 1e-9
    assert "KISAO_0000467" in choose_integrator("", [AlgorithmParameter("KISAO_0000467", "1")]).notes[1]
    for kisao, name in (("KISAO_0000027", "Gibson"), ("KISAO_0000437", "flux"), ("KISAO_9999999", "9999999")):
        with pytest.raises(UnsupportedFeature, match=name):
            choose_integrator(kisao, [])


# The published runs were made by other simulators, with tolerances of 1e-6 to 1e-9 a step.
ONE_IN_A_THOUSAND = 1e-3
# (archive, report, volume by which the published values are divided although the model says amounts).
PUBLISHED = [
    ("Elowitz-Nature-2000-Repressilator", "simulation.sedml/report", 1.0),
    ("Varusai-Sci-Rep-2018-mTOR-signaling-LSODA-LSODAR-SBML", "LSODA.sedml/report", 1.0),
    ("Vilar-PNAS-2002-minimal-circardian-clock-continuous", "simulation.sedml/report_Fig_1a", 4.1887902),
]


@pytest.mark.corpora
@pytest.mark.parametrize(("name", "report", "volume"), PUBLISHED)
def test_published_reports_are_met(name: str, report: str, volume: float) -> None:
    import h5py

    root = os.environ.get("ISTHMUS_CORPORA")
    if not root:
        pytest.skip("the public corpora are not here: set ISTHMUS_CORPORA to their folder")
    path = Path(root) / "omex" / f"{name}.omex"
    done = run_archive(path)
    assert done.status == "SUCCEEDED"
    (output,) = (o for o in done.documents[0].outputs if report.endswith("/" + o.id))
    with zipfile.ZipFile(path) as source, h5py.File(BytesIO(source.read("reports.h5"))) as file:
        published = {
            str(i): row for i, row in zip(file[report].attrs["sedmlDataSetIds"], file[report], strict=True)
        }
    compared = 0
    for row in output.rows:
        expected = published[row.id]
        found = row.values if "time" in row.id else row.values / volume
        assert np.abs(found - expected).max() <= ONE_IN_A_THOUSAND * np.abs(expected).max()
        compared += 1
    assert compared == len(published)
