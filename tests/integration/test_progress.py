"""The progress bar, in a terminal of its own."""

import os
import pty
import re
import subprocess
import sys

from tests.integration.overrides import small

SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def test_bar_shows_loss_selecting_metric_and_speed_and_keeps_lines_whole(place):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "recexp", "train", *small(place), "attention=mean", "trainer.max_epochs=3"]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**os.environ, "COLUMNS": "200"}) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    lines = SEQUENCE.sub("", shown.decode().replace("\r", "\n")).splitlines()
    assert process.returncode == 0
    bars = [line for line in lines if line.startswith("Epoch 2/2")]
    assert any(re.search(r"train/loss: \d.*val/ndcg@10: \d.*positions/s: \d", line) for line in bars)
    assert sum(line.startswith("epoch   ") for line in lines) == 3


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: the other end is closed
        return b""
