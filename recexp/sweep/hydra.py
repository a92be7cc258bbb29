"""The parts of Hydra that a sweep uses: command line, grid, composition and launchers.

Composing a config from yaml takes most of a second. Jobs that choose the same groups differ in plain values only, so
they share one composed config, on which the values of each job are set in turn.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import version
from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from recexp.config.compose import check, conf_dir, parse


@contextmanager
def opened(config_dir: str | None) -> Iterator[Hydra]:
    """Hydra with conf/ and the folder of `--config-dir` as its search path."""
    path = create_config_search_path(str(conf_dir()))
    if config_dir is not None:
        folder = f"file://{Path(config_dir).absolute()}"
        path.prepend("command-line", folder, SearchPathQuery(provider="schema"))  # Hydra wants its schema to be last
    GlobalHydra.instance().clear()
    version.setbase("1.3")
    try:
        yield Hydra.create_main_hydra2(task_name="train", config_search_path=path)
    finally:
        GlobalHydra.instance().clear()


class Grid:
    """Jobs that one command launches. cfg: of the command, with Hydra's node. jobs: the overrides of each.

    swept: the keys in which jobs differ; plain values of theirs are set on a config that the jobs share.
    """

    def __init__(self, hydra: Hydra, cfg: DictConfig, jobs: Sequence[Sequence[str]], swept: Mapping[str, Any]) -> None:
        self.hydra, self.cfg, self.jobs, self.swept = hydra, cfg, [list(job) for job in jobs], swept
        self._bases: dict[tuple[str, ...], DictConfig] = {}

    @classmethod
    def of_command_line(cls, hydra: Hydra, overrides: Sequence[str]) -> "Grid":
        """All jobs of a sweep. overrides: those of the command line. The first swept key varies slowest."""
        cfg = hydra.compose_config("train", list(overrides), run_mode=RunMode.MULTIRUN)
        parser = OverridesParser.create(config_loader=hydra.config_loader)  # the loader expands globs
        task = parser.parse_overrides(OmegaConf.to_container(cfg.hydra.overrides.task, resolve=False))  # type: ignore[arg-type]
        (jobs,) = BasicSweeper.split_arguments(task, None)
        return cls(hydra, cfg, jobs, {it.get_key_element(): it for it in task if it.is_sweep_override()})

    def name(self, job: Sequence[str]) -> str:
        """The overrides of the swept keys, or all overrides if no key is swept."""
        return " ".join([text for text in job if text.partition("=")[0] in self.swept] or job)

    def configs(self) -> Iterator[DictConfig]:
        """Yields the config of each job in turn, as `config` gives it."""
        return map(self.config, self.jobs)

    def config(self, job: Sequence[str]) -> DictConfig:
        """The config of a job, valid only until the next one is asked for.

        Raises Hydra's errors, and ConfigError for unknown keys.
        """
        overrides = parse(job)
        values = [override for override in overrides if self._is_swept_value(override)]
        rest = tuple(str(override.input_line) for override in overrides if override not in values)
        is_new = rest not in self._bases
        cfg = self._bases[rest] = self._bases.get(rest) or self._compose(rest)
        ConfigLoaderImpl._apply_overrides_to_config(values, cfg)
        if is_new:
            check(cfg, job)
        return cfg

    def _is_swept_value(self, override: Override) -> bool:
        key = override.key_or_group
        is_plain = not (override.is_add() or override.is_force_add() or override.is_delete())
        return override.get_key_element() in self.swept and is_plain and not (conf_dir() / key).is_dir()

    def _compose(self, overrides: Sequence[str]) -> DictConfig:
        cfg = self.hydra.compose_config("train", list(overrides), run_mode=RunMode.RUN)
        with open_dict(cfg):
            del cfg["hydra"]
        return cfg

    def launch(self, jobs: Sequence[Sequence[str]], task: Callable[[DictConfig], Any]) -> list[Any]:
        """Runs `task` on each of `jobs` with the chosen launcher, and returns what each call returned."""
        context = HydraContext(config_loader=self.hydra.config_loader, callbacks=Callbacks(self.cfg))
        launcher = Plugins.instance().instantiate_launcher(hydra_context=context, task_function=task, config=self.cfg)
        return [done.return_value for done in launcher.launch([list(job) for job in jobs], initial_job_idx=0)]
