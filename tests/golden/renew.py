"""`python -m tests.golden.renew`: keeps today's losses as the ones to come. Only where numbers change on purpose."""

import json

from tests.golden.trace import ATTENTIONS, FILE, loss_trace

if __name__ == "__main__":
    traces = {attention: [float(f"{loss:.7g}") for loss in loss_trace(attention)] for attention in ATTENTIONS}
    lines = [f'  "{attention}": {json.dumps(trace)}' for attention, trace in traces.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{FILE.name} is renewed. CHANGELOG.md must say that numbers changed, and why.")
    print("Raise NUMBERS_VERSION in recexp/runs/identity.py, so that no finished run passes for a new one.")
