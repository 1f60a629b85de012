"""The report printed to PDF by a browser without a window: several pages, and the verdict in words on them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sample_data

from brandtune.evaluation.report import render
from brandtune.evaluation.report.verdicts import verdict_view

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--disable-background-networking")
PAGE = re.compile(rb"/Type\s*/Page(?![\w])")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample report as PDF."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser that prints is installed ({', '.join(BROWSERS)})")
    folder = tmp_path_factory.mktemp("print")
    page, pdf = folder / "report.html", folder / "report.pdf"
    page.write_text(render(sample_data.report(), sample_data.context()), encoding="utf-8")
    command = [
        browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--print-to-pdf={pdf}", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert pdf.is_file(), done.stderr[-2000:]
    return pdf


def text_of(pdf: Path) -> str:
    """Its words with single spaces, by whichever reader of PDF is there."""
    if reader := shutil.which("pdftotext"):
        done = subprocess.run([reader, "-enc", "UTF-8", str(pdf), "-"], capture_output=True, check=True, timeout=60)
        return " ".join(done.stdout.decode().split())
    pypdf = pytest.importorskip("pypdf", reason="neither pdftotext nor pypdf is installed, so the words are not read")
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages).split())


@pytest.mark.slow
def test_the_report_prints_on_several_pages(printed: Path) -> None:
    content = printed.read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(PAGE.findall(content)) > 1


@pytest.mark.slow
def test_the_verdict_is_on_paper(printed: Path) -> None:
    said = text_of(printed)
    verdict = verdict_view(sample_data.report())
    assert verdict.word in said
    assert " ".join(verdict.sentence.split()) in said
    assert "Skip to the" not in said
