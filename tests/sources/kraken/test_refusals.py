"""What Kraken says and what we make of it."""

import pytest

from leadline.trust import LEVEL3_REASONS
from sources.kraken.refusals import FOR_GOOD, TOKEN, WAY_OUT, Denied, reason_of


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("EAPI:Invalid key", "invalid_key"), ("EAPI:Invalid signature", "invalid_signature"),
        ("EAPI:Invalid nonce", "invalid_nonce"), ("EGeneral:Permission denied", "permission_denied"),
        ("EAPI:Rate limit exceeded", "counter_exceeded"), ("Exceeded msg rate", "counter_exceeded"),
        ("EAPI:Rate limit exceeded for symbol BTC/USD", "counter_exceeded"),
        ("Exceeded subscription rate of this pair", "counter_exceeded"),
        ("EGeneral:Too many requests", "counter_exceeded"), ("EGeneral:Temporary lockout", "counter_exceeded"),
        ("ESession:Invalid session", "token_invalid"), ("Token(s) not found", "token_invalid"),
        ("EAPI:Invalid token", "token_invalid"), ("Token expired", "token_expired"),
        ("The token was revoked", "token_revoked"), ("EService:Unavailable", "unreachable"),
        ("Exceeded max symbols per connection 200", "too_many_symbols"),
        ("Too many symbols", "too_many_symbols"), ("Already subscribed", None),
        ("Currency pair not supported XBT/USD", None), ("Symbol(s) not found", None), ("", None),
        ("Subscription depth not supported 25", None), ("Session ended", None),
    ],
)  # fmt: skip
def test_an_error_has_its_reason(error, reason):
    assert reason_of(error) == reason


def test_every_reason_is_of_the_closed_set_and_has_a_way_out():
    assert set(WAY_OUT) == set(LEVEL3_REASONS) and {*FOR_GOOD, *TOKEN} < set(WAY_OUT)
    for reason in LEVEL3_REASONS:
        assert "\n" not in str(Denied(reason, "detail")) and "(detail)" in str(Denied(reason, "detail"))
