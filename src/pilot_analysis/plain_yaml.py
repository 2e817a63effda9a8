"""YAML as plain values, read by libyaml where PyYAML has it: the same values in a tenth of the time.

- Every step of a run reads the plan, the codebook and the words, so this counts once for each process.
"""

from __future__ import annotations

from typing import Any

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str) -> Any:
    """The values of `text`; raises `yaml.YAMLError`."""
    return yaml.load(text, Loader=Loader)
