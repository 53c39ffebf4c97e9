"""Getting tokens from Keycloak as people and programs do: the login page without a browser, secrets, signed words."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from common.testing.tokens import TestIssuer
from evaluation.keycloak_realm import KeycloakRealm

CLIENT = "console"
_FORM = re.compile(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"')
_SIGNED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class LoginRefused(Exception):
    """No token was given; the words are the provider's."""


def log_in(realm: KeycloakRealm, username: str, password: str) -> dict[str, Any]:
    """The tokens of a person who logs in to the console: authorization code with PKCE. Raises `LoginRefused`."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    callback, state = f"{realm.settings.console_url}/callback", secrets.token_urlsafe(12)
    with httpx.Client(timeout=60.0, trust_env=False) as browser:
        asked = {
            "client_id": CLIENT,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": callback,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        page = browser.get(f"{realm.issuer}/protocol/openid-connect/auth", params=asked)
        form = _FORM.search(page.text)
        if form is None:
            raise LoginRefused(f"{page.status_code} {page.headers.get('location', '')} {page.text[:500]}")
        filled = {"username": username, "password": password}
        # As browsers have it, and httpx does not: on this machine cookies for https alone go over http, too.
        kept = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)
        sent = browser.post(html.unescape(form[1]), data=filled, headers={"Cookie": kept})
        told = parse_qs(urlsplit(sent.headers.get("location", "")).query)
        if told.get("state") != [state] or "code" not in told:
            raise LoginRefused(f"{sent.status_code} {told}")
        code = {"code": told["code"][0], "redirect_uri": callback, "client_id": CLIENT, "code_verifier": verifier}
        return _given(browser.post(realm.token_url, data={"grant_type": "authorization_code", **code}))


def with_secret(realm: KeycloakRealm, client_id: str, secret: str) -> str:
    """A program's access token for its secret. Raises `LoginRefused`."""
    who = {"client_id": client_id, "client_secret": secret}
    return _access(httpx.post(realm.token_url, data={"grant_type": "client_credentials", **who}, timeout=60.0))


def with_signature(realm: KeycloakRealm, client_id: str, key: TestIssuer) -> str:
    """A program's access token for a word signed with its own key (`private_key_jwt`). Raises `LoginRefused`."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": realm.issuer, "iat": now, "exp": now + 60}
    word = key.sign({**claims, "jti": secrets.token_urlsafe(12)})
    shown = {"client_assertion_type": _SIGNED, "client_assertion": word}
    return _access(httpx.post(realm.token_url, data={"grant_type": "client_credentials", **shown}, timeout=60.0))


def _access(answer: httpx.Response) -> str:
    return str(_given(answer)["access_token"])


def _given(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        raise LoginRefused(f"{answer.status_code} {answer.text}")
    tokens: dict[str, Any] = answer.json()
    return tokens
