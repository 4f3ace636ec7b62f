"""The words that made-up conversations are made of, as `words.toml` has them."""

import tomllib
from pathlib import Path
from types import SimpleNamespace

words = SimpleNamespace(**tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")))
