"""`python -m tests.golden.renew`: adds the losses of what has no trace yet; with `all`, renews every trace.

Renewing is right only where numbers change on purpose.
"""

import json
import sys

from tests.golden.trace import FILE, TRACED, loss_trace, name

if __name__ == "__main__":
    renewed = "all" in sys.argv[1:]
    traces = {} if renewed else json.loads(FILE.read_text())
    for overrides in TRACED:
        if name(overrides) not in traces:
            traces[name(overrides)] = [float(f"{loss:.7g}") for loss in loss_trace(overrides)]
    lines = [f'  "{key}": {json.dumps(trace)}' for key, trace in traces.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    if renewed:
        print(f"{FILE.name} is renewed. CHANGELOG.md must say that numbers changed, and why.")
        print("Raise NUMBERS_VERSION in recexp/runs/identity.py, so that no finished run passes for a new one.")
