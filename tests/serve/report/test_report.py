"""The four files: written whole, in both languages, from a rich and from a poor diagnosis."""

import pytest

from huoshui.serve.report import summary_lines, write_report

FILES = ["figures.json", "report.html", "summary.txt", "tables.xlsx"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("make", ["rich", "poor"])
def test_writes_four_files_and_nothing_else(tmp_path, made, make, language):
    given = getattr(made, make)()
    files = write_report(given, tmp_path, language=language)
    for path in (files.html, files.summary, files.workbook, files.figures):
        assert path.stat().st_size > 0
    assert len(summary_lines(given, language)) == 10
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
