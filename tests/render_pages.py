"""Write the pages as files for the HTML checker: python -m tests.render_pages FOLDER."""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from flask_migrate import upgrade

from portal import create_app, delivery, join_migrations
from portal.config import load_config
from portal.extensions import db
from portal.inbox import emails as inbox_emails
from portal.inbox import links as inbox_links
from portal.inbox.desk import replies
from portal.issues.mail import personal, rendering
from portal.newsletter import emails, links
from portal.newsletter import services as newsletter_services
from portal.newsletter.models import Subscriber, SubscriberState
from portal.newsletter.transfer import jobs
from portal.providers.values import Email
from portal.stories import emails as story_emails
from portal.stories import links as story_links
from portal.stories import shaping, withdrawal
from portal.stories.press import services as press
from portal.stories.states import VersionKind
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel
from portal.team import links as links_of_team
from portal.team import services as team_services
from portal.team.models import Role
from portal.your_details import emails as details_emails
from portal.your_details import links as details_links
from tests.inbox import a_conversation
from tests.issues import a_sent_issue, an_issue
from tests.stories import a_draft, an_editor, handed_over, published, telling_url
from tests.stories.desk import with_file
from tests.stories.media import a_film
from tests.stories.readers import add_recording, add_version, at, put_up
from tests.team import a_member, sign_in

FORMS = ("/newsletter/", "/newsletter/embed", "/contact/", "/team/sign-in")
NOBODY = {"email": "x"}  # which each of them refuses
MINE = (
    "rewrite",
    "not-yet",
    "history",
    "history/2",
    "call",
    "consents",
    "withdraw",
    "erase",
    "stop",
)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as var:
        app = create_app(load_config({"DEVELOPMENT": "1", "SECRET_KEY": "pages", "VAR_DIR": var}))
        join_migrations(app)
        with app.app_context():
            upgrade()
            write(app, folder)
            db.engine.dispose()


def write(app, folder: Path) -> None:
    client = app.test_client()
    paths, mails = fill(app, client)
    answers = [client.get(path) for path in paths]
    answers += [client.post(path, data=NOBODY) for path in FORMS]
    shown = [answer for answer in answers if answer.location is None]
    pages = [answer.text for answer in shown if answer.mimetype == "text/html"]
    for number, text in enumerate([*pages, *(mail.html for mail in mails)]):
        if "<html" in text:
            (folder / f"{number:02}.html").write_text(text)


def fill(app, client) -> tuple[list[str], list[Email]]:
    """Make rows in each state, and sign a manager in; returns paths of pages about them, and mails.

    A path of every page that has nothing in its address is there too.
    """
    person = Subscriber.new("ada@example.org", SubscriberState.SUBSCRIBED)
    db.session.add(person)
    db.session.commit()
    preferences, leave = links.preferences_url(person), links.unsubscribe_url(person)
    addresses = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments]
    addresses += [preferences, f"{preferences}/erase", leave, "/nothing/here"]
    asked = Subscriber.new("bob@example.org")
    db.session.add(asked)
    db.session.commit()
    addresses += [links.confirm_url(asked, [], "standard")]
    addresses += [f"/newsletter/list/{person.id}{page}" for page in ("", "/change", "/erase")]
    newsletter_services.hold("eve@example.org", ["ideas"], "plain", ["Too quick"])
    addresses += ["/contact/made-up", "/stories/share/made-up/", "/stories/mine/made-up"]
    addresses += ["/team/invite/over", *team_links()]
    mails = [emails.confirm_signup(person, [], "standard")]
    mails += [emails.about(person, mail) for mail in ("already_subscribed", "preferences_link")]
    mails += [emails.about(person, "welcome", name=person.name)]
    ada = sign_in(client, app, role=Role.MANAGER)
    talk = a_conversation(needs="Short sentences", doubts=["Too quick"])
    replies.add_note(talk, ada, "A note")
    replies.answer(talk, ada, "An answer", talk.reply_by)
    job = jobs.take_in("people.csv", BytesIO(b"email,state\nada@example.org,gold\n"), ada.id)
    addresses += [f"/newsletter/list/import/{job.id}/", f"/newsletter/list/jobs/{job.id}"]
    own = inbox_links.own_url(talk)
    addresses += [own, f"{own}/sent", f"{own}/stop", f"/inbox/{talk.id}", f"/inbox/{talk.id}/erase"]
    addresses += [f"/inbox/{talk.id}/{page}" for page in ("person", "details", "ask")]
    addresses.append(f"/team/retention/{talk.id}")
    details = details_emails.own_link(person.email, "key")
    delivery.enqueue(details, key="key")
    mails.append(details)
    opened = details_links.url("key")
    addresses += [opened, f"{opened}/erase"]
    mails += [inbox_emails.reply(talk, "An answer"), inbox_emails.team_notice(talk, "new")]
    mails.append(inbox_emails.many_notice(inbox_emails.mailbox(talk), 34, 2))
    db.session.commit()
    stories, words = write_stories()
    issue = a_sent_issue(published())
    addresses += [*stories, "/", "/newsletter/issues/", f"/newsletter/issues/{issue.slug}/"]
    addresses += [f"/newsletter/issues/desk/{issue.id}/preview/{one}" for one in ("plain", "large")]
    desk = f"/newsletter/issues/desk/{an_issue(published(), preview='Swim').id}"
    addresses += [f"/newsletter/issues/desk/{issue.id}", desk]
    addresses += [f"{desk}/{page}" for page in ("stories", "yes", "delete")]
    tess = a_member(name="Tess", email="tess@team.example")
    words += [personal.test_for(one, tess) for one in rendering.editions(issue)]
    paths = [one.removeprefix(app.config["SITE_URL"]) for one in addresses]
    return paths, [*mails, *words]


