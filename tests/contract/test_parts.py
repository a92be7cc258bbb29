"""Every part that conf/ ships keeps its contract: a new yaml is tested without an edit here."""

from recexp.config.compose import choices
from recexp.testing import (
    attention_contract,
    loss_contract,
    metric_contract,
    objective_contract,
    recommender_contract,
    scorer_contract,
    split_contract,
)

CONTRACTS = {
    "attention": attention_contract,
    "loss": loss_contract,
    "objective": objective_contract,
    "recommender": recommender_contract,
    "scorer": scorer_contract,
    "split": split_contract,
}

for group, contract in CONTRACTS.items():
    for name in choices(group):
        globals()[f"Test_{group}_{name}"] = contract(f"{group}={name}")
for name in choices("metric"):
    globals()[f"Test_metric_{name}"] = metric_contract(name)
