"""The runner of PEtab problems says pass, refused and wrong where it should."""

import json

import pytest
from tests.reference.petab import write_problem

from isthmus.errors import UsageError
from isthmus.testing.__main__ import main
from isthmus.testing.petab_case import PetabCase, find_petab_cases, run_case

SOLUTION = """chi2: {chi2}
llh: {llh}
simulation_files: [_simulations.tsv]
tol_chi2: 0.001
tol_llh: 0.001
tol_simulations: 0.001
"""
CHI2, LLH = 0.79183798368486, -0.84750169713188
SIMULATIONS = "observableId\tsimulationConditionId\ttime\tsimulation\nobs\tc0\t0\t1\nobs\tc0\t10\t{last}\n"


@pytest.fixture
def suite(tmp_path):
    """One case of the PEtab test suite, written here; its answers are those of case 0001."""
    folder = tmp_path / "0001"
    folder.mkdir()
    write_problem(folder).rename(folder / "_0001.yaml")
    (folder / "_0001_solution.yaml").write_text(SOLUTION.format(chi2=CHI2, llh=LLH))
    (folder / "_simulations.tsv").write_text(SIMULATIONS.format(last=0.428571904))
    return tmp_path


def test_a_case_passes(suite, capsys) -> None:
    out = suite / "rows.json"
    assert main(["petab-suite", str(suite), "--json", str(out)]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["pass"] == 1
    (row,) = json.loads(out.read_text())["rows"]
    assert row["case"] == "0001" and row["chi2"] == pytest.approx(CHI2, abs=1e-6) and row["excess"] < 0.01


@pytest.mark.parametrize("wrong", ["chi2", "llh", "simulations"])
def test_a_wrong_answer_is_told(suite, wrong) -> None:
    if wrong == "simulations":
        (suite / "0001" / "_simulations.tsv").write_text(SIMULATIONS.format(last=0.43))
    else:
        known = {"chi2": CHI2, "llh": LLH} | {wrong: 0.8}
        (suite / "0001" / "_0001_solution.yaml").write_text(SOLUTION.format(**known))
    (case,) = find_petab_cases(suite)
    row = run_case(case)
    assert row["status"] == "wrong" and ("simulated 0.428" in row["detail"] or wrong in row["detail"])


def test_a_refusal_is_counted_by_its_code(suite) -> None:
    (suite / "0001" / "conditions.tsv").unlink()
    (case,) = find_petab_cases(suite)
    row = run_case(case)
    assert (row["status"], row["by"]) == ("refused", "E-FILE")


def test_a_benchmark_is_judged_by_its_likelihood_or_its_table(tmp_path) -> None:
    folder = tmp_path / "Model"
    folder.mkdir()
    write_problem(folder)
    (tmp_path / "index.tsv").write_text(f"id\tllh_at_nominal_amici\nModel\t{LLH}\n")
    (case,) = find_petab_cases(tmp_path)
    assert run_case(case)["status"] == "pass"
    stale = folder / "simulatedData.tsv"
    stale.write_text(SIMULATIONS.format(last=7))
    (case,) = find_petab_cases(tmp_path)
    assert run_case(case)["status"] == "pass"
    assert run_case(PetabCase("Model", case.problem, tables=(stale,)))["status"] == "wrong"
    assert run_case(PetabCase("Model", case.problem))["status"] == "no reference"


def test_a_folder_of_nothing(tmp_path) -> None:
    with pytest.raises(UsageError, match="no case"):
        find_petab_cases(tmp_path)
