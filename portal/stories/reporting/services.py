"""What a reader reports becomes a message to the team."""

from portal.inbox import emails, intake
from portal.inbox.intake import Enquiry
from portal.inbox.models import Conversation
from portal.stories import notices
from portal.stories.models import Story
from portal.transaction import one_transaction


@one_transaction
def send_report(story: Story, enquiry: Enquiry) -> Conversation:
    """Tell the team, and note it at the story unless it is held; commits. A form counts once."""
    if enquiry.submission and (known := intake.find_submission(enquiry.submission)):
        return known
    talk = intake.open_conversation(enquiry)
    if talk.email:
        intake.send_receipt(talk, emails.receipt(talk), "A person looks at the report first")
    if not enquiry.doubts:
        notices.note(story, "reported", talk.reference)
    return talk
