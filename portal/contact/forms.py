"""The forms of the public: what they want to tell us, and how we can answer."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from flask import current_app
from wtforms import StringField, TextAreaField

from portal.contact.answer_checks import DeadlineField, IfNeededEmailField, if_needed
from portal.fields import (
    OWN_NAME,
    PHONE_NUMBER,
    POSTAL_ADDRESS,
    CountField,
    NeverStops,
    OnceField,
    long_text,
    one_of,
    short_text,
)
from portal.forms import (
    OpenForm,
    PrivateLinkForm,
    must_be_a_number,
    says_something,
    tidy,
    trap_field,
)
from portal.inbox.intake import Enquiry
from portal.inbox.models import Kind
from portal.ways import WAYS, Way, facts_of

ABOUT = {
    "question": "A question",
    "press": "A press enquiry. I am a journalist",
    "taking-part": "Taking part",
    "complaint": "A complaint",
    "other": "Something else",
}
# What the page to check the answers calls each of them.
QUESTIONS = {
    "about": "what it is about",
    "outlet": "your outlet",
    "deadline": "your deadline",
    "message": "your message",
    "name": "your name",
    "reply_by": "how we should answer",
    "helper": "the name of the person who helps you",
    "email": "the email address",
    "phone": "the phone number",
    "postal": "your postal address",
    "needs": "what else you need",
}
MESSAGE_LONGEST, POSTAL_LONGEST = 50_000, 1_000
NAME_LONGEST, PHONE_LONGEST = 200, 100


class ContactAnswer(NamedTuple):
    """One answer on the page where people check them."""

    name: str
    question: str
    text: str


class ContactForm(OpenForm):
    """What somebody wants to tell the team, and how they want to be answered."""

    about = one_of("What is it about?", "Choose what it is about.", ABOUT)
    outlet = StringField(
        "Your outlet (if you have one)",
        [if_needed, NeverStops(NAME_LONGEST)],
        render_kw={"autocomplete": "organization", "spellcheck": "false"},
    )
    deadline = DeadlineField("Your deadline (if you have one)")
    message = long_text(
        "Your message", "Your message", MESSAGE_LONGEST, missing="Write your message.", rows=8
    )
    name = StringField("Your name (if you like)", [NeverStops(NAME_LONGEST)], render_kw=OWN_NAME)
    reply_by = one_of("How should we answer you?", "Choose how we should answer you.")
    helper = short_text(
        "The name of the person who helps you",
        "The name",
        NAME_LONGEST,
        before=[if_needed],
        missing="Enter the name of the person who helps you.",
        spellcheck="false",
    )
    email = IfNeededEmailField("Email address")
    phone = short_text(
        "Phone number", "The phone number", PHONE_LONGEST, before=[if_needed], **PHONE_NUMBER
    )
    postal = long_text(
        "Postal address",
        "Your postal address",
        POSTAL_LONGEST,
        before=[if_needed],
        missing="Enter your postal address.",
        **POSTAL_ADDRESS,
    )
    needs = TextAreaField(
        "What else do you need from us? (if you like)",
        [NeverStops(MESSAGE_LONGEST, tidy)],
        render_kw={"rows": 3},
    )
    extra_note = trap_field()
    stamp = OnceField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        ways = current_app.config["REPLY_WAYS"]
        self.reply_by.choices = [*ways.items()]
        self.reply_by.asks = {way: " ".join(facts_of(way).asks) for way in ways}
        if len(ways) == 1:
            self.reply_by.data = self.reply_by.data or next(iter(ways))

    @property
    def is_helped(self) -> bool:
        """Whether the answer goes to somebody who helps."""
        return bool(self.reply_by.data == Way.HELPER)

    @property
    def needed(self) -> frozenset[str]:
        """The fields that the chosen way, or a press enquiry, asks for beyond the rest."""
        press = ("outlet", "deadline") if self.about.data == Kind.PRESS else ()
        return frozenset((*press, *facts_of(self.reply_by.data).asks))

    def validate_phone(self, field: StringField) -> None:
        """Ask for a number that can be dialled; of a helper, only without an email address."""
        if self.is_helped and not says_something(field.data):
            return
        must_be_a_number(field)

    def focus_on(self, name: str) -> None:
        """Let the answer with that name have the focus when the form is shown."""
        if name in QUESTIONS:
            self[name].render_kw = (self[name].render_kw or {}) | {"autofocus": True}

    @property
    def answers(self) -> Iterator[ContactAnswer]:
        """The answers that we take, in their order, for people to check."""
        extra = {"outlet", "deadline", *(name for facts in WAYS.values() for name in facts.asks)}
        labels = ABOUT | dict(self.reply_by.choices)
        for name, question in QUESTIONS.items():
            if name not in extra or name in self.needed:
                text = self[name].data
                chosen = name in {"about", "reply_by"}
                yield ContactAnswer(name, question, labels[text] if chosen else text)

    @property
    def words(self) -> str:
        """All that they typed."""
        return "\n".join(str(self[name].data or "") for name in QUESTIONS)

    @property
    def carried(self) -> Iterator[tuple[str, str]]:
        """All that was typed, by name, to travel on in hidden fields."""
        yield from ((name, self[name].data or "") for name in (*QUESTIONS, "extra_note", "stamp"))

    def enquiry(self, doubts: list[str]) -> Enquiry:
        """What was asked, with no contact detail that the chosen way does not need."""
        extra = {name: self[name].data for name in self.needed if name != "deadline"}
        if self.deadline.doubt:
            extra["deadline_words"] = self.deadline.data
        said = [f"{name}={self[name].data}" for name in QUESTIONS]
        # Who goes back and changes an answer means to say something new: both are kept.
        submission = f"{self.stamp.key}.{sha256(repr(said).encode()).hexdigest()[:32]}"
        return Enquiry(
            kind=Kind.PRESS if self.about.data == Kind.PRESS else Kind.MESSAGE,
            about=self.about.data,
            text=self.message.data,
            name=self.name.data,
            reply_by=Way(self.reply_by.data),
            needs=self.needs.data,
            deadline_at=self.deadline.at,
            submission=submission,
            doubts=doubts,
            **extra,
        )


class BackForm(PrivateLinkForm):
    """Something more to say."""

    message = long_text(
        "Write to us again", "Your message", MESSAGE_LONGEST, missing="Write your message.", rows=6
    )
    seen = CountField()
    """How many messages of theirs the page showed, so that one that comes twice counts once."""
