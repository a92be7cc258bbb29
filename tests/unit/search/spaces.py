"""conf/ with sweeps of the tests' own."""

import shutil

from omegaconf import OmegaConf

from recexp.config.compose import conf_dir

SWEEP = {"defaults": [{"sampler": "random"}, {"pruner": "none"}], "overrides": [], "space": {"dropout": [0.0, 0.1]}}


def own_spaces(folder, monkeypatch):
    """The function that writes sweeps into `folder`, where the search then looks for its own configuration."""
    for name in ("search.yaml", "search_space/sampler", "search_space/pruner"):
        source, target = conf_dir() / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    monkeypatch.setattr("recexp.search.settings.conf_dir", lambda: folder)

    def write(name, text):
        (folder / "search_space" / f"{name}.yaml").write_text(OmegaConf.to_yaml(SWEEP | dict(OmegaConf.create(text))))

    return write
