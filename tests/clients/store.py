"""One store, seen through the client: the client sends every request and raises its own errors."""

from bigcommerce.connection import OAuthConnection

from registry import same

# The client was made for the v2 API; its manual says to reach the v3 API with this path.
V3_PATH = "/stores/{}/v3/{}"


class Store:
    """The calls that must succeed; for refusals use `connection` with `refused`."""

    def __init__(self, host, store_hash, token):
        self.host = host
        self.store_hash = store_hash
        self.connection = self.connect(store_hash, token)

    def connect(self, store_hash, token):
        """A further connection, for another store or token."""
        return OAuthConnection("an-app", store_hash, access_token=token, host=self.host, api_path=V3_PATH)

    def create(self, path, body):
        """Posts, and returns what was made without its envelope."""
        answer = self.connection.create(path, body)
        same(self.status(), 201, "the status")
        return unwrapped(answer)

    def one(self, path, rid):
        """Reads a single resource without its envelope."""
        answer = self.connection.get(path, rid)
        same(self.status(), 200, "the status")
        return unwrapped(answer)

    def update(self, path, rid, changes):
        answer = self.connection.update(path, rid, changes)
        same(self.status(), 200, "the status")
        return unwrapped(answer)

    def page(self, path, **query):
        """Reads one page of a list: its items and its meta."""
        answer = self.connection.get(path, **query)
        same(self.status(), 200, "the status")
        same(sorted(answer), ["data", "meta"], "the envelope")
        assert isinstance(answer["data"], list), f"data is {answer['data']!r} instead of a list"
        return answer["data"], answer["meta"]

    def remove(self, path, rid=None, **query):
        """Deletes, and makes sure that the answer is an empty 204."""
        if query:
            answer = self.connection.make_request("DELETE", path, params=query)
        else:
            answer = self.connection.delete(path, rid)
        same(self.status(), 204, "the status")
        same(answer, {}, "the answer")

    def status(self):
        """The status of the last answer, which the client does not hand out otherwise."""
        return self.connection._last_response.status_code


def unwrapped(answer):
    same(sorted(answer), ["data", "meta"], "the envelope")
    same(answer["meta"], {}, "meta")
    return answer["data"]
