"""All that somebody may leave with us: each door of the portal, with words that nobody else has.

A `Life` goes through doors, in any order, and knows the words that it has left. Words that it has
left in what is other people's (a conversation of Eve's, an issue) are its own all the same.
"""

from contextlib import suppress
from inspect import isfunction
from io import BytesIO
from itertools import count

from portal.contact import services as contact
from portal.delivery import enqueue, events
from portal.extensions import db, now
from portal.inbox.desk import details, note_drafts, replies
from portal.inbox.desk import services as desk
from portal.inbox.desk.edits import plain
from portal.inbox.incoming import services as incoming
from portal.inbox.models import Conversation
from portal.issues.mail import rendering
from portal.newsletter import services as newsletter
from portal.newsletter.desk import services as newsletter_desk
from portal.newsletter.models import Subscriber
from portal.newsletter.transfer import jobs
from portal.newsletter.transfer.models import JobKind, JobLine, JobState, ListJob
from portal.people import Person
from portal.providers.values import EventKind, ProviderEvent
from portal.providers.webhooks import mime
from portal.stories import formats, shaping, withdrawal
from portal.stories.press import services as press
from portal.stories.states import VersionKind
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel
from portal.team.models import KeptForm
from portal.transaction import NotPossible
from portal.ways import Way
from tests.delivery import mail
from tests.inbox import a_conversation
from tests.inbox.mails import reply_address
from tests.issues import an_issue, let_out, sent
from tests.issues.sending import an_agreed_issue
from tests.newsletter import put_on
from tests.stories import (
    ALL_YES,
    a_draft,
    a_story,
    a_young_story,
    an_editor,
    approved,
    edited,
    handed_over,
    noted,
    published,
)
from tests.stories.desk import with_file

EVE = "eve@example.org"
EVES_WORDS = "The pool of Eve is warm"
NUMBERS = count()


