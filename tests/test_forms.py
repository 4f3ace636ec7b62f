"""What every form shares."""

from wtforms import StringField

from portal.fields import Menu, one_of, short_text, some_of
from portal.forms import Form


class NameForm(Form):
    """One field, with what it holds at first."""

    name = StringField("Name", default="Ada")


def test_a_fresh_form_shows_nothing_that_was_sent_with_another(app):
    with app.test_request_context(method="POST", data={"name": "Grace"}):
        assert NameForm().name.data == "Grace"
        assert NameForm(formdata=None).name.data == "Ada"


class QuestionsForm(Form):
    """One field of each kind that a page can show."""

    name = short_text("Name", "The name", 9, missing="Enter a name.")
    menu = one_of("Menu", "Choose from the menu.", {"a": "A"}, kind=Menu)
    radio = one_of("Radio", "Choose one.", {"a": "A"})
    boxes = some_of("Boxes")


def test_what_is_wrong_leads_to_the_field_and_of_a_group_to_its_first_choice(app):
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context(method="POST", data={"boxes": "x"}):
        form = QuestionsForm()
        assert not form.validate()

    assert [*form.messages] == ["name", "menu", "radio-0", "boxes-0"]
