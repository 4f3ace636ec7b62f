"""What the team is told: a yes that was said to them, and who the guardian is, whom they ask."""

from flask import Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from portal.stories import approvals, texts
from portal.stories.editor import preview
from portal.stories.editor.routes import back, bp, find, for_editors, subpage
from portal.stories.editor.yes_forms import GuardianForm, NoteYesForm
from portal.stories.guardian import services as guardians
from portal.stories.models import Story
from portal.stories.states import Giver, YesWay
from portal.team.access import member, requires
from portal.team.models import Role

TITLES = {
    Giver.STORYTELLER: "Note a yes that they said to you",
    Giver.GUARDIAN: "Note what the guardian said to you",
}


@bp.route("/yes/<giver>", methods=("GET", "POST"))
@requires(Role.EDITOR)
def note_yes(conversation_id: int, giver: str) -> BaseResponse:
    """The text to read out, and the yes that was said to it."""
    story = find(conversation_id)
    who = _giver(giver)
    form = NoteYesForm(story, who)
    if not form.validate_on_submit():
        return _read_out(story, who, form)
    said = (YesWay(form.way.data), form.digest.data, form.said_at, form.note.data)
    approvals.note_yes(story, member(), who, *said)
    return back(story, "noted")


def _read_out(story: Story, giver: Giver, form: NoteYesForm) -> Response:
    newest, said = texts.latest(story) or abort(404), texts.valid_approval(story, giver)
    if request.method != "POST":
        form.digest.data = newest.digest
    return subpage(
        "yes",
        "A yes that is taken back" if said else TITLES[giver],
        form.status,
        form=form,
        story=story,
        giver=giver,
        said=said,
        why_not=approvals.why_not_noted(story, giver),
        number=story.guardian_phone if giver is Giver.GUARDIAN else story.phone,
        wording=approvals.HEARD[giver],
        preview=preview.preview_of_revision(story, newest),
    )


@for_editors("/yes/<giver>/end")
def note_end(story: Story, giver: str) -> BaseResponse:
    """Take back the yes of somebody who said so to a member."""
    approvals.note_end(story, member(), _giver(giver))
    return back(story, "ended")


def _giver(word: str) -> Giver:
    return Giver(word) if word in set(Giver) else abort(404)


@for_editors("/guardian/ask")
def ask_guardian(story: Story) -> BaseResponse:
    """Ask the guardian once more."""
    guardians.ask_again(story, member())
    return back(story, "guardian-asked")


@bp.route("/guardian", methods=("GET", "POST"))
@requires(Role.EDITOR)
def set_guardian(conversation_id: int) -> BaseResponse:
    """Note that the storyteller is under 18, and who must say yes too."""
    story = find(conversation_id)
    known = [story.guardian_name, story.guardian_email, story.guardian_phone]
    named = guardians.named(story)
    form = GuardianForm(**dict(zip(("name", "email", "phone"), named or known, strict=True)))
    if form.validate_on_submit():
        guardians.set_guardian(story, form.name.data, form.email.data, form.phone.data, member())
        return back(story, "guardian")
    title = "Their parent or guardian" if story.young else "The storyteller is under 18"
    return subpage("guardian", title, form.status, form=form, story=story, known=named and known)
