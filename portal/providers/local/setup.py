"""Whether the folder of the local provider can be written to."""

from __future__ import annotations

from collections.abc import Iterator

from portal.providers.local.adapter import Local
from portal.providers.values import Finding, Site


def check(provider: Local, site: Site) -> Iterator[Finding]:
    """What is right and what is not. Raises TryLater."""
    with provider.locked():
        yield Finding(f"Mail and contacts are kept in {provider.folder}. None is sent.")
