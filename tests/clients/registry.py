"""The list of checks, and what they assert with."""

import json
from decimal import Decimal, InvalidOperation

from bigcommerce.exception import ClientRequestException

CHECKS = []


def check(title):
    """Puts a function of a store on the list."""

    def register(function):
        CHECKS.append((title, function))
        return function

    return register


def same(found, wanted, what):
    assert found == wanted and type(found) is type(wanted), f"{what} is {found!r} instead of {wanted!r}"


def echoed(sent, found, where="data"):
    """All that was sent must come back; the answer may hold more (the defaults)."""
    if isinstance(sent, dict):
        assert isinstance(found, dict), f"{where} is {found!r} instead of an object"
        for key, value in sent.items():
            assert key in found, f"{where}.{key} is missing"
            echoed(value, found[key], f"{where}.{key}")
    elif isinstance(sent, list):
        assert isinstance(found, list), f"{where} is {found!r} instead of a list"
        same(len(found), len(sent), f"the length of {where}")
        for index, value in enumerate(sent):
            echoed(value, found[index], f"{where}.{index}")
    elif number(sent) is not None and isinstance(sent, str):
        # An amount may come back with other decimals (`40`, `40.00`), but as a string.
        as_sent = isinstance(found, str) and number(found) == number(sent)
        assert as_sent, f"{where} is {found!r} instead of {sent!r}"
    else:
        same(found, sent, where)


def number(value):
    try:
        return Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None


def refused(status, call, /, *arguments, **named):
    """The client must raise its own error for a 4xx answer of this status; returns the decoded body."""
    try:
        answer = call(*arguments, **named)
    except ClientRequestException as error:
        same(error.status_code, status, "the status")
        kind = error.headers.get("Content-Type", "")
        assert kind.split(";")[0] == "application/json", f"the error comes as `{kind}`"
        body = json.loads(error.content)
        assert isinstance(body, dict), f"the error is {body!r}"
        return body
    raise AssertionError(f"was accepted instead of refused with {status}: {answer!r}")


def refused_with_list(status, call, /, *arguments, **named):
    """Refused in the shape of most errors: `{"errors": [{"status", "title"}]}`."""
    body = refused(status, call, *arguments, **named)
    errors = body.get("errors")
    assert isinstance(errors, list) and errors, f"there is no list `errors` in {body!r}"
    for error in errors:
        same(error.get("status"), status, "errors.status")
        assert isinstance(error.get("title"), str) and error["title"], f"an error has no title: {error!r}"
    return body
