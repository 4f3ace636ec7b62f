"""Every form of the portal, and good answers to it: the table of tests/test_bad_input.py.

A feature adds a row for each form. What must be refused in a field is read off the form's class,
so a row says only what the class cannot: where the form is, and what good answers are.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

from flask import current_app

from portal import mailbox
from portal.clearing.forms import KeepForm
from portal.contact import forms as contact
from portal.extensions import db
from portal.forms import AddressForm, Form
from portal.inbox import links as inbox_links
from portal.inbox.desk import answer_form, detail_forms, question_form, replies
from portal.inbox.desk import forms as desk
from portal.inbox.desk.edits import plain
from portal.inbox.desk.models import SavedReply
from portal.issues import approving, drafts
from portal.issues.desk import forms as issues
from portal.issues.models import Issue
from portal.newsletter import forms as newsletter
from portal.newsletter import links as newsletter_links
from portal.newsletter import services as newsletter_services
from portal.newsletter.desk import forms as newsletter_desk
from portal.newsletter.models import HeldSignup, SubscriberState
from portal.newsletter.transfer import forms as list_forms
from portal.newsletter.transfer import jobs
from portal.stories import formats, shaping
from portal.stories import links as story_links
from portal.stories.editor import forms as editor
from portal.stories.editor import shown_forms, text_form, use_forms, yes_forms
from portal.stories.files import page as files
from portal.stories.finding import forms as finding
from portal.stories.guardian import forms as guardian
from portal.stories.press import forms as press
from portal.stories.press import services as press_services
from portal.stories.reporting import forms as reporting
from portal.stories.states import Telling, VersionKind
from portal.stories.storyteller import choices_form, reach_form
from portal.stories.storyteller import forms as storyteller
from portal.stories.telling import forms as telling
from portal.stories.telling import story_form
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel
from portal.team import forms as team
from portal.team import links as team_links
from portal.team import services as team_services
from portal.team.models import Member, Role
from portal.your_details.desk import forms as person_desk
from tests.clearing import closed
from tests.contact import GOOD as MESSAGE
from tests.inbox import a_conversation
from tests.issues import an_issue
from tests.issues.desk import DESK
from tests.newsletter import a_subscriber
from tests.stories import (
    a_draft,
    a_story,
    a_young_story,
    an_editor,
    approved,
    edited,
    handed_over,
    published,
)
from tests.stories.desk import with_file
from tests.stories.telling.steps import CONSENT, STORY, YOU
from tests.team import PASSWORD, a_member, put_half_in, put_in, with_password

ADA = "ada@example.org"
NEW_ADDRESS = "new@example.org"
BOUNCED, LEFT = SubscriberState.BOUNCED, SubscriberState.UNSUBSCRIBED
NEW = "four other words here"
FIND = "/stories/share/find"
PHONE = "0161 496 0000"
SIGN_IN, PASSKEYS = "/team/sign-in", "/team/account/passkeys"
NOT_LISTED = {"from the list.": ("x",)}


@dataclass(frozen=True)
class Row:
    """A form: where it is sent to, and good answers."""

    name: str
    form: type[Form] | None
    """None where the view reads single fields."""
    good: dict[str, object]
    start: str | Callable[..., object]
    """The address; or what makes what the form is about, for a client, and says the address, or
    that and more good answers."""
    page: str = ""
    """Where the form is shown: if not said, at the address itself, or above it."""
    role: Role = Role.EDITOR
    """Who is signed in, where somebody must be."""
    free: tuple[str, ...] = ()
    """Fields in which anything is taken."""
    prefix: str = ""
    refused: int = 422
    """The status of a form that is refused."""
    is_taken: bool = True
    is_noted: bool = False
    """Whether the audit has a form that is refused: its page shows somebody's details again."""
    asked: dict[str, dict] = field(default_factory=dict)
    also: dict[str, dict] = field(default_factory=dict)

    def asking(self, **asked: dict) -> Row:
        """With the answers with which a field is asked for at all."""
        return replace(self, asked=asked)

    def refusing(self, **also: dict) -> Row:
        """With what must be refused beyond what the class says: for each words, what is typed."""
        return replace(self, also=also)

    def not_taken(self) -> Row:
        """Where the good answers alone are not enough."""
        return replace(self, is_taken=False)

    def letting(self, *free: str) -> Row:
        """With fields in which anything is taken."""
        return replace(self, free=free)


def path(url: str) -> str:
    return url.partition("portal.test")[2] or url


def talk(end: str, **values: str) -> Callable[..., str]:
    """A conversation in the inbox."""
    return lambda client: f"/inbox/{a_conversation(**values).id}/{end}"


