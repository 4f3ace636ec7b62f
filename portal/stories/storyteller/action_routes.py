"""What else the storyteller can do: talk to us, change what is allowed, and take it all back."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.inbox import sender_page
from portal.stories import notices, shaping, withdrawal
from portal.stories.models import Story
from portal.stories.press import services
from portal.stories.press.models import PressAnswer
from portal.stories.states import StoryState
from portal.stories.storyteller import copy, forms
from portal.stories.storyteller.routes import back, bp, of_story, page, subpage
from portal.transaction import NotPossible
from portal.web import UNPROCESSABLE, add_page


@of_story("/<token>/comment")
def comment(story: Story) -> BaseResponse:
    """Take in what the storyteller has to say."""
    form = forms.CommentForm()
    if not form.validate():
        return page(story, UNPROCESSABLE, comment=form)
    shaping.comment(story, form.message.data, form.seen.number)
    return back("message")


@of_story("/<token>/call", "GET", "POST")
def call(story: Story) -> BaseResponse:
    """Ask how and when to call them; the team reads it as a message."""
    form = forms.CallRequestForm(reach=story.phone)
    if request.method != "POST":
        form.seen.data = str(sender_page.written(notices.talk_of(story)))
    elif form.validate():
        shaping.comment(story, form.words, form.seen.number)
        return back("call")
    return subpage("call", "Ask for a call", form.status, form=form)


@of_story("/<token>/consents", "GET", "POST")
def consents(story: Story) -> BaseResponse:
    """Change what we may do with the story."""
    if story.is_over and request.method != "POST":
        return back()
    story.must_be_shaped()
    form = forms.ConsentsForm(story)
    if form.validate_on_submit():
        shaping.set_consents(story, form.said)
        return back("consents")
    title = "What we may do with your story"
    return subpage("consents", title, form.status, form=form, story=story)


@of_story("/<token>/press/<int:question_id>", "GET", "POST")
def press(story: Story, question_id: int) -> BaseResponse:
    """Say if a journalist can contact them; the question is in words of our team."""
    asked = (one for one in story.press_questions if one.id == question_id and one.is_open)
    question = next(asked, None)
    if question is None:
        raise NotPossible(services.OVER)
    form = forms.PressAnswerForm(answer=question.answer)
    if form.validate_on_submit():
        services.answer(story, question_id, PressAnswer(form.answer.data), form.words.data)
        return back("press")
    title = "A journalist would like to talk to you"
    return subpage("press", title, form.status, form=form, question=question)


@of_story("/<token>/still")
def still(story: Story) -> BaseResponse:
    """Keep the yearly yes."""
    shaping.still_happy(story)
    return back("still")


@of_story("/<token>/withdraw", "GET", "POST")
def withdraw(story: Story) -> BaseResponse:
    """Ask once, then take the story back, at once and whatever became of it."""
    form = forms.WithdrawForm(story)
    if story.state is StoryState.WITHDRAWN:
        return back()
    if form.validate_on_submit():
        withdrawal.withdraw(story, keep_files=form.keeps_files)
        return back("withdrawn")
    return subpage("withdraw", "Take your story back", form.status, form=form, story=story)


@of_story("/<token>/erase", "GET", "POST")
def erase(story: Story) -> BaseResponse:
    """Ask once, then forget the story and the person."""
    if request.method == "POST":
        withdrawal.erase(story)
        return redirect(url_for("storyteller.erased"), 303)
    return subpage("erase", "Erase everything", story=story)


@of_story("/<token>/stop", "GET", "POST")
def stop(story: Story) -> BaseResponse:
    """Ask once, then make the private link stop working."""
    if request.method == "POST":
        withdrawal.stop_link(story)
        return redirect(url_for("storyteller.stopped"), 303)
    return subpage("stop", "Stop this link", story=story)


@of_story("/<token>/copy", "GET")
def save_copy(story: Story) -> BaseResponse:
    """All texts and files, to be saved before they go."""
    return copy.answer(story)


add_page(bp, "/erased", "stories/storyteller/erased", "Everything is erased")
add_page(bp, "/stopped", "stories/storyteller/stopped", "Your link is stopped")
