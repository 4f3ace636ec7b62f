"""Each call that an adapter makes is one that its provider's own description allows.

Prism answers as the published description says, and refuses what it does not
allow. The calls are those of the deeds, made to the fake and then once more to
Prism. One test asks all of a provider, since Prism takes long to start.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from portal.providers.errors import ProviderError
from tests.services import absent, until

from .deeds import CAMPAIGN_DEEDS, DEEDS, deeds_of, prepare
from .registered import CASES, FAKES, HTTP_NAMES

ROOT = Path(__file__).parents[2]
PRISM = ROOT / "node_modules" / ".bin" / "prism"
DESCRIPTIONS = Path(
    os.environ.get("PORTAL_PROVIDER_DESCRIPTIONS") or ROOT.parent / "shared" / "providers"
)


@contextmanager
def prism(description, log):
    """Prism on this description, as its address; skips the test where one of the two is missing."""
    if not description.exists():
        pytest.skip(f"no {description}: set PORTAL_PROVIDER_DESCRIPTIONS to the folder that has it")
    path = os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])
    if not ((node := shutil.which("node", path=path)) and PRISM.exists()):
        absent("Prism is not installed: run npm ci")
    command = [node, PRISM, "mock", "--errors", "-h", "127.0.0.1", "-p", "0", description]
    with (
        log.open("w") as said,
        subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True) as process,
    ):
        try:
            listens = re.compile(r"listening on (http://[\d.:]+)")
            yield until(lambda: listens.search(log.read_text()), timeout=60)[1]
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # Node from PyPI is a child of its launcher


def violations(answer):
    """What Prism found wrong in a call.

    Mailjet's description leaves out what its set-up calls carry, SendGrid's what
    ids custom fields have, and an example of Brevo's is not as its own
    description says: these are no faults of ours.
    """
    if b"prism/errors" in answer.content and "sl-violations" not in answer.headers:
        return [answer.text]
    return [
        f"{one['location']} {one['message']}"
        for one in json.loads(answer.headers.get("sl-violations", "[]"))
        if one["location"][0] == "request" and "custom_fields" not in one["location"]
        if "No supported content types" not in one["message"]
    ]


def with_more(payload):
    """A payload with a field that is in no description, in the first of several."""
    if isinstance(payload, list):
        return [with_more(payload[0]), *payload[1:]]
    return {**payload, "more": 1}


def outcome(call):
    try:
        return call()
    except ProviderError as error:
        return error


@pytest.mark.enable_socket
@pytest.mark.services
@pytest.mark.parametrize("name", [n for n in HTTP_NAMES if getattr(CASES[n], "DESCRIPTION", n)])
def test_all_calls_are_as_described_and_described_answers_are_understood(
    make, fake, transport, tmp_path, name
):
    provider = make()
    deeds = [deed for deed in deeds_of(provider) if deed not in CAMPAIGN_DEEDS]
    for deed in deeds:
        prepare(provider, deed)
        outcome(lambda deed=deed: DEEDS[deed](provider))  # the fake has no mail to be fetched
    for change in [*(row[0] for row in CASES[name].BROKEN), FAKES[name].double]:
        change(fake)
        DEEDS["install_hooks"](provider)
    left_out = getattr(CASES[name], "UNDESCRIBED", ())
    calls = [
        (*call, headers)
        for call, headers in transport.exchanged.items()
        if not any(one in call[1] for one in left_out)
    ]
    more = [
        (method, target, json.dumps(with_more(json.loads(body))), headers)
        for method, target, body, headers in calls
        if body
    ]

    file = DESCRIPTIONS / getattr(CASES[name], "DESCRIPTION", f"{name}.openapi.yaml")
    with prism(file, tmp_path / "log") as url, requests.Session() as session:

        def answer(method, target, data, headers):
            return session.request(method, url + target, data=data, headers=headers, timeout=30)

        found = [(call[:2], violations(answer(*call))) for call in calls]
        unrefused = [call[:2] for call in more if answer(*call).ok]
        with closing(make(api_url=url)) as there:
            told = {deed: outcome(lambda deed=deed: DEEDS[deed](there)) for deed in deeds}

    assert len(calls) >= len(deeds) - 2
    assert [(call, wrong) for call, wrong in found if wrong] == []
    assert unrefused == []  # which shows that calls are looked at
    errors = {deed for deed, one in told.items() if isinstance(one, ProviderError)}
    assert errors == getattr(CASES[name], "BAD_EXAMPLES", set())
    assert told.get("lookup") is None or told["lookup"].email
