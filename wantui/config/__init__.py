"""The workspace's ``wantui.toml``: its keys, their defaults, what is wrong with it, where each value is from."""

from wantui.config.defaults import effective
from wantui.config.errors import ConfigError, ConfigProblem
from wantui.config.flags import apply_flags, apply_sets, parse_set
from wantui.config.load import load
from wantui.config.schema import (
    CachingConfig,
    CaptionsConfig,
    Config,
    ConfigValue,
    FlagValue,
    GpusConfig,
    ModelsConfig,
    NotifyConfig,
    RunConfig,
    TrainerConfig,
    TrainingConfig,
    WatchConfig,
)

__all__ = [
    "CachingConfig",
    "CaptionsConfig",
    "Config",
    "ConfigError",
    "ConfigProblem",
    "ConfigValue",
    "FlagValue",
    "GpusConfig",
    "ModelsConfig",
    "NotifyConfig",
    "RunConfig",
    "TrainerConfig",
    "TrainingConfig",
    "WatchConfig",
    "apply_flags",
    "apply_sets",
    "effective",
    "load",
    "parse_set",
]
