"""What every form shares."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from wtforms import StringField
from wtforms.widgets import TextInput, core, html_params

from portal.forms import Form


class NameForm(Form):
    """One field, with what it holds at first."""

    name = StringField("Name", default="Ada")


def test_a_fresh_form_shows_nothing_that_was_sent_with_another(app):
    with app.test_request_context(method="POST", data={"name": "Grace"}):
        assert NameForm().name.data == "Grace"
        assert NameForm(formdata=None).name.data == "Ada"


NAMES = st.sampled_from(["id", "class_", "data_a_b", "aria_label"])
VALUES = st.text() | st.builds(Markup, st.text()) | st.booleans() | st.integers() | st.none()


@given(named=st.dictionaries(NAMES, VALUES))
def test_attributes_are_written_as_wtforms_does(named):
    assert TextInput.html_params(**named) == core.html_params(**named) == html_params(**named)
    assert html_params is not core.html_params