def talk_to_keep(_) -> str:
    """A conversation that would end one day."""
    return f"/team/retention/{closed(somebody()).id}"


def a_note(_) -> str:
    """The page that corrects a note."""
    talk = a_conversation()
    return f"/inbox/{talk.id}/messages/{replies.add_note(talk, somebody(), 'Call').id}/correct"


def listed(end: str) -> Callable[..., str]:
    """The list, with a conversation in it."""
    return lambda client: a_conversation() and f"/inbox/{end}"


def own_message(_) -> str:
    return path(inbox_links.own_url(a_conversation()))


def preferences(_) -> str:
    return path(newsletter_links.preferences_url(a_subscriber()))


def on_list(end: str, state=SubscriberState.SUBSCRIBED) -> Callable[..., str]:
    """Somebody on the list, as the team sees them."""
    address = f"{uuid.uuid4().hex}@example.org"
    return lambda client: f"/newsletter/list/{a_subscriber(address, state).id}/{end}"


def a_list(_) -> str:
    """A list whose columns are to be matched."""
    job = jobs.take_in("people.csv", BytesIO(b"email,name\nada@example.org,Ada\n"), None)
    return f"/newsletter/list/import/{job.id}/"


def a_held_signup(_) -> str:
    newsletter_services.hold(ADA, [], "plain", ["Too quick"])
    return f"/newsletter/list/held/{db.session.scalar(db.select(HeldSignup.id))}"


def a_reply(_) -> str:
    saved = SavedReply(title="Hours", text="We open at nine.")
    db.session.add(saved)
    db.session.commit()
    return f"/inbox/replies/{saved.id}"


def a_colleague(_) -> str:
    return f"/team/people/{a_member(name='Bo').id}"


def a_mail(_) -> str:
    """A mail in the local mailbox."""
    key = "00000000-0000-0000-0000-000000000000"
    folder = Path(current_app.config["VAR_DIR"]) / "mailbox"
    folder.mkdir(exist_ok=True)
    (folder / f"{key}.eml").write_text("From: a@b.org\nTo: c@d.org\nSubject: Hello\n\nHello")
    return f"/mailbox/{key}/answer"


def somebody(role: Role = Role.EDITOR) -> Member:
    """A member whom no other row knows."""
    return a_member(role, email=f"{uuid.uuid4().hex}@team.example")


def half_in(client, address="/team/code") -> tuple[str, dict]:
    """Somebody who gave their password, and has a second step."""
    member = somebody()
    code = with_password(member).code()
    if address != "/team/code":
        member.tf_totp_secret = None
    put_half_in(client, member)
    return address, {"code": code}


def to_set_up(client) -> tuple[str, dict]:
    """The same without a second step."""
    return half_in(client, "/team/second-step")


def issue_words(end: str = "") -> Callable[..., tuple[str, dict]]:
    """An issue that is being written, and what its page carries of it."""

    def start(_):
        issue = an_issue()
        was = {name: plain(words) for name, words in drafts.words_of(issue).items()}
        return f"{DESK}{issue.id}{end}", {"was": json.dumps(was)}

    return start


def an_asked_issue() -> Issue:
    a_subscriber(f"{uuid.uuid4().hex}@example.org")
    issue = an_issue(opening="Hello")
    approving.ask(issue, somebody())
    return issue


def issue_yes(_) -> tuple[str, dict]:
    issue = an_asked_issue()
    return f"{DESK}{issue.id}/yes", {"digest": issue.asked_digest}


def issue_send(_) -> str:
    issue = an_asked_issue()
    approving.approve(issue, somebody(), issue.asked_digest)
    return f"{DESK}{issue.id}/send"


def issue_stories(_) -> tuple[str, dict]:
    return f"{DESK}{an_issue().id}/stories", {"story": str(published().id)}


def known(address: str) -> Callable[..., object]:
    """A member with a password, signed in unless the page is for that."""

    def start(client):
        member = somebody()
        with_password(member)
        if address == SIGN_IN:
            return address, {"email": member.email}
        put_in(client, member)
        return address

    return start


def invitation(_) -> str:
    return path(team_services.invite("new@team.example", Role.READER))


def new_password(_) -> str:
    member = somebody()
    with_password(member)
    return path(team_links.reset_url(member))


def draft(end: str, way: Telling = Telling.WRITE) -> Callable[..., str]:
    return lambda client: f"/stories/share/{story_links.token(a_draft(way))}/{end}"


def file_words(_) -> str:
    story = a_draft()
    file = with_file(story, "pool.png")
    return f"/stories/share/{story_links.token(story)}/files/{file.key}/words"


