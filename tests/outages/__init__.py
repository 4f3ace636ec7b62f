"""What stands outside is away, behind a line that breaks in every way; real processes."""

import time
from concurrent.futures import ThreadPoolExecutor

import requests

GIVE_UP = 60.0  # seconds


def timed(method, url, **options):
    """A request's status, how many seconds it took, and what came."""
    began = time.monotonic()
    answer = requests.request(method, url, timeout=GIVE_UP, allow_redirects=False, **options)
    return answer.status_code, time.monotonic() - began, answer.text


def at_once(number, *calls):
    """So many calls at the same time, of each in turn; what each of them gave."""
    with ThreadPoolExecutor(number) as pool:
        futures = [pool.submit(calls[one % len(calls)]) for one in range(number)]
        return [future.result() for future in futures]
