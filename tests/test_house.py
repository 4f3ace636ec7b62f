"""The house stays in order, and what looks after it sees what is not."""

import pytest

from tests import house


def test_no_circle_no_name_twice_no_module_too_long():
    assert list(house.faults()) == []


@pytest.mark.parametrize(
    ("imported", "found"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, set()),
        ({"a": {"b"}, "b": {"a"}}, {"a", "b"}),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}, {"a", "b", "c"}),
    ],
)
def test_a_circle_of_imports_is_seen(imported, found):
    assert set(house.circle(imported)) == found


@pytest.mark.parametrize(
    ("module", "other", "is_seen"),
    [
        ("brevo.adapter", "resend.events", True),
        ("headers", "brevo.payload", True),
        ("brevo.adapter", "brevo.events", False),
        ("brevo.adapter", "headers", False),
    ],
)
def test_a_provider_that_somebody_else_imports_is_seen(module, other, is_seen):
    imported = {f"portal.providers.{module}": {f"portal.providers.{other}"}}

    assert bool(house.strays(imported)) == is_seen


def test_a_public_name_that_stands_twice_is_seen(tmp_path):
    for module in ("a", "b"):
        (tmp_path / f"{module}.py").write_text("class State:\n    pass\n\nclass _Row:\n    pass\n")

    assert house.shared_names(tmp_path) == {"State": ["a.py", "b.py"]}


def test_a_name_under_which_two_modules_keep_something_with_the_app_is_seen(tmp_path):
    """Each of them would find what the other has put there."""
    (tmp_path / "a.py").write_text("app.extensions.setdefault('store', A())\n" * 2)
    (tmp_path / "b.py").write_text("KEY = 'store'\napp.extensions[KEY] = B()\n")
    (tmp_path / "c.py").write_text("known = app.extensions['store']\nother['store'] = 1\n")

    assert house.shared_names(tmp_path) == {"extensions['store']": ["a.py", "b.py"]}