def version_words(_) -> tuple[str, dict[str, str]]:
    story = published()
    version = formats.add_version(story, an_editor(), VersionKind.BSL, "Hi", "bfi", link=LINK)
    db.session.commit()
    address = f"/inbox/{story.conversation_id}/story/versions/{version.id}/words"
    return address, {"digest": version.digest}


def mine(end: str) -> Callable[..., str]:
    """The page of somebody whose story was edited."""

    def start(client):
        story = a_story()
        edited(story, title="Water", text="I swim.\n\nThe water holds me.")
        return f"{path(story_links.storyteller_url(story))}/{end}"

    return start


def withdrawn_with_file(client):
    story = a_story()
    with_file(story, "pool.png")
    return f"{path(story_links.storyteller_url(story))}/withdraw"


def a_report(_) -> str:
    return f"/stories/{published().slug}/report"


def guardians(end: str) -> Callable[..., str]:
    """The page of a guardian who was asked."""

    def start(client):
        story = approved(handed_over(a_young_story()))
        return f"{path(story_links.guardian_url(story))}/{end}"

    return start


def young(end: str) -> Callable[..., str]:
    return lambda client: f"{path(story_links.storyteller_url(a_young_story()))}/{end}"


def sent_desk(end: str) -> Callable[..., str]:
    return lambda client: f"/inbox/{a_story().conversation_id}/story/{end}"


def press_desk(_) -> str:
    """The page to ask a storyteller about a press enquiry."""
    return f"/inbox/{a_conversation(kind='press').id}/storytellers/{a_story().id}"


def press_asked(end: str) -> Callable[..., str]:
    """The same once they were asked."""

    def start(_) -> str:
        enquiry, story = a_conversation(kind="press"), a_story()
        press_services.ask(story, enquiry, "A paper asks.", an_editor())
        return f"/inbox/{enquiry.id}/storytellers/{story.id}/{end}"

    return start


def press_own(_) -> str:
    """The storyteller's page about it."""
    story = a_story()
    press_services.ask(story, a_conversation(kind="press"), "A paper asks.", an_editor())
    url = path(story_links.storyteller_url(story))
    return f"{url}/press/{story.press_questions[0].id}"


def withheld_desk(end: str) -> Callable[..., str]:
    """A story whose text must not say where its teller lives, to be published or public."""

    def start(_) -> str:
        story = (published if end == "shown" else approved)()
        shaping.set_consents(story, dict.fromkeys(READ, (False, "")))
        return f"/inbox/{story.conversation_id}/story/{end}"

    return start


def used_desk(_) -> str:
    """The page that asks what came of a place that must be cleaned up."""
    story = a_story()
    use = uses.add(story, Channel.SOCIAL, "There", an_editor())
    shaping.set_consents(story, {"social": (False, "")})
    return f"/inbox/{story.conversation_id}/story/uses/{use.id}"


def asked_desk(end: str) -> Callable[..., str]:
    return lambda client: f"/inbox/{handed_over().conversation_id}/story/{end}"


def published_desk(end: str) -> Callable[..., str]:
    return lambda client: f"/inbox/{published().conversation_id}/story/{end}"


