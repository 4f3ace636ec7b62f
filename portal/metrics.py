"""What the portal counts for a monitoring program, in the format of Prometheus; nothing of anybody.

Each process counts in its memory, and adds that to the database now and then: so the sums are of
all processes on all machines, survive a restart, and cost a request next to nothing.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Response, current_app, request
from sqlalchemy import BigInteger, Text, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model, db, insert_into

if TYPE_CHECKING:
    from prometheus_client import Metric

TOKEN = "METRICS_TOKEN"  # noqa: S105 - a setting's name
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
OTHER = "other"

Labels = tuple[str, ...]


class CountedSum(Model):
    """How often something has happened in all."""

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    labels: Mapped[str] = mapped_column(Text, primary_key=True)
    """A JSON list, in the order in which `COUNTERS` names them."""
    number: Mapped[int] = mapped_column(BigInteger)


class Figure(NamedTuple):
    """Something that is counted or looked up: what it is, and what it is told apart by."""

    words: str
    labels: Labels = ()
    read: Callable[[], Mapping[Labels, float]] = dict
    """Of a gauge: gives the figures as they are now, by the values of the labels."""


COUNTERS = {
    "portal_requests": Figure("Requests answered", ("method", "route", "status")),
    "portal_provider_calls": Figure("What providers made of our rows", ("provider", "outcome")),
    "portal_webhook_calls": Figure("Calls of providers", ("provider", "status")),
}
# Features add theirs. Values of labels come from fixed sets: never a word that somebody typed.
GAUGES: dict[str, Figure] = {}


class _Counts:
    """What this process has counted since it last saved that."""

    def __init__(self) -> None:
        self.lock, self.numbers = threading.Lock(), Counter[tuple[str, str]]()

    def add(self, numbers: Mapping[tuple[str, str], int]) -> None:
        with self.lock:
            self.numbers.update(numbers)

    def take(self) -> Counter[tuple[str, str]]:
        with self.lock:
            taken, self.numbers = self.numbers, Counter()
        return taken


def count(name: str, *labels: object) -> None:
    """Count one more of a counter, with the values of its labels; where METRICS_TOKEN is set."""
    if current_app.config[TOKEN]:
        _counts().add({(name, json.dumps([str(label) for label in labels])): 1})


def save() -> None:
    """Add what was counted to the sums; commits. Where the database takes nothing, it is kept."""
    if not (taken := _counts().take()):
        return
    rows = [{"name": key[0], "labels": key[1], "number": taken[key]} for key in sorted(taken)]
    new = insert_into(CountedSum, db.engine.dialect.name).values(rows)
    more = {"number": CountedSum.number + new.excluded.number}
    try:
        db.session.execute(new.on_conflict_do_update(index_elements=["name", "labels"], set_=more))
        db.session.commit()
    except (SQLAlchemyError, OSError):
        db.session.rollback()
        _counts().add(taken)


def exposition() -> tuple[bytes, str]:
    """All figures, in the text format of Prometheus, and its media type."""
    import prometheus_client  # noqa: PLC0415 - few ask for it

    registry = prometheus_client.CollectorRegistry(support_collectors_without_names=True)
    registry.register(_Collector())
    return prometheus_client.generate_latest(registry), prometheus_client.CONTENT_TYPE_LATEST


class _Collector:
    """What prometheus_client asks for all figures."""

    def collect(self) -> "Iterator[Metric]":
        from prometheus_client import core  # noqa: PLC0415

        sums = {
            name: core.CounterMetricFamily(name, one.words, labels=one.labels)
            for name, one in COUNTERS.items()
        }
        for row in db.session.scalars(select(CountedSum)):
            if row.name in sums:
                sums[row.name].add_metric(json.loads(row.labels), row.number)
        yield from sums.values()
        for name, figure in GAUGES.items():
            gauge = core.GaugeMetricFamily(name, figure.words, labels=figure.labels)
            for labels, number in figure.read().items():
                gauge.add_metric(labels, number)
            yield gauge


def _counts() -> _Counts:
    found: _Counts = current_app.extensions["metrics"]
    return found


def _count_request(response: Response) -> Response:
    method = request.method if request.method in METHODS else OTHER
    route = request.url_rule.rule if request.url_rule else OTHER
    count("portal_requests", method, route, response.status_code)
    return response


def init_app(app: Flask) -> None:
    """Count requests, if anybody may ask for the figures."""
    app.extensions["metrics"] = _Counts()
    if app.config[TOKEN]:
        app.after_request(_count_request)
