"""Stories: told, shaped together, approved, published, taken back.

`telling` asks for a story, `storyteller` and `editor` are the two pages on which it is shaped,
`library` is what readers see, `reporting` takes what they report, `finding` leads back to a story,
`files` holds what comes with it, and `comparing` says what changed. What they share lies beside
them: `shaping` and `withdrawal` are what can be done with a story, `models` what is kept of it,
`deadlines` what happens by itself.
"""

from flask import Flask

from portal import people
from portal import retention as periods
from portal.inbox import links as inbox_links
from portal.inbox import retention as inbox_retention
from portal.inbox.models import Kind
from portal.stories import (
    approvals,
    consents,
    deadlines,
    formats,
    holdings,
    links,
    markdown,
    other_ways,
    reach,
    retention,
    tasks,
)
from portal.stories.editor import action_routes as editor_action_routes
from portal.stories.editor import file_routes, format_routes, status, use_routes, yes_routes
from portal.stories.editor import routes as editor_routes
from portal.stories.editor import text_routes as editor_text_routes
from portal.stories.files import allowed, checking, cleaning, downloads, receiving, tus
from portal.stories.files import routes as file_list_routes
from portal.stories.finding import phrase, services, team_routes
from portal.stories.finding import routes as finding_routes
from portal.stories.guardian import routes as guardian_routes
from portal.stories.library import query
from portal.stories.library import routes as library_routes
from portal.stories.press import routes as press_routes
from portal.stories.press import services as press
from portal.stories.reporting import routes as reporting_routes
from portal.stories.reporting import services as reporting_services
from portal.stories.storyteller import action_routes as storyteller_action_routes
from portal.stories.storyteller import history_routes, reach_routes
from portal.stories.storyteller import routes as storyteller_routes
from portal.stories.storyteller import text_routes as storyteller_text_routes
from portal.stories.telling import routes as telling_routes
from portal.stories.telling import step_routes
from portal.stories.uses import routes as use_list_routes
from portal.stories.uses import services as uses
from portal.words import show_periods, span, spelled, times


def init_app(app: Flask) -> None:
    """Register the pages of those who tell, of the team, and of everybody who reads."""
    shaped = (telling_routes, editor_routes, storyteller_routes, guardian_routes, file_list_routes)
    for routes in (
        library_routes,
        reporting_routes,
        *shaped,
        downloads,
        finding_routes,
        team_routes,
        use_list_routes,
        press_routes,
    ):
        app.register_blueprint(routes.bp)
    show_periods(
        app,
        counts_kept=lambda: span(allowed.LONGER),
        confirm_reach=lambda: span(reach.CONFIRM_WITHIN),
        undo_reach=lambda: span(reach.UNDO_WITHIN),
        phrase_words=lambda: spelled(phrase.LENGTH),
        story_links=lambda: services.LINKS_MOST,
        stories_counted=lambda: query.COUNTED,
        yearly_questions=lambda: times(deadlines.QUESTIONS),
    )
    cleaning.init_app(app)
    people.register(holdings.HOLDER)
    people.register(holdings.GUARDIANS)
    people.register(other_ways.HOLDER)
    periods.register(*retention.PERIODS)
    inbox_retention.rules[:] = [retention.has_no_story]
    inbox_links.own_pages[Kind.STORY] = links.url_of_conversation
    app.jinja_env.filters |= {
        "how_said": approvals.how,
        "measured": markdown.measure,
        "text_language": formats.text_language,
        "to_clean": uses.to_clean,
        "used_where": uses.where,
        "story_html": markdown.to_html,
        "story_topic": lambda key: app.config["STORY_TOPICS"].get(key, key),
    }
    app.jinja_env.globals["consents"] = consents
    app.jinja_env.globals["is_lost"] = services.is_lost
    app.jinja_env.globals["is_report"] = reporting_services.is_report
    app.jinja_env.globals["press_asked"] = press.of_enquiry
    app.jinja_env.globals["reported_story"] = reporting_services.reported
    app.jinja_env.globals["story_of"] = status.status_of_conversation
