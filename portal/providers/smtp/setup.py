"""Whether the mail server can be reached, proves who it is, and takes our password."""

from collections.abc import Iterator

from portal.providers.smtp.adapter import SMTP
from portal.providers.values import Finding, Site

SILENT = (
    "A mail server tells us nothing of what became of a mail. What comes back goes to the "
    "mailbox that the mail came from: look there."
)


class SMTPSetup:
    """A look at the server. Nothing can be installed: it calls no webhooks."""

    def __init__(self, provider: SMTP, site: Site) -> None:
        self.provider, self.site = provider, site

    def check(self) -> Iterator[Finding]:
        """What is right and what is not. Raises TryLater."""
        server = self.provider.server
        with self.provider.session(self.site.senders[0].rpartition("@")[2]):
            yield Finding(f"{server.host} answers, and proves by its certificate who it is.")
            if server.user:
                yield Finding(f"It takes the password of {server.user}.")
        self.provider.close()
        look = "Look whether the mail server lets this account send as"
        yield Finding(f"{look} {' and '.join(self.site.senders)}: it cannot be asked.", ok=None)
        yield Finding(SILENT, ok=None)