LINK, VTT = "https://films.example/1", "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHi"
NUMBER = ("", "x", "-1", "1.5", "\u00b2", "9" * 500, "\0")
MADE_UP = (" ", "\0", "💚", "' OR 1=1;--", "IDEAS")
NO_DAY = {
    "Enter a day, like 27 November.": ("soon", "31 February", "\0", "x" * 999, "1 March 1999")
}
NO_MOMENT = {"Enter a day or a time, like Friday": (*NO_DAY["Enter a day, like 27 November."],)}
NO_MOMENT |= {"27 November 2030 is a Wednesday.": ("Monday 27 November 2030",)}
EARLIER = {"The last day must not be before the first.": ("2030-03-26",)}
NO_PHONE = {"Enter a phone number": ("12", "a number")}
NO_CODE = {"Enter the code.": ("", " ", "x" * 101)}
NOT_RIGHT = {"That code is not right": ("\0",)}
NO_PASSWORD = {"Enter your password.": ("", "x" * 1001)}
SHORT = {"Use 12 letters or more.": ("", "eleven char", "x" * 1001)}
NO_NAME = {"Enter your name.": ("", " ")}
NO_LINK = ("x", "ftp://a.org", "http://[", "https://a b.org", "https://", "https://[x")
TRICKS = (
    *("https://\u202ea.org", "https://a.org\\@evil.example", "https://ada@a.org", "//a.org"),
    *("javascript:alert(1)", "data:text/html,x", "https://a.org:pool/", "https://localhost"),
)
NO_OTHERS = {
    "Enter a full email address": ("bo", "bo@example.org, x@", "<bo@example.org>"),
    "hidden marks": ("bo@example.org\0", "bo@\u202egro.elpmaxe"),
    "addresses or fewer": (" ".join(f"{number}@example.org" for number in range(9)),),
}
NO_WHOLE_LINK = {
    "Enter the whole link": (*NO_LINK, *TRICKS),
    "must have 2,000 letters or fewer": ("https://example.org/" + "f" * 2000,),
}
NO_ROLE = {"Choose what they may do.": ("", "boss")}
WRITTEN = {
    "helper": {"reply_by": "helper", "helper": "Bob"},
    "phone": {"reply_by": "phone", "phone": PHONE},
    "postal": {"reply_by": "post", "postal": "1 Ring Road"},
}
NO_TAGS = {
    "tags or fewer": (",".join(map(str, range(50))),),
    "letters or fewer": ("x" * 200, "\u202ex"),
}
TRAP = ("extra_note",)
MAY_BE_ANYTHING = (*TRAP, "outlet", "deadline", "name", "needs")
ASKED = (*TRAP, "asked", "corrected")
CALLED = STORY | {"call_by": "phone", "phone": PHONE, "email": ADA}
SIGN_UP = {"email": ADA, "topics": "ideas", "format": "plain"}
CHOICES = {"name": "Ada", "topics": "ideas", "format": "plain"}
# What no page shows of any field.
WAS = ("", "x", "[]", "{}", '{"danger_at": "x"}', '{"merged_into_id": []}', "[" * 9000)
AGAIN = "Send them again."
KEPT_YES = {"proof": "kept"}
BY_PHONE = {"way": "phone"}
PUT_ON = CHOICES | BY_PHONE | {"email": NEW_ADDRESS, "proof": "mail", "wording": "I agree"}
PUT_ON |= {"said": "1 March 2026", "taken_by": "1", "evidence": "The signed sheet"}
DETAILS = {"kind": "press", "name": "Grace", "reply_by": "phone", "phone": PHONE}
CALLED = DETAILS | {"came": "phone", "text": "Is there a hoist?"}
TRIAGE = {"owner": "", "state": "open", "tags": "pool", "due": "27 November 2030", "snooze": ""}
EDITED = {"title": "The water", "summary": "", "text": "I swim.", "topics": "water"}
EDITED |= {"language": "en", "reason": "Short", "do": "save"}
CALL = {"way": "phone", "reach": PHONE, "when": ""}
NO_VERSION = {"Give a text, a link or a file.": ("",)}
NO_ADDRESS = {"Enter a whole address": NO_LINK}
NO_LANGUAGE = {"Enter a language": ("xx-yy-zz!",)}
VERSION = {"version_kind": "bsl", "version_title": "In BSL", "version_language": "en"}
VERSION |= {"version_text": "", "version_link": "https://films.example/1"}
REACHED = {"phone": PHONE}
LINKED = STORY | {"link": "https://example.org"}
REACH = {"reply_by": "email", "email": ADA, "phone": "", "postal": "", "helper": ""}
REWRITTEN = {"heading": "A", "summary": "", "text": "I swim."}
NOTED = {"way": "phone", "said": "today at 0:00", "note": "Gladly", "is_read_out": "y"}
NO_TIME = {"Enter a day and a time": ("", "soon"), "That time is still to come": ("1/1/2099",)}
MAYA = {"name": "Maya", "email": "maya@example.org", "phone": ""}
READ = {"place": "no", "condition": "no"}
USED = {"channel": "site", "used": "There"}
LEVEL = {"level": "advanced", "why": "So"}
OWN = {"name": "Ada", "undo_seconds": "30", "rows": "roomy", "told": "announces"}
CHANGED = {"password": NEW, "password_again": PASSWORD}
INVITED = {"email": "new@team.example", "role": "reader"}
PROMOTED = {"do": "role", "role": "editor"}
ANSWER = {"text": "Yes.", "way": "email", "do": "send"}
PERSON = "/team/person/"
LOOKED_FOR = {"email": ADA, "phone": "", "proof": "seen"}
TO_ERASE = LOOKED_FOR | {"parts": "messages"}
REPLY = {"title": "Hours", "text": "Nine", "do": "save"}
REPORT = {"reason": "worried", "words": "So"}
ALL_OF_IT = {"kind": "", "state": "", "since": "", "until": ""}
STEP = ("tab", "to")

