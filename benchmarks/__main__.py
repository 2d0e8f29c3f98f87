"""Every benchmark, one after the other."""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks


def main() -> None:
    for module in sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__)):
        if not module.startswith("_"):
            print(f"\n{module}")
            importlib.import_module(f"benchmarks.{module}").main()


if __name__ == "__main__":
    main()
