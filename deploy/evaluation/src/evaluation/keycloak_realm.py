"""The realm of `deploy/keycloak/realm.json` on a running Keycloak, and what an administrator does to it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

import httpx

REALM_FILE = Path(__file__).resolve().parents[3] / "keycloak" / "realm.json"
KEY_PROVIDER = "org.keycloak.keys.KeyProvider"


class KeycloakRefused(Exception):
    """Keycloak did not do what an administrator asked."""


@dataclass(frozen=True)
class Administrator:
    """A program that may do everything: a client of the realm `master` with its secret."""

    client_id: str
    secret: str


@dataclass(frozen=True, kw_only=True)
class RealmSettings:
    """What fills the places of the realm file. `partner_one_secret` is made up anew for each realm."""

    name: str = "anshin"
    console_url: str = "http://127.0.0.1:8000"
    partner_two_jwks_url: str = "http://127.0.0.1:9/jwks"
    partner_one_secret: str = ""

    @property
    def places(self) -> dict[str, str]:
        """The places of the file, as the environment names them when Keycloak imports it by itself."""
        return {
            "ANSHIN_REALM": self.name,
            "ANSHIN_CONSOLE_URL": self.console_url,
            "ANSHIN_PARTNER_ONE_SECRET": self.partner_one_secret,
            "ANSHIN_PARTNER_TWO_JWKS_URL": self.partner_two_jwks_url,
        }

    def filled(self) -> dict[str, Any]:
        """The realm as the admin API takes it."""
        realm: dict[str, Any] = json.loads(Template(REALM_FILE.read_text("utf-8")).safe_substitute(self.places))
        return realm


class KeycloakRealm:
    """One realm of one Keycloak, made when this begins; `issuer` is what services trust."""

    def __init__(self, url: str, administrator: Administrator, settings: RealmSettings) -> None:
        self.url = url.rstrip("/")
        self.settings = settings
        self._administrator = administrator
        self._client = httpx.Client(base_url=self.url, timeout=60.0)

    @classmethod
    def make(cls, url: str, administrator: Administrator, settings: RealmSettings) -> KeycloakRealm:
        """Make the realm of the file. Raises `KeycloakRefused`."""
        realm = cls(url, administrator, settings)
        realm.call("POST", "", settings.filled(), below="")
        return realm

    @property
    def issuer(self) -> str:
        """What its tokens name as their issuer."""
        return f"{self.url}/realms/{self.settings.name}"

    @property
    def token_url(self) -> str:
        """Where tokens are asked for."""
        return f"{self.issuer}/protocol/openid-connect/token"

    def remove(self) -> None:
        """Take the realm away again."""
        self.call("DELETE", "")

    def close(self) -> None:
        """Ask nothing more of it."""
        self._client.close()

    def call(self, method: str, path: str, body: Any = None, *, below: str | None = None) -> httpx.Response:
        """One call of the admin API, below this realm. Raises `KeycloakRefused`."""
        root = f"/admin/realms{f'/{self.settings.name}' if below is None else below}"
        headers = {"Authorization": f"Bearer {self._token()}"}
        answer = self._client.request(method, f"{root}{path}", json=body, headers=headers)
        if not answer.is_success:
            raise KeycloakRefused(f"{method} {root}{path}: {answer.status_code} {answer.text}")
        return answer

    def _token(self) -> str:
        who = {"client_id": self._administrator.client_id, "client_secret": self._administrator.secret}
        path = "/realms/master/protocol/openid-connect/token"
        answer = self._client.post(path, data={"grant_type": "client_credentials", **who})
        if not answer.is_success:
            raise KeycloakRefused(f"the administrator was not let in: {answer.status_code} {answer.text}")
        return str(answer.json()["access_token"])

    def add_user(self, username: str, roles: Sequence[str], **attributes: str) -> str:
        """A person with a login, whose password is made up and given back."""
        password = secrets.token_urlsafe(18)
        body = {
            "username": username,
            "enabled": True,
            "attributes": {name: [value] for name, value in attributes.items()},
            "credentials": [{"type": "password", "value": password, "temporary": False}],
        }
        place = self.call("POST", "/users", body).headers["location"]
        user = f"/users/{place.rsplit('/', 1)[1]}/role-mappings/realm"
        self.call("POST", user, [self.call("GET", f"/roles/{quote(role)}").json() for role in roles])
        return password

    def client(self, client_id: str) -> dict[str, Any]:
        """A client's representation."""
        found: list[dict[str, Any]] = self.call("GET", f"/clients?clientId={quote(client_id)}").json()
        return found[0]

    def change_client(self, client_id: str, **over: Any) -> None:
        """Change a client."""
        client = self.client(client_id)
        self.call("PUT", f"/clients/{client['id']}", {**client, **over})

    def new_secret(self, client_id: str) -> str:
        """Another secret for a client; the one before is worth nothing from now on."""
        answer = self.call("POST", f"/clients/{self.client(client_id)['id']}/client-secret")
        return str(answer.json()["value"])

    def add_twin(self, client_id: str, twin_id: str) -> str:
        """A second client for the same programs, with the same rights and tenant and a secret of its own."""
        known = self.client(client_id)
        alike = {name: value for name, value in known.items() if name not in {"id", "secret"}}
        alike["protocolMappers"] = [
            {name: value for name, value in mapper.items() if name != "id"} for mapper in known["protocolMappers"]
        ]
        self.call("POST", "/clients", {**alike, "clientId": twin_id})
        roles = self.call("GET", f"/users/{self._account_of(client_id)}/role-mappings/realm").json()
        self.call("POST", f"/users/{self._account_of(twin_id)}/role-mappings/realm", roles)
        return str(self.call("GET", f"/clients/{self.client(twin_id)['id']}/client-secret").json()["value"])

    def _account_of(self, client_id: str) -> str:
        account = self.call("GET", f"/clients/{self.client(client_id)['id']}/service-account-user")
        return str(account.json()["id"])

    def signing_keys(self) -> list[Mapping[str, Any]]:
        """The keys that sign with RS256, newest (most preferred) first; `kid`, `providerId`, `status`."""
        keys: list[Mapping[str, Any]] = self.call("GET", "/keys").json()["keys"]
        signing = [key for key in keys if key.get("algorithm") == "RS256" and key.get("use") == "SIG"]
        return sorted(signing, key=lambda key: -int(key["providerPriority"]))

    def add_signing_key(self) -> str:
        """A new key signs from now on; the old ones still verify. The new key's id."""
        priority = int(self.signing_keys()[0]["providerPriority"]) + 100
        config = {"priority": [str(priority)], "algorithm": ["RS256"], "keySize": ["2048"]}
        body = {
            "name": f"rsa-{priority}",
            "providerId": "rsa-generated",
            "providerType": KEY_PROVIDER,
            "config": {**config, "enabled": ["true"], "active": ["true"]},
        }
        self.call("POST", "/components", body)
        return str(self.signing_keys()[0]["kid"])

    def disable_key(self, kid: str) -> None:
        """Withdraw a key: it is no longer published, and what it signed is worth nothing."""
        (provider,) = {key["providerId"] for key in self.signing_keys() if key["kid"] == kid}
        component = self.call("GET", f"/components/{provider}").json()
        component["config"] |= {"enabled": ["false"], "active": ["false"]}
        self.call("PUT", f"/components/{provider}", component)
