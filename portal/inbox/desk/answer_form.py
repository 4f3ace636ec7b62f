"""The form of an answer: its words, its way, its files, and who else gets it."""

import re
from collections.abc import Mapping
from typing import Any

from wtforms import MultipleFileField, StringField, TextAreaField, ValidationError
from wtforms.validators import StopValidation

from portal.addresses import address_key
from portal.fields import one_of, short_text
from portal.forms import Form, read_address
from portal.inbox.desk import enclosures
from portal.inbox.desk.fields import SeenField
from portal.inbox.desk.forms import REASON_LONGEST, FormWithFiles, not_empty
from portal.inbox.models import Conversation
from portal.ways import WAYS, Way, facts_of

OTHERS_MOST = 5
SEPARATORS = re.compile(r"[\s,;]+")
MANY_ADDRESSES = {"autocomplete": "off", "spellcheck": "false", "inputmode": "email"}
ONLY_BY_EMAIL = "Only an email can go to others too. Choose email, or leave this empty."


class OthersField(StringField):  # type: ignore[misc]
    """Who else gets an answer: addresses, with commas or spaces between, each once."""

    data: Any
    found: list[str]

    def pre_validate(self, form: Form) -> None:
        """Check how each is written. Raises StopValidation in words."""
        found: dict[str, str] = {}
        for text in filter(None, SEPARATORS.split(self.data or "")):
            try:
                address = read_address(text)
            except StopValidation as reason:
                raise StopValidation(f"{text}: {reason}") from None
            found.setdefault(address_key(address), address)
        self.found = list(found.values())
        if len(self.found) > OTHERS_MOST:
            raise StopValidation(f"Give {OTHERS_MOST} addresses or fewer.")


class ReplyForm(FormWithFiles):
    """An answer, or a note of what was said on the phone."""

    text = TextAreaField("Your answer", [not_empty], render_kw={"rows": 5})
    way = one_of("How do you answer?", "Choose how you answer.")
    reason = short_text("Why another way than they asked for?", "The reason", REASON_LONGEST)
    files = MultipleFileField("Add files")
    also_to = OthersField("Also to", render_kw=MANY_ADDRESSES)
    seen = SeenField()
    draft_seen = SeenField()

    def __init__(self, conversation: Conversation, **values: Any) -> None:
        super().__init__(**values)
        self.conversation = conversation
        self.way.choices = [
            (way, facts.logged)
            for way, facts in WAYS.items()
            if facts.logged and (conversation.email or not facts.is_mailed)
            if way is not Way.WEB or conversation.reply_by is Way.WEB  # who else would look there?
        ]

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether it can be sent: each picture that goes with it has to be described too."""
        self.undescribed = enclosures.undescribed(self.conversation)
        return super().validate(extra_validators) and not self.undescribed

    def validate_files(self, field: MultipleFileField) -> None:
        """Take no more files than fit into a mail."""
        if words := enclosures.too_much(self.conversation):
            raise ValidationError(words)

    def validate_also_to(self, field: OthersField) -> None:
        """Take others for an email alone; the person gets it in any case."""
        if field.found and not facts_of(self.way.data).is_mailed:
            raise ValidationError(ONLY_BY_EMAIL)
        theirs = address_key(self.conversation.email)
        field.found = [one for one in field.found if address_key(one) != theirs]
