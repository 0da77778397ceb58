"""The sections of the HTML report, one file each; `render(study)` gives markup."""
