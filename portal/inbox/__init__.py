"""The media team's one queue: messages, press enquiries and stories."""

from flask import Flask

from portal import delivery, people
from portal import retention as periods
from portal.inbox import asking, copies, holdings, news, outcomes, retention, safeguarding, tasks
from portal.inbox.desk import (
    answer_routes,
    bulk_routes,
    conversation_routes,
    detail_routes,
    file_routes,
    list_routes,
    owners,
    person_routes,
    question_routes,
    saved_reply_routes,
    snooze,
    wording,
)
from portal.inbox.figures import gauges, numbers
from portal.inbox.figures import routes as figures_routes
from portal.inbox.incoming import held
from portal.inbox.incoming import routes as incoming_routes
from portal.team.access import member
from portal.ways import WAYS
from portal.words import per, seconds, show_periods, spelled


def init_app(app: Flask) -> None:
    """Register the inbox's pages, and the addresses that providers call."""
    for routes in (list_routes, figures_routes, file_routes, incoming_routes):
        app.register_blueprint(routes.bp)
    show_periods(
        app,
        undo=lambda: seconds(member().undo_seconds),
        held_pause=lambda: per(held.PAUSE),
        news_pause=lambda: per(news.PAUSE),
        urgent_pause=lambda: per(news.URGENT_PAUSE),
        deadline_days=lambda: spelled(numbers.DEADLINE_DAYS),
    )
    app.jinja_env.filters |= {"deed": wording.deed, "quick_was": conversation_routes.quick_was}
    app.jinja_env.tests["dangerous"] = safeguarding.suggests_danger
    app.jinja_env.tests["outside"] = asking.is_outside
    people.register(holdings.HOLDER)
    people.register(copies.HOLDER)
    gauges.register()
    periods.register(*retention.PERIODS)
    app.jinja_env.globals["way_facts"] = WAYS
    app.jinja_env.globals |= {
        "conversation_words": wording.WORDS,
        "snooze_choices": snooze.choices,
    }
    app.jinja_env.globals["mail_rest"] = delivery.mail_rest
