"""How the provider behaves: rightly, or with one fault at a time that a client must withstand."""

from enum import StrEnum


class Behaviour(StrEnum):
    """One fault, from the next request on. The control pages (`/_sandbox/`) always answer."""

    OK = "ok"

    # The id_token, which a client must refuse…
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_NONCE = "wrong_nonce"
    NO_NONCE = "no_nonce"
    BAD_SIGNATURE = "bad_signature"  # by a stranger's key, under the name of ours
    ALG_NONE = "alg_none"
    ALG_HS256_WITH_SECRET = "alg_hs256_with_secret"  # noqa: S105 - not a password
    ALG_HS256_WITH_PUBLIC_KEY = "alg_hs256_with_public_key"
    EXPIRED = "expired"  # for an hour
    ISSUED_IN_FUTURE = "issued_in_future"  # tomorrow
    WRONG_ACR = "wrong_acr"
    NO_ACR = "no_acr"
    NO_SUB = "no_sub"
    UNKNOWN_KID = "unknown_kid"  # signed by our key, under a name that nobody published
    UNSIGNED_ROTATION = "unsigned_rotation"  # signed by a new key that is not published

    # … and which it must accept: clocks are never equal.
    CLOCK_AHEAD_30S = "clock_ahead_30s"
    CLOCK_BEHIND_30S = "clock_behind_30s"  # with a life of 20 s, so that it reads as over for 10 s

    # What is said of the person.
    OTHER_SUBJECT_IN_USERINFO = "other_subject_in_userinfo"
    USERINFO_JWT = "userinfo_jwt"  # signed; a client must read it
    USERINFO_JWT_BAD_SIGNATURE = "userinfo_jwt_bad_signature"
    USERINFO_ERROR = "userinfo_error"
    MISSING_NAME = "missing_name"
    MISSING_NATIONAL_ID = "missing_national_id"
    CONTRADICTORY_CLAIMS = "contradictory_claims"  # SubjectNameID is not the id of `otherIds` and `preferred_username`

    # The service itself.
    TOKEN_ERROR_500 = "token_error_500"  # noqa: S105 - not a password
    TOKEN_HTML = "token_html"  # noqa: S105 - not a password
    DISCOVERY_ERROR = "discovery_error"
    DISCOVERY_OTHER_ISSUER = "discovery_other_issuer"
    KEYS_ERROR = "keys_error"
    SLOW = "slow"  # right, but after SLOW_SECONDS
    DOWN = "down"  # takes the connection and closes it without a word


SLOW_SECONDS = 5.0
"""More than the three seconds that a client of ours waits."""
