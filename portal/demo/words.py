"""The words that made-up conversations are made of, as `words.toml` has them."""

import tomllib
from pathlib import Path
from types import SimpleNamespace

FILE = Path(__file__).with_suffix(".toml")
words = SimpleNamespace(**tomllib.loads(FILE.read_text(encoding="utf-8")))
