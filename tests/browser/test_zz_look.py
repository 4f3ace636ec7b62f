import pytest

pytestmark = [pytest.mark.browser]


@pytest.mark.parametrize("width", [320, 1280])
def test_look(app, open_page, open_desk, width, monkeypatch, forgive):
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def f():
        raise RuntimeError("x")

    monkeypatch.setitem(app.view_functions, "pages.accessibility", f)
    page = open_page("/accessibility", width=width)
    page.screenshot(path=f"/tmp/helpers/HEARD-500-{width}.png")
    forgive(".*")
