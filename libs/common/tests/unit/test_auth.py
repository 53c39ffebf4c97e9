"""What the authenticator takes, and every forgery it does not."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from common.errors import Unauthenticated
from common.http.auth import LEEWAY_SECONDS, LONGEST_TOKEN, Authenticator
from common.http.claims import ClaimNames, Principal, Role
from common.http.issuer_keys import DiscoveryFailed, StaticKeys, usable_keys
from common.testing.tokens import (
    AUDIENCE,
    ISSUER,
    TestIssuer,
    public_key_forms,
    signed_with_the_public_key,
    without_signature,
)

EC, RSA = TestIssuer("ES256", kid="ec"), TestIssuer("RS256", kid="rsa")
BOTH = pytest.mark.parametrize("issuer", [EC, RSA], ids=["ES256", "RS256"])
KEYS = StaticKeys({"keys": [EC.public_jwk, RSA.public_jwk]})


async def read(token: str, *, names: ClaimNames | None = None) -> Principal:
    authenticator = Authenticator(KEYS, issuer=ISSUER, audience=AUDIENCE, names=names or ClaimNames())
    return await authenticator.principal(f"Bearer {token}")


async def refusal(token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await read(token)
    return str(refused.value.why["reason"])


def good(issuer: TestIssuer, **over: Any) -> dict[str, Any]:
    return issuer.claims("sv-mori", ["supervisor"], **over)


@BOTH
async def test_takes_a_token_of_either_algorithm(issuer: TestIssuer) -> None:
    found = await read(issuer.sign(good(issuer, jti="tok_1", azp="console")))
    assert (found.subject, sorted(found.roles), found.token_id, found.client_id) == (
        *("sv-mori", [Role.SUPERVISOR], "tok_1"),
        "console",
    )


async def test_the_scheme_is_bearer_in_any_case_and_nothing_else() -> None:
    authenticator = Authenticator(KEYS, issuer=ISSUER, audience=AUDIENCE)
    token = EC.sign(good(EC))
    assert (await authenticator.principal(f"bEaReR {token}")).subject == "sv-mori"
    for header in (None, "", "Bearer", "Bearer ", token, f"Basic {token}", f"DPoP {token}"):
        with pytest.raises(Unauthenticated):
            await authenticator.principal(header)


@BOTH
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "HS256", "HS512", "EdDSA", "ES384", "PS256"])
async def test_refuses_an_unsigned_token_whatever_it_says(issuer: TestIssuer, algorithm: str) -> None:
    unsigned = without_signature(good(issuer), kid=issuer.kid, algorithm=algorithm)
    assert await refusal(unsigned) == "unknown key or algorithm"
    signature = issuer.sign(good(issuer)).rsplit(".", 1)[1]
    assert await refusal(unsigned + signature) == "unknown key or algorithm"


@BOTH
async def test_refuses_to_take_a_public_key_for_a_shared_secret(issuer: TestIssuer) -> None:
    forms = public_key_forms(issuer)
    assert len(forms) == 7
    for form, secret in forms.items():
        forged = signed_with_the_public_key(good(issuer), secret, kid=issuer.kid)
        assert await refusal(forged) == "unknown key or algorithm", form


async def test_refuses_a_signature_of_another_key_under_a_known_id() -> None:
    for issuer, algorithm in ((EC, "ES256"), (RSA, "RS256")):
        stranger = TestIssuer(algorithm, kid=issuer.kid)  # type: ignore[arg-type]
        assert await refusal(stranger.sign(good(issuer))) == "InvalidSignatureError"


async def test_refuses_a_key_with_the_algorithm_of_the_other() -> None:
    for issuer, wrong in ((EC, RSA), (RSA, EC)):
        crossed = TestIssuer(wrong.algorithm, kid=issuer.kid)
        assert await refusal(crossed.sign(good(issuer))) == "unknown key or algorithm"
    mixed = jwt.encode(good(EC), EC.private_key, algorithm="ES256", headers={"kid": "rsa"})
    assert await refusal(mixed) == "unknown key or algorithm"
    larger = ec.generate_private_key(ec.SECP384R1())
    assert await refusal(jwt.encode(good(EC), larger, algorithm="ES384", headers={"kid": "ec"})) == (
        "unknown key or algorithm"
    )
    pss = jwt.encode(good(RSA), RSA.private_key, algorithm="PS256", headers={"kid": "rsa"})
    assert await refusal(pss) == "unknown key or algorithm"


@BOTH
async def test_refuses_claims_that_were_changed_after_signing(issuer: TestIssuer) -> None:
    header, _, signature = issuer.sign(good(issuer)).split(".")
    changed = base64.urlsafe_b64encode(json.dumps(good(issuer, sub="sv-hara")).encode()).rstrip(b"=").decode()
    assert await refusal(f"{header}.{changed}.{signature}") == "InvalidSignatureError"


@BOTH
async def test_refuses_keys_that_the_token_brings_along(issuer: TestIssuer) -> None:
    stranger = TestIssuer(issuer.algorithm, kid=issuer.kid)
    brought: dict[str, Any] = {
        "jwk": stranger.public_jwk,
        "jku": "http://127.0.0.1:9/jwks",
        "x5u": "http://127.0.0.1:9/cert",
        "x5c": ["MIIB"],
    }
    for name, value in brought.items():
        for signer in (stranger, issuer):
            assert await refusal(signer.sign(good(issuer), **{name: value})) == f"header {name} not accepted"


@BOTH
async def test_refuses_extensions_that_it_would_have_to_understand(issuer: TestIssuer) -> None:
    for crit in (["exp"], ["b64"], ["urn:example:unknown"], [], "exp"):
        with pytest.raises(Unauthenticated):
            await read(issuer.sign(good(issuer), crit=crit))


@BOTH
async def test_refuses_a_key_id_that_is_missing_unknown_or_strange(issuer: TestIssuer) -> None:
    stray = jwt.encode(good(issuer), issuer.private_key, algorithm=issuer.algorithm)
    assert await refusal(stray) == "key id missing"
    assert await refusal(TestIssuer(issuer.algorithm, kid="unknown").sign(good(issuer))) == "unknown key or algorithm"
    for kid in ("", "k" * 257, "../../dev/null", "ec' OR 1=1 --"):
        with pytest.raises(Unauthenticated):
            await read(issuer.sign(good(issuer), kid=kid))
    for kid_of_no_text in (7, None, ["ec"], {"a": 1}):
        header = base64.urlsafe_b64encode(json.dumps({"alg": issuer.algorithm, "kid": kid_of_no_text}).encode())
        with pytest.raises(Unauthenticated):
            await read(f"{header.rstrip(b'=').decode()}.e30.AAAA")


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"aud": "somebody-else"}, "InvalidAudienceError"),
        ({"aud": ["account", "somebody-else"]}, "InvalidAudienceError"),
        ({"aud": []}, "MissingRequiredClaimError"),
        ({"aud": 7}, "InvalidAudienceError"),
        ({"aud": "Anshin"}, "InvalidAudienceError"),
        ({"iss": "https://issuer.test/"}, "InvalidIssuerError"),
        ({"iss": "https://evil.test"}, "InvalidIssuerError"),
        ({"iss": ["https://issuer.test"]}, "InvalidIssuerError"),
        ({"sub": 7}, "InvalidSubjectError"),
        ({"sub": ""}, "claim sub unreadable"),
        ({"sub": "s" * 256}, "claim sub unreadable"),
        ({"sub": "a\x00b"}, "claim sub unreadable"),
        ({"sub": "a\nb"}, "claim sub unreadable"),
        ({"partner": "a\x00b"}, "claim partner unreadable"),
        ({"exp": "tomorrow"}, "DecodeError"),
        ({"iat": "yesterday"}, "InvalidIssuedAtError"),
        ({"nbf": "later"}, "DecodeError"),
        ({"jti": 7}, "InvalidJTIError"),
    ],
)
async def test_refuses_claims_that_are_wrong(over: dict[str, Any], reason: str) -> None:
    assert await refusal(EC.sign({**good(EC), **over})) == reason


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e300, -1e300, [], {}, True])
@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
async def test_a_time_that_is_none_is_refused_and_never_a_fault_of_ours(name: str, value: object) -> None:
    times = {"exp": int(time.time()) + 600, "iat": int(time.time()), name: value}
    try:
        await read(EC.sign({**good(EC), **times}))
    except Unauthenticated:
        return
    far_or_long_ago = (("exp", 1e300), ("iat", True), ("nbf", -1e300), ("nbf", True))
    assert (name, value) in far_or_long_ago


@pytest.mark.parametrize("missing", ["exp", "iat", "iss", "aud", "sub"])
async def test_refuses_a_token_without_what_every_token_has(missing: str) -> None:
    assert await refusal(EC.sign(good(EC, **{missing: None}))) == "MissingRequiredClaimError"


@pytest.mark.parametrize(
    ("over", "taken"),
    [
        ({"exp": -LEEWAY_SECONDS + 5}, True),
        ({"exp": -LEEWAY_SECONDS - 5}, False),
        ({"nbf": LEEWAY_SECONDS - 5}, True),
        ({"nbf": LEEWAY_SECONDS + 5}, False),
        ({"iat": LEEWAY_SECONDS - 5}, True),
        ({"iat": LEEWAY_SECONDS + 5}, False),
        ({"exp": -86400}, False),
    ],
)
async def test_clocks_may_differ_by_half_a_minute_and_no_more(over: dict[str, int], *, taken: bool) -> None:
    now = int(time.time())
    token = EC.sign(good(EC, **{name: now + seconds for name, seconds in over.items()}))
    if taken:
        assert (await read(token)).subject == "sv-mori"
    else:
        assert await refusal(token) in {"ExpiredSignatureError", "ImmatureSignatureError"}


async def test_refuses_what_providers_sign_beside_access_tokens() -> None:
    for typ in ("ID", "Refresh", "Logout", "DPoP", 7):
        assert await refusal(EC.sign(good(EC, typ=typ))) == "not an access token"
    for typ in ("Bearer", "bearer"):
        assert (await read(EC.sign(good(EC, typ=typ)))).subject == "sv-mori"
    assert await refusal(EC.sign(good(EC, token_use="id"))) == "not an access token"
    for name in ("at_hash", "c_hash"):
        assert await refusal(EC.sign(good(EC, **{name: "x"}))) == "not an access token"
    for header in ("logout+jwt", "dpop+jwt", "secevent+jwt", "JWE"):
        assert await refusal(EC.sign(good(EC), typ=header)) == "not an access token"
    for header in ("JWT", "at+jwt", "application/at+jwt", "AT+JWT"):
        assert (await read(EC.sign(good(EC), typ=header))).subject == "sv-mori"


async def test_refuses_a_token_that_is_bound_to_a_key_nobody_showed() -> None:
    assert await refusal(EC.sign(good(EC, cnf={"jkt": "x"}))) == "token bound to a key"
    assert await refusal(EC.sign(good(EC, cnf={"x5t#S256": "x"}))) == "token bound to a key"


def _nested(depth: int) -> str:
    return base64.urlsafe_b64encode(b"[" * depth + b"]" * depth).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "garbage",
    [
        "nonsense",
        "..",
        "a.b.c",
        "a.b.c.d.e",
        "é.é.é",
        "\ud83d",
        "eyJhbGciOiJFUzI1NiJ9",
        "eyJhbGciOiJFUzI1NiJ9..",
        f"{_nested(3000)}.e30.AAAA",
        f"{base64.urlsafe_b64encode(b'7').decode()}.e30.AAAA",
        f"{base64.urlsafe_b64encode(b'null').decode()}.e30.AAAA",
        f"{base64.urlsafe_b64encode(bytes([255, 254])).decode()}.e30.AAAA",
        "=" * 100,
        "." * 1000,
    ],
)
async def test_garbage_is_refused_and_never_a_fault_of_ours(garbage: str) -> None:
    await refusal(garbage)


async def test_a_deeply_nested_body_is_refused() -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "ES256", "kid": "ec"}).encode()).rstrip(b"=").decode()
    await refusal(f"{header}.{_nested(3000)}.AAAA")


async def test_a_huge_token_is_refused_before_it_is_read() -> None:
    assert await refusal(EC.sign(good(EC, padding="x" * LONGEST_TOKEN))) == "token too large"
    roles = [f"role-{n}" for n in range(500)]
    assert (await read(EC.sign(good(EC, roles=["supervisor", *roles])))).roles == {Role.SUPERVISOR}


async def test_where_roles_and_tenant_are_found_is_a_setting() -> None:
    names = ClaimNames(roles="realm_access.roles", partner="tenant.name", person="employee_number")
    claims = good(EC, roles=None, realm_access={"roles": ["partner", "offline_access"]}, tenant={"name": "partner-one"})
    found = await read(EC.sign({**claims, "employee_number": "E-7"}), names=names)
    assert (sorted(found.roles), found.partner, found.person) == ([Role.PARTNER], "partner-one", "E-7")


def test_only_signature_keys_of_both_algorithms_come_in() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - to be passed over
    weak = jwt.algorithms.RSAAlgorithm.to_jwk(small.public_key(), as_dict=True)
    bad: list[Any] = [
        {**RSA.public_jwk, "kid": "encryption", "use": "enc"},
        {**RSA.public_jwk, "kid": "oaep", "alg": "RSA-OAEP"},
        {**RSA.public_jwk, "kid": "pss", "alg": "PS256"},
        {**RSA.public_jwk, "kid": 7},
        {**RSA.public_jwk, "kid": "no-verifying", "key_ops": ["encrypt"]},
        {**weak, "kid": "weak", "key_ops": ["verify"]},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret", "alg": "HS256"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "okp"},
        {**EC.public_jwk, "kid": "p384", "crv": "P-384"},
        {**EC.public_jwk, "kid": "curve-of-no-text", "crv": ["P-256"]},
        {**EC.public_jwk, "kid": "not-on-the-curve", "x": EC.public_jwk["y"]},
        {"kty": ["EC"], "kid": "kind-of-no-text"},
        {"kty": "RSA", "kid": "empty"},
        "nonsense",
        None,
    ]
    nameless = {name: value for name, value in EC.public_jwk.items() if name != "kid"}
    private = {**EC.public_jwk, "kid": "private", "d": EC.public_jwk["x"]}
    found = usable_keys({"keys": [*bad, nameless, private, EC.public_jwk, RSA.public_jwk]})
    assert {kid: list(keys) for kid, keys in found.items()} == {
        "private": ["ES256"],
        "ec": ["ES256"],
        "rsa": ["RS256"],
    }
    assert not hasattr(found["private"]["ES256"].key, "private_numbers")


@pytest.mark.parametrize("broken", [None, [], {}, {"keys": None}, {"keys": {}}, "keys"])
def test_what_is_no_key_set_is_said_to_be_none(broken: object) -> None:
    with pytest.raises(DiscoveryFailed):
        usable_keys(broken)


def test_two_keys_may_share_an_id_when_their_algorithms_differ() -> None:
    shared: Callable[[TestIssuer], dict[str, Any]] = lambda issuer: {**issuer.public_jwk, "kid": "one"}  # noqa: E731
    found = usable_keys({"keys": [shared(EC), shared(RSA)]})
    assert sorted(found["one"]) == ["ES256", "RS256"]
