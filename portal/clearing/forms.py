"""Why something is kept."""

from portal.fields import short_text
from portal.forms import Form

LONGEST = 200


class KeepForm(Form):
    """Why a person keeps what would be deleted."""

    reason = short_text("Why is it kept?", "The reason", LONGEST, missing="Say why it is kept.")
