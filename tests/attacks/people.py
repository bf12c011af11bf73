"""Who lives in the installation that is scanned: one of each kind that can ask, with something to look at."""

import json
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from safehand.events.statement import FIRST_AFTER, HandedOver, statement_bytes
from safehand.events.vocabulary import Side, State, Way
from safehand.identity.model import PARTY_OF_ROLE, Role
from safehand.identity.wire import request_bytes
from safehand.kernel.clock import SystemClock
from safehand.kernel.ids import DeviceId, ParcelId, PartyId
from tests.installations import PASSWORD, RECIPIENT
from tests.rooms import b64url, es256


@dataclass
class People:
    """Each guise by name: what `tests/attacks/guises.py` needs to dress up; and what there is to ask for."""

    url: str
    guises: dict[str, dict[str, str]] = field(default_factory=dict)
    link: str = ""
    """The recipient's page."""
    known: dict[str, list[str]] = field(default_factory=dict)
    """By the name of a path's parameter: ids that exist."""

    def choose(self, name: str, folder: Path) -> Path:
        """The file that says whose guise it is."""
        file = folder / f"{name}.json"
        file.write_text(json.dumps({"url": self.url, "guise": self.guises[name]}))
        return file

    def dictionary(self, folder: Path) -> Path:
        """Settings of schemathesis by which every second id is one that exists."""
        file = folder / "schemathesis.toml"
        lists = [f"[dictionaries.{name}]\nvalues = {json.dumps(ids)}\n" for name, ids in self.known.items()]
        uses = [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.5 }}\n' for name in self.known]
        file.write_text("".join([*lists, "[parameters]\n", *uses]))
        return file


class Office:
    """The administrator, who lets everybody in."""

    def __init__(self, url: str, token: str, *, verify: ssl.SSLContext | bool = True) -> None:
        self.http = httpx.Client(base_url=url, headers={"Origin": url}, verify=verify, trust_env=False, timeout=30)
        self.people = People(url)
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        first = {"token": token, "login": "root", "password": PASSWORD, "name": "Root"}
        self._post("/v1/setup", first)
        self._post("/v1/sessions", {"login": "root", "password": PASSWORD})

    def open(self) -> People:
        """Everybody, a parcel on its way, and one of which two stories are told."""
        parties = {kind: self._party(kind) for kind in ("depot", "driver", "partner")}
        parties["merchant"] = self._post("/v1/merchants", {"name": "Kirja", "country": "FI"})["merchant"]
        key = self._post(f"/v1/merchants/{parties['merchant']}/keys", {"label": "till", "scopes": ["read", "ship"]})
        self.people.guises["merchant"] = {"key": key["key"]}
        roles = sorted(role.value for role in Role if role not in PARTY_OF_ROLE)
        self._hire("everything", roles, None)
        self._hire("depot", ["depot"], parties["depot"])
        for kind in ("depot", "driver"):
            self.people.guises[f"device-{kind}"] = self._device(kind, parties[kind])
        sent = [self._shipment(key["key"], number) for number in ("one", "two")]
        parcels = [parcel for made in sent for parcel in made["parcels"]]
        self.people.link = parcels[0]["recipient_link"]
        self.people.known = {
            "number": [parcel[name] for parcel in parcels for name in ("parcel", "sscc", "tracking", "s10")],
            "shipment": [made["shipment"] for made in sent],
            "merchant": [parties["merchant"]],
            "exception": self._two_stories(parcels[0]["parcel"], parties),
        }
        self.http.close()
        assert self.people.known["exception"]
        return self.people

    def _party(self, kind: str) -> str:
        return str(self._post("/v1/parties", {"kind": kind, "name": f"The {kind}"})["party"])

    def _hire(self, login: str, roles: list[str], party: str | None) -> None:
        user = {"login": login, "password": PASSWORD, "name": login, "roles": roles}
        self._post("/v1/users", user | ({"party": party} if party else {}))
        self.people.guises[login] = {"login": login, "password": PASSWORD}

    def _device(self, kind: str, party: str) -> dict[str, str]:
        code = self._post("/v1/device-codes", {"party": party, "label": "phone"})["code"]
        key = self.keys[kind] = ec.generate_private_key(ec.SECP256R1())
        point = b64url(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        proof = b64url(es256(key, f"safehand/enrol/v1\n{code}\n{point}".encode()))
        made = self._post("/v1/devices", {"code": code, "public_key": point, "proof": proof})
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return {"device": made["device"], "pem": pem}

    def _shipment(self, key: str, number: str) -> Any:
        asked = {"service": "standard", "recipient": RECIPIENT, "parcels": [{"weight_g": 900}]}
        return self._post("/v1/shipments", asked, {"Authorization": f"Bearer {key}", "Idempotency-Key": number})

    def _two_stories(self, parcel: str, parties: dict[str, str]) -> list[str]:
        """Two parties say that they got it from the merchant: exceptions open."""
        opened: list[str] = []
        now_ms = SystemClock().now_ms()
        for kind in ("depot", "driver"):
            device = self.people.guises[f"device-{kind}"]["device"]
            said = HandedOver(
                device=DeviceId(device), sequence=1, at_ms=now_ms, parcel=ParcelId(parcel), after=FIRST_AFTER,
                giver=PartyId(parties["merchant"]), taker=PartyId(parties[kind]), side=Side.TAKER, way=Way.COUNTER,
                state=State.RECEIVED,
            )  # fmt: skip
            raw = statement_bytes(said)
            item = {"statement": raw.decode(), "signature": b64url(es256(self.keys[kind], raw))}
            body = json.dumps({"statements": [item]}).encode()
            signature = b64url(es256(self.keys[kind], request_bytes("POST", b"/v1/statements", now_ms, body)))
            signed = f"Safehand-Device id={device}, at={now_ms}, signature={signature}"
            answer = self.http.post("/v1/statements", content=body, headers={"Authorization": signed})
            assert answer.is_success, answer.text
            opened += [one["id"] for one in answer.json()["answers"][0]["exceptions"]]
        return opened

    def _post(self, path: str, said: object, headers: dict[str, str] | None = None) -> Any:
        answer = self.http.post(path, json=said, headers=headers or {})
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None
