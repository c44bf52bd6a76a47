"""Who may call: the token and the store in the path."""

from bigcommerce.exception import ClientRequestException

from registry import check, refused, same


@check("access: a wrong token is refused with 401")
def _(store):
    stranger = store.connect(store.store_hash, "sk_" + "A" * 43)
    same(refused(401, stranger.get, "promotions").get("status"), 401, "status in the body")
    refused(401, stranger.create, "promotions", {"name": "never"})


@check("access: no token is refused with 401")
def _(store):
    refused(401, store.connect(store.store_hash, None).get, "promotions")


@check("access: the token opens no other store")
def _(store):
    token = store.connection._session.headers["X-Auth-Token"]
    elsewhere = store.connect(store.store_hash + "x", token)
    try:
        elsewhere.get("promotions")
    except ClientRequestException as error:
        assert error.status_code in (401, 403, 404), f"the status is {error.status_code}"
    else:
        raise AssertionError("another store answered")


@check("access: an unknown path is a 404 in JSON")
def _(store):
    refused(404, store.connection.get, "promotionz")
