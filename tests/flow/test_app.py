"""Settings: sizes in text, memory fitted to the machine, work files cleared."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.base.errors import BadOption, LowMemory
from huoshui.base.limits import MEMORY_BYTES_DEFAULT, MEMORY_BYTES_MIN
from huoshui.flow import app


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1GB", 10**9),
        ("1g", 10**9),
        (" 800 MB ", 800 * 10**6),
        ("1.5GB", 1_500_000_000),
        ("512MiB", 512 * 2**20),
        ("2TiB", 2 * 2**40),
        ("300000000", 300_000_000),
        ("300000000B", 300_000_000),
        ("400000k", 400_000_000),
    ],
)
def test_sizes_as_people_write_them(text: str, size: int) -> None:
    assert app.memory_asked(text) == size


@pytest.mark.parametrize(
    "text", ["", "lots", "-1GB", "1 GB 2", "1XB", "GB", "1e9", "1,5GB", "１GB", "0", "199MB"]
)
def test_what_is_no_size_or_too_small_is_refused(text: str) -> None:
    with pytest.raises(BadOption):
        app.memory_asked(text)


@given(st.integers(0, 2**45))
def test_the_default_is_half_of_what_is_free_up_to_a_bound(free: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "free_memory_bytes", lambda: free)
        if free // 2 < MEMORY_BYTES_MIN:
            with pytest.raises(LowMemory):
                app.memory_default()
        else:
            assert app.memory_default() == min(MEMORY_BYTES_DEFAULT, free // 2)


def test_a_machine_that_does_not_tell_gets_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "free_memory_bytes", lambda: None)
    assert app.memory_default() == MEMORY_BYTES_DEFAULT


def test_this_machine_tells_what_is_free() -> None:
    free = app.free_memory_bytes()
    assert free is not None
    assert 10**6 < free < 10**14


@pytest.mark.skipif(sys.platform != "linux", reason="not run: only Linux has containers of its own")
def test_a_container_has_less_than_its_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text("1000000000\n")
    (tmp_path / "memory.current").write_text("700000000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 200000000\n")
    monkeypatch.setattr(app, "CONTAINER", tmp_path)
    assert app.free_memory_bytes() == 500_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert app.free_memory_bytes() != 500_000_000


def test_threads_have_a_bound() -> None:
    assert app.threads_default() >= 1
    with pytest.raises(BadOption):
        app.threads_asked(0)


def test_clearing_keeps_the_key_and_the_corrections(tmp_path: Path) -> None:
    work = tmp_path / "report" / "work"
    settings = app.Settings(memory_bytes=MEMORY_BYTES_MIN, threads=1, work=work, language="zh")
    app.clear_work(settings)
    for name in (
        "stage/orders/0.parquet",
        "spill/x",
        "facts.duckdb",
        "corrections/orders.csv",
        "installation.key",
    ):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text("x")
    app.clear_work(settings)
    assert sorted(path.name for path in work.iterdir()) == ["corrections", "installation.key"]
    (work / "installation.key").unlink()
    (work / "corrections" / "orders.csv").unlink()
    (work / "corrections").rmdir()
    app.clear_work(settings)
    assert not (tmp_path / "report").exists()


def test_free_disk_is_asked_where_a_folder_would_lie(tmp_path: Path) -> None:
    assert app.free_disk_bytes(tmp_path / "not" / "yet") > 0