class Life:
    """Somebody who leaves words with us."""

    def __init__(self) -> None:
        number = next(NUMBERS)
        self.address, self.phone = f"zq{number}ada@example.org", f"07700 9{number % 100_000:05}"
        self.words: list[str] = []

    def word(self) -> str:
        """A word that stands nowhere else."""
        self.words.append(f"qx{next(NUMBERS)}vz")
        return self.words[-1]

    @property
    def person(self) -> Person:
        return Person.of([self.address], [self.phone], whole=True)

    def left_in(self, text: str) -> list[str]:
        """What of theirs stands in a text: words, the address, and the number in any form."""
        digits = self.phone.replace(" ", "")[1:]
        found = [one for one in (self.address, *self.words) if one in text]
        return [*found, *([self.phone] if digits in text.replace(" ", "") else [])]

    def message(self, **changes) -> Conversation:
        said = {"email": self.address, "phone": self.phone, "reply_by": Way.EMAIL}
        said |= {name: self.word() for name in ("name", "text", "needs", "helper", "outlet")}
        said |= {"postal": self.word(), "deadline_words": self.word()}
        return a_conversation(**said | changes)

    # Each door is a method below, which can be gone through at any time, and more than once.

    def write(self) -> None:
        self.message()

    def write_with_a_number(self) -> None:
        self.message(email="", reply_by=Way.PHONE)

    def write_as_a_machine(self) -> None:
        self.message(doubts=[self.word()])

    def be_answered(self) -> None:
        talk = self.message()
        eda = an_editor()
        replies.answer(talk, eda, self.word(), Way.EMAIL, also_to=[EVE])
        replies.answer(talk, eda, self.word(), Way.PHONE, reason=self.word())
        note = replies.add_note(talk, eda, self.word())
        replies.correct(note, talk, eda, self.word(), 0)

    def be_written_about(self) -> None:
        talk = self.message()
        replies.save_draft(talk, an_editor(), self.word(), 0, also_to=EVE)
        note_drafts.keep(talk, an_editor("Max"), self.word(), None)

    def be_sorted(self) -> None:
        talk, eda = self.message(), an_editor()
        desk.change(talk, eda, {}, tags=[self.word()])
        desk.change(talk, eda, {}, tags=[self.word()])
        was = {"name": plain(talk.name), "postal": plain(talk.postal)}
        details.change_details(talk, eda, was, name=self.word(), postal=self.word())

    def be_put_together(self) -> None:
        one, other = self.message(), self.message()
        desk.merge(one.id, other.reference, an_editor(), {"merged_into_id": None})

    def come_back(self) -> None:
        contact.write_back(self.message(), self.word(), 0)

    def mail(self) -> None:
        self.mails(reply_address(self.message()))

    def mails(self, to: str) -> None:
        boundary, name = self.word(), self.word()
        self.words.remove(boundary)
        lines = [
            f"From: {self.word()} <{self.address}>",
            f"To: {to}",
            f"Reply-To: {self.word()} <{self.word()}@example.org>",
            f"Message-ID: <{self.word()}@b>",
            f"Subject: {self.word()}",
            f"Content-Type: multipart/mixed; boundary={boundary}",
            *("", f"--{boundary}", "Content-Type: text/plain", "", self.word()),
            *("", "On Mon, 3 Nov 2025 at 10:00, The team <team@portal.test> wrote:"),
            *("", f"> {self.word()}", f"--{boundary}", "Content-Type: text/plain"),
            f'Content-Disposition: attachment; filename="{name}.txt"',
            *("", self.word(), f"--{boundary}--", ""),
        ]
        incoming.receive(mime.read("\r\n".join(lines).encode()), "local")

    def mail_into_the_conversation_of_somebody_else(self) -> None:
        self.mails(reply_address(a_conversation(email=EVE, text=EVES_WORDS)))

    def get_a_copy(self) -> None:
        talk = a_conversation(email=EVE, text=EVES_WORDS)
        replies.answer(talk, an_editor(), "For both of you", Way.EMAIL, also_to=[self.address])
        replies.save_draft(talk, an_editor(), "Once more", 0, also_to=self.address)

    def be_put_on_by_the_team(self) -> None:
        chosen = newsletter_desk.Choices(self.word(), ["ideas"], "plain")
        yes = newsletter_desk.Yes(self.word(), an_editor().id, now(), self.word())
        with suppress(NotPossible):  # on the list already
            newsletter_desk.put_on(self.address, chosen, "phone", yes)

    def sign_up(self) -> None:
        newsletter.begin(self.address, ["ideas"], "plain")

    def be_held(self) -> None:
        newsletter.hold(self.address, [], "plain", [self.word()])

    def be_on_the_list(self) -> None:
        put_on(self.address, self.word(), ["stories"])
        person = Subscriber.with_email(self.address)
        was = newsletter_desk.Choices.of(person)
        wanted = newsletter_desk.Choices(self.word(), ["ideas"], "large")
        newsletter_desk.change(person, wanted, was, "phone", an_editor())

    def be_in_a_list(self) -> None:
        """One that the team brings along, and has not begun with."""
        content = f"email,name\n{self.address},{self.word()}\n".encode()
        jobs.take_in("people.csv", BytesIO(content), None)

    def be_refused_in_a_list(self) -> None:
        db.session.add(job := ListJob(kind=JobKind.IMPORT, state=JobState.DONE))
        db.session.flush()
        said = {"email": self.address, "email_key": self.address, "outcome": "refused"}
        db.session.add(JobLine(job_id=job.id, line=2, words="no", **said))
        db.session.commit()

    def be_told_of(self) -> None:
        """By the provider, about a mail to them and one that nobody knows."""
        row = enqueue(mail(self.word(), to=self.address))
        db.session.commit()
        told = {
            "address": self.address,
            "original": {"to": self.address, "x": self.word()},
            "reason": self.word(),
        }
        for number in (str(row), "0"):
            event = ProviderEvent(self.word(), EventKind.BOUNCED, key=number, **told)
            events.save("brevo", [event])
            self.words.pop(-1)  # its id is the provider's, and says nothing
        db.session.commit()

    def be_typed_about(self) -> None:
        fields = [["to", self.address], ["text", self.word()]]
        form = KeptForm(member_id=an_editor().id, address="/inbox/new", page="", fields=fields)
        form.files = []
        db.session.add(form)
        db.session.commit()

    def told(self, **changes) -> dict:
        said = {"title": self.word(), "text": f"{self.word()} and more", "name": self.word()}
        said |= {"email": self.address, "phone": self.phone}
        more = {name: self.word() for name in ("needs", "call", "others_note", "postal")}
        return said | {"answers": ALL_YES | {"reply_by": "email"} | more} | changes

    def begin_a_story(self) -> None:
        with_file(a_draft(**self.told()), f"{self.word()}.txt", self.word().encode())

    def tell_a_story(self) -> None:
        story = a_story(**self.told())
        words = {"alt": self.word(), "transcript": self.word()}
        with_file(story, f"{self.word()}.txt", self.word().encode(), **words)
        new = {"title": self.word(), "text": self.word(), "summary": self.word()}
        edited(story, reason=self.word(), **new)
        shaping.comment(story, self.word())

    def say_yes_by_word_of_mouth(self) -> None:
        noted(handed_over(a_story(**self.told())), note=self.word())

    def be_published(self) -> None:
        story = published(a_story(**self.told()))
        uses.add(story, Channel.SOCIAL, self.word(), an_editor(), link=f"https://{self.word()}.org")
        given = {"text": self.word(), "link": f"https://{self.word()}.org"}
        formats.add_version(story, an_editor(), VersionKind.EASY_READ, self.word(), "en", **given)
        shaping.set_level(story, an_editor(), None, "")

    def be_in_an_issue(self) -> None:
        story = published(a_story(**self.told()))
        an_agreed_issue(story)
        for leaves in (let_out, sent):
            issue = an_issue(story)
            made = rendering.edition(issue, "large")
            leaves(issue, html=made.html, text=made.text)

    def be_asked_about_a_journalist(self) -> None:
        press.ask(
            approved(handed_over(a_story(**self.told()))),
            a_conversation(kind="press"),
            self.word(),
            an_editor(),
        )

    def tell_it_before_they_are_grown_up(self) -> None:
        guardian = {"guardian_name": self.word(), "guardian_email": f"{self.word()}@example.org"}
        a_young_story(**self.told(**guardian, guardian_phone=f"020 7946 {self.word()}"))

    def take_a_story_back(self) -> None:
        withdrawal.withdraw(published(a_story(**self.told())), keep_files=True)


PARTS = {"word", "message", "told", "mails", "left_in"}
DOORS = [name for name, one in vars(Life).items() if isfunction(one) and name not in PARTS]
DOORS.remove("__init__")
