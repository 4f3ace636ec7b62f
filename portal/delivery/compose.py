"""Turns the words in `templates/email/<name>/` into one mail."""

from dataclasses import replace
from typing import Any

from flask import current_app, render_template

from portal.providers.values import Address, Email, MailFile

# RFC 3834, 5: no machine is to answer it.
AUTOMATIC = {"Auto-Submitted": "auto-generated"}


def compose(
    name: str,
    to: Address,
    /,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    reply_to: Address | None = None,
    attachments: tuple[MailFile, ...] = (),
    **context: object,
) -> Email:
    """Render `subject.txt`, `body.txt` and `body.html` of the mail called `name`.

    Answers go to the team's address, unless `reply_to` says otherwise. The mail
    says that it is automatic, unless `headers` do.
    """
    config = current_app.config
    folder = f"email/{name}"
    subject = " ".join(render_template(f"{folder}/subject.txt", **context).split())
    return Email(
        name=name,
        to=to,
        sender=Address(config["MAIL_FROM"], config["ORG_NAME"]),
        reply_to=reply_to or Address(config["TEAM_EMAIL"], config["ORG_NAME"]),
        subject=subject,
        text=render_template(f"{folder}/body.txt", **context).strip() + "\n",
        html=render_template(f"{folder}/body.html", subject=subject, **context),
        headers=tuple((AUTOMATIC | dict(headers)).items()),
        attachments=attachments,
    )


def compose_from_team(name: str, to: Address, /, **options: Any) -> Email:
    """Such a mail, from the media team's own address."""
    mail = compose(name, to, **options)
    return replace(mail, sender=replace(mail.sender, email=current_app.config["TEAM_MAIL_FROM"]))
