"""Whether the folder of the local provider can be written to."""

from collections.abc import Iterator

from portal.providers.local.adapter import Local
from portal.providers.values import Finding, Site


class LocalSetup:
    """A look at the folder. Nothing has to be installed."""

    def __init__(self, provider: Local, site: Site) -> None:
        self.provider = provider

    def check(self) -> Iterator[Finding]:
        """What is right and what is not. Raises TryLater."""
        with self.provider.locked():
            yield Finding(f"Mail and contacts are kept in {self.provider.folder}. None is sent.")
