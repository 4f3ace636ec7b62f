"""What a reader reports becomes a message to the team."""

from dataclasses import replace

from portal.inbox import emails, intake
from portal.inbox.intake import Enquiry
from portal.inbox.models import Conversation
from portal.stories import links, notices
from portal.stories.models import Story
from portal.transaction import one_transaction

REPORT = "report"


@one_transaction
def send_report(story: Story, enquiry: Enquiry) -> Conversation:
    """Tell the team, and note it at the story unless it is held; commits. A form counts once."""
    submission = f"{REPORT} {story.conversation_id} {enquiry.submission}"
    if known := intake.find_submission(submission):
        return known
    talk = intake.open_conversation(replace(enquiry, submission=submission))
    if talk.email:
        intake.send_receipt(talk, emails.receipt(talk), "A person looks at the report first")
    if not enquiry.doubts:
        notices.note(story, "reported", talk.reference)
    return talk


def is_report(talk: Conversation) -> bool:
    """Whether a reader reports a story in this conversation."""
    return (talk.submission or "").startswith(f"{REPORT} ")


def reported(talk: Conversation) -> Story | None:
    """The story that a report is about; None where it was erased."""
    _, story_talk, _ = (talk.submission or "").split(" ")
    return links.of_conversation(int(story_talk))
