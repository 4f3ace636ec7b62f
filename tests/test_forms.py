"""What every form shares."""

from wtforms import StringField

from portal.forms import Form


class NameForm(Form):
    """One field, with what it holds at first."""

    name = StringField("Name", default="Ada")


def test_a_fresh_form_shows_nothing_that_was_sent_with_another(app):
    with app.test_request_context(method="POST", data={"name": "Grace"}):
        assert NameForm().name.data == "Grace"
        assert NameForm(formdata=None).name.data == "Ada"
