"""The private REST endpoint: who gets a token, and how every refusal is worded."""

import base64

import pytest

from simulator.private_rest import KEY_INFO_PATH, TOKEN_PATH, VOLUME_PATH, answer, signature
from simulator.terms import Terms
from simulator.tokens import ApiKey, Budget, Counter, TokenOffice

# Kraken's published example, docs.kraken.com "Spot REST authentication"
SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
BODY = b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
SIGNATURE = "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


class Customer:
    """Asks an office for tokens, signing as told."""

    def __init__(self, **options):
        self.clock = Clock()
        self.key = ApiKey("key", SECRET)
        self.office = TokenOffice([self.key], clock=self.clock, **options)
        self.terms = Terms()
        self.nonce = 1000

    def ask(self, *, key="key", secret=SECRET, nonce=None, path=TOKEN_PATH, body=None, signed=None):
        if nonce is None:
            self.nonce += 1
            nonce = self.nonce
        body = f"nonce={nonce}".encode() if body is None else body
        signed = signature(secret, path, str(nonce), body) if signed is None else signed
        return answer(self.office, self.terms, path, {"api-key": key, "api-sign": signed}, body)


@pytest.fixture
def customer():
    return Customer()


def test_the_signature_is_that_of_the_published_example():
    assert signature(SECRET, "/0/private/AddOrder", "1616492376594", BODY) == SIGNATURE


def test_a_signed_request_gets_a_token_for_fifteen_minutes(customer):
    found = customer.ask()
    assert found["error"] == [] and found["result"]["expires"] == 900
    assert customer.office.admits(found["result"]["token"])
    assert customer.ask()["result"]["token"] != found["result"]["token"]


@pytest.mark.parametrize("key", ["", "other"])
def test_an_unknown_key_is_refused(customer, key):
    assert customer.ask(key=key) == {"error": ["EAPI:Invalid key"]}
    assert answer(customer.office, customer.terms, TOKEN_PATH, {}, b"nonce=1") == {"error": ["EAPI:Invalid key"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": base64.b64encode(b"another").decode()},
        {"signed": ""},
        {"signed": "é"},
        {"signed": SIGNATURE},
        {"nonce": 2000, "body": b"nonce=2001"},
    ],
)
def test_a_wrong_signature_is_refused_and_costs_no_nonce(customer, wrong):
    assert customer.ask(**wrong) == {"error": ["EAPI:Invalid signature"]}
    assert customer.key.last_nonce == 0


@pytest.mark.parametrize("nonce", ["0", "-5", "1.5", "²", "", "x", str(1 << 64), "9" * 5000, "1000"])
def test_a_nonce_that_is_no_number_or_does_not_rise_is_refused(customer, nonce):
    assert customer.ask(nonce=1000)["error"] == []
    assert customer.ask(nonce=nonce, body=f"nonce={nonce}".encode()) == {"error": ["EAPI:Invalid nonce"]}
    assert customer.ask(nonce=str((1 << 64) - 1))["error"] == []


def test_a_key_without_the_permission_is_refused():
    customer = Customer()
    customer.key.permitted = False
    assert customer.ask() == {"error": ["EGeneral:Permission denied"]}


def test_a_key_tells_what_it_may_do_even_if_that_is_nothing(customer):
    assert customer.ask(path=KEY_INFO_PATH)["result"]["permissions"] == ["create-ws-token"]
    customer.key.permitted = False
    assert customer.ask(path=KEY_INFO_PATH)["result"]["permissions"] == []


def test_the_fees_of_an_account_are_told_to_a_key_that_may_ask(customer):
    body = b"nonce=2000&pair=XBTUSD"
    assert customer.ask(path=VOLUME_PATH, nonce=2000, body=body) == {"error": ["EGeneral:Permission denied"]}
    customer.key.more, customer.terms.volume = ("query-funds",), 60_000.0
    body = b"nonce=2001&pair=XBTUSD"
    found = customer.ask(path=VOLUME_PATH, nonce=2001, body=body)["result"]
    assert found["fees"] == {"XBTUSD": {"fee": "0.2400"}} and found["fees_maker"] == {"XBTUSD": {"fee": "0.1400"}}


def test_another_private_path_is_an_unknown_method(customer):
    assert customer.ask(path="/0/private/Withdraw") == {"error": ["EGeneral:Unknown method"]}


def test_too_many_requests_are_refused_until_the_counter_has_fallen():
    customer = Customer(rest_max=3, rest_decay=0.5)
    assert [customer.ask()["error"] for _ in range(4)] == [[], [], [], ["EAPI:Rate limit exceeded"]]
    customer.clock.now_s += 4.0
    assert customer.ask()["error"] == []


def test_a_counter_falls_with_time_and_not_below_nothing():
    clock = Clock()
    counter = Counter(2, 1.0, clock)
    clock.now_s += 1000.0
    assert [counter.take() for _ in range(3)] == [True, True, False]
    clock.now_s += 1.0
    assert not counter.take()  # what was refused counted, too
    clock.now_s += 2.0
    assert counter.take()


def test_a_budget_is_of_any_one_second_and_what_is_refused_costs_nothing():
    clock = Clock()
    budget = Budget(200, clock)
    assert budget.take(100)
    clock.now_s += 0.6
    assert budget.take(100) and not budget.take(5)
    clock.now_s += 0.4
    assert budget.take(100) and not budget.take(5)


def test_a_token_expires_unless_a_subscription_keeps_it(customer):
    unused, used = (customer.ask()["result"]["token"] for _ in range(2))
    assert customer.office.use(used, "connection", 5)
    customer.clock.now_s += 899.0
    assert customer.office.admits(unused) and customer.office.admits(used)
    customer.clock.now_s += 1.0
    assert not customer.office.admits(unused) and customer.office.admits(used)
    customer.office.leave("connection")
    assert not customer.office.admits(used)


def test_a_revoked_token_lets_nobody_in(customer):
    token = customer.ask()["result"]["token"]
    customer.office.use(token, "connection", 5)
    customer.office.revoke()
    assert not customer.office.admits(token)


def test_a_key_does_not_show_its_secret():
    key = ApiKey.generated()
    assert key.secret not in repr(key) and len(base64.b64decode(key.secret)) == 64
    assert ApiKey.generated().key != key.key