WHEN = {"when": "now", "at": ""}
ISSUE = {"subject": "May", "preview": "Swim", "opening": "Hello", "topics": "ideas"}
READ_AS = {"column 0": "email", "wording": "Yes", "otherwise": "subscribed", "order": "day"}
ROWS = [
    *(
        Row(f"contact{end}", contact.ContactForm, MESSAGE, f"/contact/{end}", free=MAY_BE_ANYTHING)
        .asking(**WRITTEN)
        .refusing(phone=NO_PHONE)
        for end in ("", "send")
    ),
    Row("contact, more", contact.BackForm, {"message": "More"}, own_message, free=("seen",)),
    Row("contact, lost", AddressForm, {"email": ADA}, "/contact/lost"),
    Row("your details", AddressForm, {"email": ADA}, "/your-details/"),
    *(
        Row(f"newsletter{end}", newsletter.SignupForm, SIGN_UP, f"/newsletter/{end}", free=ASKED)
        for end in ("", "embed", "beside")
    ),
    Row("newsletter, lost", AddressForm, {"email": ADA}, "/newsletter/preferences/"),
    Row("newsletter, choices", newsletter.PreferencesForm, CHOICES, preferences),
    Row("put on the list", newsletter_desk.PutOnForm, PUT_ON, "/newsletter/list/add")
    .refusing(
        taken_by={"Choose somebody from the list.": ("", "x", "99999")},
        said={"Enter a day, like": ("soon", ""), "still to come": ("1 January 2099",)},
        evidence={"Say what proves it": ("", " ")},
        wording={"Write down the words": ("", " ")},
    )
    .asking(said=KEPT_YES, evidence=KEPT_YES, wording=KEPT_YES),
    Row(
        "their choices", newsletter_desk.ChangeForm, CHOICES | {"way": "phone"}, on_list("change")
    ).refusing(shown={AGAIN: WAS}),
    Row("taken off", newsletter_desk.AskedForm, BY_PHONE, on_list("off"), prefix="off-"),
    Row(
        "let back", newsletter_desk.AskedForm, BY_PHONE, on_list("allow", BOUNCED), prefix="allow-"
    ),
    Row("asked", newsletter_desk.AskedForm, BY_PHONE, on_list("ask", LEFT), prefix="ask-"),
    Row(
        "erased from the list",
        newsletter_desk.AskedForm,
        BY_PHONE,
        on_list("erase"),
        role=Role.MANAGER,
    ),
    Row(
        "held", None, {"do": "discard"}, a_held_signup, "/newsletter/list/held", refused=400
    ).refusing(do={"": ("", "explode")}),
    Row("how a list is read", list_forms.ChooseForm, READ_AS, a_list).refusing(
        otherwise=NOT_LISTED, order=NOT_LISTED, agreed={"Enter a day": ("soon",)}
    ),
    Row("sign in", team.SignInForm, {"password": PASSWORD}, known(SIGN_IN)).refusing(
        password=NO_PASSWORD
    ),
    Row("passkey", None, {"credential": "{}"}, "/team/passkey", SIGN_IN).not_taken(),
    Row("code", team.CodeForm, {}, half_in).refusing(code=NO_CODE | NOT_RIGHT),
    Row("set up", team.CodeForm, {}, to_set_up).not_taken().refusing(code=NO_CODE),
    Row("verify", team.AgainForm, {"password_again": PASSWORD}, known("/team/verify")).refusing(
        password_again=NO_PASSWORD
    ),
    Row("lost password", team.ResetForm, {"email": ADA}, "/team/reset"),
    Row("new password", team.NewPasswordForm, {"password": NEW}, new_password).refusing(
        password=SHORT
    ),
    Row("invited", team.AcceptForm, {"name": "Ada", "password": NEW}, invitation).refusing(
        password=SHORT, name=NO_NAME
    ),
    Row("own account", team.AccountForm, OWN, "/team/account/").refusing(name=NO_NAME),
    Row(
        "change password", team.ChangePasswordForm, CHANGED, known("/team/account/password")
    ).refusing(password=SHORT, password_again=NO_PASSWORD),
    Row("app", team.CodeForm, {"code": "1"}, "/team/account/app")
    .not_taken()
    .refusing(code=NO_CODE),
    Row("own passkeys", team.PasskeyForm, {"name": "Key"}, PASSKEYS)
    .not_taken()
    .letting("credential"),
    Row("invite", team.InviteForm, INVITED, "/team/people/", role=Role.MANAGER).refusing(
        role=NO_ROLE
    ),
    Row("member", None, PROMOTED, a_colleague, role=Role.MANAGER, refused=400).refusing(
        do={"": ("", "explode")}
    ),
    Row("one person", person_desk.LookForm, LOOKED_FOR, PERSON, role=Role.MANAGER)
    .refusing(phone={person_desk.NEITHER: ("",)} | NO_PHONE)
    .letting("email")
    .asking(phone={"email": ""}),
    Row(
        "one person, erased",
        person_desk.PartsForm,
        TO_ERASE,
        f"{PERSON}erase",
        role=Role.MANAGER,
        free=("email", "phone", "proof"),
        is_noted=True,
    ),
    Row("answer", answer_form.ReplyForm, ANSWER, talk("answer"))
    .refusing(way={"Choose how you answer.": ("", "pigeon", "web")}, also_to=NO_OTHERS)
    .letting("files"),
    Row("draft", None, {"text": "Yes", "draft_seen": "0"}, talk("draft"), refused=400).refusing(
        draft_seen={"": NUMBER}
    ),
    Row("over a draft", None, {"text": "Yes", "over": "0"}, talk("over"), refused=400).refusing(
        over={"": ("", "x", "-1")}
    ),
    Row("kept note", None, {"note": "Call her", "note_seen": "1"}, talk("note/keep")),
    Row("note", desk.NoteForm, {"note": "Call her"}, talk("note")),
    Row("correction", desk.CorrectionForm, {"words": "Call her today"}, a_note, free=("seen",)),
    Row("danger", desk.DangerForm, {"why": "It is a joke."}, talk("danger", text="I want to die.")),
    Row("triage", desk.TriageForm, TRIAGE, talk("triage")).refusing(
        owner={"Choose somebody from the list.": ("99", "x")},
        state={"Choose where it is.": ("", "explode")},
        tags=NO_TAGS,
        due=NO_MOMENT,
        snooze=NO_MOMENT | {"That has passed.": ("1 March 2020",)},
    ),
    Row("quick", None, {"do": "close"}, talk("quick"), refused=400).refusing(
        do={"": ("", "explode")}, was={"": WAS}
    ),
    Row(
        "question",
        question_form.QuestionForm,
        {"to": ADA, "words": "Is it warm?", "quote": "", "do": "send"},
        talk("ask", email="grace@example.org"),
    ).refusing(to={"own address": ("grace@example.org", "media@getyourselfactive.org")}),
    Row("new conversation", detail_forms.NewForm, CALLED, "/inbox/new").refusing(
        came={"Choose what happened.": ("", "pigeon")},
        kind={"Choose the kind.": ("", "story")},
        deadline=NO_MOMENT,
        phone=NO_PHONE,
    ),
    Row("details", detail_forms.DetailsForm, DETAILS, talk("details")).refusing(
        kind={"Choose the kind.": ("", "story")}, deadline=NO_MOMENT, phone=NO_PHONE
    ),
    Row("merge", desk.MergeForm, {"reference": "AAAA-AAAA"}, talk("merge")).not_taken(),
    Row("presence", None, {"since": "0"}, talk("presence")),
    Row("bulk", None, {"chosen": "1.new.", "do": "tag", "tag": "pool"}, listed("bulk")),
    Row("undo", None, {"batch": "x"}, listed("undo")),
    Row("saved reply", desk.SavedReplyForm, REPLY, "/inbox/replies/new", free=("files",)).refusing(
        title={"Give it a title.": ("", " ")}
    ),
    Row("changed reply", desk.SavedReplyForm, REPLY, a_reply, free=("files",)),
    Row("export", desk.ExportForm, ALL_OF_IT, "/inbox/export", role=Role.MANAGER)
    .refusing(kind=NOT_LISTED, state=NOT_LISTED, since=NO_DAY, until=NO_DAY | EARLIER)
    .asking(until={"since": "2030-03-27"}),
    Row("mailbox", mailbox.AnswerForm, {"text": "Thank you"}, a_mail).refusing(
        text={"Write your answer.": ("", " ")}
    ),
    Row("begin", telling.StartForm, {"way": "write"}, "/stories/share/", free=TRAP),
    Row("way", telling.WayForm, {"way": "link"}, draft("way"), free=STEP),
    Row("story", story_form.StoryForm, STORY, draft("story"))
    .refusing(language={"Choose a language.": ("xx",)})
    .asking(language_name={"language": "other", "language_name": "Polish"})
    .letting(*STEP, "others", "call", "call_by", "email", "phone", "link"),
    Row("story to call for", story_form.StoryForm, CALLED, draft("story", Telling.CALL))
    .refusing(phone=NO_PHONE)
    .asking(email={"call_by": "bsl"})
    .letting(*STEP, "others", "language_name", "link"),
    Row("story linked", story_form.StoryForm, LINKED, draft("story", Telling.LINK))
    .refusing(link=NO_WHOLE_LINK)
    .letting(*STEP, "others", "call", "call_by", "email", "phone", "language_name"),
    Row("files", telling.FilesForm, {}, draft("files"), free=(*STEP, "seen")),
    Row("who", telling.YouForm, YOU, draft("you"), free=(*STEP, "guardian_consent"))
    .refusing(phone=NO_PHONE, guardian_phone=NO_PHONE)
    .asking(phone={"reply_by": "phone", "phone": PHONE}, email={}),
    Row("consents", telling.ConsentForm, CONSENT, draft("consent"), free=STEP).refusing(
        allow=NOT_LISTED
    ),
    Row("kept", None, STORY, draft("story/keep")),
    Row("mailed link", telling.MailLinkForm, {"email": ADA}, draft("link"), free=("remind",)),
    Row("file", files.FileWordsForm, {"alt": "A pool"}, file_words).letting(
        "is_decoration", "transcript", "language"
    ),
    Row("report", reporting.ReportForm, REPORT, a_report, free=(*TRAP, "words")),
    Row("four words", finding.PhraseForm, {"words": "a b c d"}, FIND, prefix="by-")
    .refusing(words={"Enter your four words.": ("", " ")})
    .not_taken(),
    Row("found by mail", finding.MailForm, {"email": ADA}, f"{FIND}/mail", prefix="mail-"),
    Row("found by phone", finding.PhoneForm, REACHED, f"{FIND}/call", prefix="call-").refusing(
        phone=NO_PHONE
    ),
    Row("decide", choices_form.ChoicesForm, {}, mine("decide")).letting(
        "revision", "digest", "seen", "base"
    ),
    Row("comment", storyteller.CommentForm, {"message": "More"}, mine("comment"), free=("seen",)),
    Row("call", storyteller.CallRequestForm, CALL, mine("call"), free=("seen",)).refusing(
        reach={"Enter a phone number, or an address": ("", "\u200b")}
    ),
    Row(
        "not yet", storyteller.NotYetForm, {"way": "email"}, mine("not-yet"), free=("seen",)
    ).asking(reach={"way": "phone", "reach": "0161 496 0000"}),
    Row("undo", storyteller.UndoForm, {"key": "title"}, mine("history/2/undo"))
    .letting("key", "seen")
    .not_taken(),
    Row("rewrite", storyteller.RewriteForm, REWRITTEN, mine("rewrite"), free=("seen",)).refusing(
        heading={"Give your story a title.": ("", "\u200b")}
    ),
    Row("own guardian", reach_form.NamedGuardianForm, MAYA, young("guardian"))
    .refusing(phone={"Enter an email address or a phone number.": ("",)} | NO_PHONE)
    .letting("email")
    .asking(phone={"email": ""}),
    Row("how we reach you", reach_form.ReachForm, REACH, mine("reach"))
    .refusing(phone=NO_PHONE)
    .asking(phone={"reply_by": "phone", "phone": PHONE}, email={}),
    Row("withdraw", storyteller.WithdrawForm, {"files": "keep"}, withdrawn_with_file),
    Row("yes", None, {"digest": "x", "revision": "1"}, mine("approve")).not_taken(),
    Row("own consents", storyteller.ConsentsForm, {"name_shown": "first"}, mine("consents"))
    .refusing(allowed=NOT_LISTED)
    .asking(other_name={"name_shown": "other", "other_name": "Countess"}),
    Row("yes to a version", storyteller.VersionAnswerForm, {"answer": "yes"}, mine("versions/1"))
    .letting("answer", "digest")
    .not_taken(),
    Row("publish", shown_forms.PublishForm, READ, withheld_desk("publish")).refusing(
        place={shown_forms.CHANGE_IT: ("yes",)}, condition={shown_forms.CHANGE_IT: ("yes",)}
    ),
    Row("public text", shown_forms.ShownForm, READ, withheld_desk("shown"), prefix="public-"),
    Row("cleared use", use_forms.ClearedForm, {"outcome": "gone"}, used_desk),
    Row("ask about a journalist", press.AskForm, {"words": "A paper asks."}, press_desk),
    Row("noted answer", press.NotedAnswerForm, {"answer": "no"}, press_asked("answer")),
    Row("answer about a journalist", storyteller.PressAnswerForm, {"answer": "no"}, press_own),
    Row("noted yes", yes_forms.NoteYesForm, NOTED, asked_desk("yes/storyteller"))
    .refusing(said=NO_TIME, is_read_out={"Read all of it out first.": ("",)})
    .letting("digest", "is_read_out")
    .not_taken(),
    Row("guardian", yes_forms.GuardianForm, MAYA, sent_desk("guardian"))
    .refusing(phone={"Enter an email address or a phone number.": ("",)} | NO_PHONE)
    .letting("email")
    .asking(phone={"email": ""}),
    Row("guardian's words", guardian.TalkForm, {"words": "Call me first."}, guardians("talk")),
    Row("guardian's yes", guardian.GuardianYesForm, {"revision": "1"}, guardians("approve"))
    .letting("revision", "digest")
    .not_taken(),
    Row("text", text_form.TextForm, EDITED, published_desk("text"))
    .refusing(topics={"": ("x",)}, language={"Enter a language, such as": ("", "what??")})
    .letting("seen", "reason"),
    Row("preview", None, EDITED, published_desk("preview")),
    Row("ask", editor.SeenForm, {}, sent_desk("ask"), refused=409).not_taken(),
    Row("decline", editor.DeclineForm, {"words": "Sorry"}, sent_desk("decline")),
    Row("level", editor.LevelForm, LEVEL, published_desk("level")).refusing(
        why={"Say why the level is another one.": ("", " ")}
    ),
    Row("use", use_forms.UseForm, USED, published_desk("uses")).refusing(
        link={use_forms.A_PAGE: ("there",)}
    ),
    Row("version", editor.NewVersionForm, VERSION, published_desk("versions"))
    .asking(version_text={"version_link": ""})
    .refusing(version_text=NO_VERSION, version_link=NO_ADDRESS, version_language=NO_LANGUAGE)
    .letting("version_file"),
    Row("issue", issues.IssueForm, ISSUE, issue_words()),
    Row("issue, while written", None, ISSUE, issue_words("/keep"), free=("subject",)),
    Row("issue, who is here", None, {"state": "draft"}, issue_words("/presence")),
    Row("issue, its stories", None, {}, issue_stories, refused=400).refusing(
        story={"": ("", "x", "99999")}
    ),
    Row("issue, the second yes", issues.IssueYesForm, {"is_read": "y"}, issue_yes)
    .refusing(is_read={"Read it in each format first.": ("",)})
    .letting("digest"),
    Row("issue, when it leaves", issues.SendForm, WHEN, issue_send)
    .refusing(at=NO_MOMENT | {"at least 15 minutes from now": ("yesterday",)})
    .asking(at={"when": "at"}),
    Row("kept for longer", KeepForm, {"reason": "A complaint"}, talk_to_keep),
    Row("version's words", editor.VersionWordsForm, {"words": "Hi", "lines": VTT}, version_words)
    .refusing(lines={"Captions begin with": ("x",), "Caption 1 needs times": ("WEBVTT\n\nx",)})
    .letting("digest"),
]
# What takes nothing but that it was pressed, or what has tests of its own: calls of machines, and
# files.
BUTTONS = {
    *("list_jobs.start", "list_jobs.again", "list_jobs.delete", "list_jobs.compare"),
    *("list_jobs.export_list", "list_jobs.bring", "list_jobs.report"),
    "person_desk.give",
    *("attachments.download", "attachments.whole", "editor.file"),
    *("hooks.take_events", "inbound.receive", "files.add", "files.create", "files.remove"),
    *("team.set_up_passkey", "team.sign_out", "account.remove_passkey", "account.recovery"),
    *("account.end", "account.end_all"),
    *("newsletter.confirm", "newsletter.confirm_again", "newsletter.erase"),
    *("newsletter.unsubscribe", "inbox.keys", "inbox.take_back", "inbox.again", "inbox.erase"),
    *("inbox.remove_reply", "contact.stop", "telling.words", "telling.delete", "telling.send"),
    *("editor.still_happy", "editor.remove_version"),
    *("editor.use_file", "editor.use_link"),
    *("storyteller.still", "storyteller.erase", "storyteller.stop", "storyteller.unapprove"),
    *("editor.ask_guardian", "editor.note_end", "guardian.unapprove", "guardian.version"),
    *("session.go_on", "session.drop", "your_details.ask_reader", "your_details.erase"),
    *("your_details.ask_sender", "your_details.ask_storyteller"),
    *("finding_team.words", "storyteller.new_address", "storyteller.undo_reach"),
    *(f"issue_desk.{one}" for one in ("new", "copy", "delete", "reopen", "stop")),
    *(f"issue_desk.{one}" for one in ("has_left", "send_again", "hide", "list_again")),
    "issue_desk.send_test",
    "clearing.let_go",
    "restored.decide",
    "editor.answer_reach",  # names a code, which must be of what is asked for now
}
# How many bytes are too many, by what is in the address.
MOST = {
    "/stories/share/": 17_000_000,
    "/stories/mine/": 5_000_000,
    "/story/versions": 0,  # it takes files
    "/story/": 3_000_000,
    "/newsletter/issues/desk/": 2_000_000,
    "/": 1_000_000,
}
