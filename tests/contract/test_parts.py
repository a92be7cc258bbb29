"""Every part that conf/ ships keeps its contract: a new yaml is tested without an edit here."""

from recexp.config.compose import choices
from recexp.testing import (
    attention_contract,
    loss_contract,
    metric_contract,
    mixer_contract,
    objective_contract,
    position_contract,
    recommender_contract,
    scorer_contract,
    similarity_contract,
    split_contract,
)
from tests.mixers import mixer_overrides

CONTRACTS = {
    "attention": attention_contract,
    "attention/mixer": mixer_contract,
    "attention/position": position_contract,
    "attention/similarity": similarity_contract,
    "loss": loss_contract,
    "objective": objective_contract,
    "recommender": recommender_contract,
    "scorer": scorer_contract,
    "split": split_contract,
}

# Choices within an attention that its default does not have.
VARIANTS = {
    "heads": ("attention=item", "attention.num_heads=2", "attention/pooling=smoothed", "attention/key_bias=gap"),
    "item_sum": ("attention=item", "attention/pooling=sum", "attention/similarity=activation_unit"),
    "transformer_time": ("attention=transformer", "attention/time=buckets"),
    "interaction_smoothed": ("attention=interaction", "attention/pooling=smoothed"),
    "eta_search": ("attention=eta", "attention.k=2", "attention.num_bits=3", "attention.target.num_heads=2"),
    "sim_search": ("attention=sim", "attention.k=2"),
    "twin_search": ("attention=twin", "attention.k=2", "attention.target.num_heads=2"),
    "transformer_xl_segments": ("attention=transformer_xl", "attention.segment_len=2", "attention.memory_len=3"),
}
VARIANTS |= {f"transformer_{name}": mixer_overrides(name) for name in choices("attention/mixer") if name != "softmax"}

for group, contract in CONTRACTS.items():
    for name in choices(group):
        globals()[f"Test_{group.replace('/', '_')}_{name}"] = contract(f"{group}={name}")
for name, overrides in VARIANTS.items():
    # Groups are tried by the contract of the attention's default alone.
    without = {"test_every_part_of_its_groups_fits_or_is_refused": None}
    globals()[f"Test_attention_with_{name}"] = type("Contract", (attention_contract(*overrides),), without)
for name in choices("metric"):
    globals()[f"Test_metric_{name}"] = metric_contract(name)
