"""A portal whose mail comes in by way of Brevo, and what came last."""

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from tests.inbox.mails import BREVO


@pytest.fixture
def env(env):
    return env | BREVO


@pytest.fixture
def count(app):
    return lambda model: db.session.scalar(select(func.count()).select_from(model))
