"""The fingerprint that stands beside every number: what was ranked, against what, by which rule."""

import hashlib
import json

from recexp.protocol.base import Protocol
from recexp.split.base import Split

TIE_RULE = "expectation under random order inside a tie"


def fingerprint(dataset_sha256: str, split: Split, protocol: Protocol) -> dict[str, str]:
    """The parts in words and their hash: two numbers compare only where `fingerprint` is the same (T9)."""
    parts = {
        "dataset_sha256": dataset_sha256,
        "split": split.describe(),
        "candidates": protocol.describe(),
        "ties": TIE_RULE,
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return {"fingerprint": digest[:12], **parts}
