"""recexp sync: what was logged offline is uploaded once. W&B's own command is not called here."""

import pytest

from recexp.commands import sync


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    for place in ("csv/mean-dot-bce/seed1-00/wandb/offline-run-1-a", "csv/mean-dot-bce/seed1-00/wandb/run-2-b",
                  ".sweeps/now/wandb/offline-run-3-c"):  # fmt: skip
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "run.wandb").touch()
    return tmp_path


def test_each_run_is_uploaded_once(runs, monkeypatch, capsys):
    calls = []

    def upload(folders):
        calls.append([folder.name for folder in folders])
        for folder in folders:
            (folder / "run.wandb.synced").touch()
        return 0

    monkeypatch.setattr(sync, "upload", upload)
    for _ in range(2):
        assert sync.main([f"paths.runs={runs}"]) == 0
    assert calls == [["offline-run-3-c", "offline-run-1-a"]]
    assert "0 offline runs of W&B to upload, 2 were uploaded before" in capsys.readouterr().out


def test_what_could_not_be_uploaded_is_a_failure(runs, monkeypatch, capsys):
    monkeypatch.setattr(sync, "upload", lambda folders: 1)
    assert sync.main([f"paths.runs={runs}"]) == 1
    assert "2 runs could not be uploaded" in capsys.readouterr().err