def team_links() -> list[str]:
    """Links to come into the team, and to a new password."""
    team_services.invite("eve@team.example", Role.EDITOR)
    invited, member = team_services.find("eve@team.example"), a_member(name="Sam")
    return [links_of_team.invite_url(invited), links_of_team.reset_url(member)]


def write_stories():
    """The addresses of pages of stories in each state, and mails about them."""
    draft, waiting, public = a_draft(), handed_over(), published()
    steps = ("way", "story", "files", "files/add", "you", "consent", "check", "delete")
    addresses = [telling_url(draft), story_links.story_url(public)]
    addresses += [f"{telling_url(draft)}{step}" for step in steps]
    for story in (waiting, public):
        mine = story_links.storyteller_url(story)
        addresses += [mine, *(f"{mine}/{page}" for page in MINE)]
        desk = story_links.editor_url(story)
        addresses += [desk, f"{desk}/texts/1"]
        addresses += [f"/inbox/{story.conversation_id}", f"/inbox/{story.conversation_id}/lost"]
    addresses += uses_and_questions(published())
    gone = published()
    withdrawal.withdraw(gone, keep_files=False)
    addresses += [story_links.storyteller_url(gone), story_links.story_url(gone)]
    addresses += [*library(), "/stories/?q=nothing&level=advanced", "/stories/topics/water/"]
    names = ("receipt", "link", "ready", "resting", "withdrawn", "erased", "version")
    mails = [story_emails.about(waiting, name) for name in names]
    db.session.commit()
    return addresses, mails


def uses_and_questions(story) -> list[str]:
    """The pages of what a story is used for, and of what its teller is asked about a journalist."""
    use = uses.add(story, Channel.SOCIAL, "A post", an_editor(), link="https://example.org/1")
    shaping.set_consents(story, dict.fromkeys(("social", "place"), (False, "")))
    enquiry, other = a_conversation(kind="press"), published()
    press.ask(story, enquiry, "A paper asks.", an_editor())
    desk, asking = story_links.editor_url(story), f"/inbox/{enquiry.id}/storytellers"
    mine = story_links.storyteller_url(story)
    return [
        *("/inbox/stories/", "/inbox/stories/?may=clean", desk, f"{desk}/uses/{use.id}"),
        *(asking, f"{asking}/{story.id}", f"{asking}/{other.id}", f"/inbox/{enquiry.id}"),
        *(mine, f"{mine}/press/{story.press_questions[0].id}"),
    ]


def library() -> list[str]:
    """The pages of a story that has all that one can have."""
    story = put_up("All of it", pictures=["Ada floats", "A pool"], topics=("water",))
    put_up("More of it", topics=("water",))
    add_version(story, VersionKind.EASY_READ, text="I swim.")
    add_version(story, VersionKind.BSL, "Signed", "bfi", link="https://films.example/1")
    film = with_file(story, "film.mp4", a_film(), transcript="I swim.", seconds=3.0)
    add_version(story, VersionKind.BSL, "Filmed", "bfi", file=film)
    add_recording(story)
    return [at(story), at(story, "easy-read")]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
