"""Who lives in the installation that is scanned: one of each kind that can ask, with something to look at."""

import hashlib
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
from safehand.identity.model import PARTY_OF_ROLE, Role, Scope
from safehand.identity.wire import request_bytes
from safehand.kernel.clock import SystemClock
from safehand.kernel.ids import DeviceId, ParcelId, PartyId
from tests.attacks.belongings import belongings
from tests.installations import PASSWORD, RECIPIENT
from tests.rooms import b64url, es256

SPENT = "leaves"
SPENT_USERS = 3
"""Colleagues who may be shut out, reset and shut out again."""
RECIPIENTS = 40
"""With a link each: a recipient's pace is the slowest of all, so they take turns."""
STEPS_MAX = 10
"""Cases in one chain, each going on from what one before it was answered."""
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
PLACES = {
    "body.number": "number",
    "body.parcel": "number",
    "query.parcel": "number",
    "header.safehand-parcel": "number",
    "body.person": "person",
    "body.persons[*]": "person",
    "body.party": "party",
    "body.owner": "user",
    "body.custodian": "party",
}
"""Where else than in a path an id belongs that exists."""


@dataclass
class People:
    """Each guise by name: what `tests/attacks/guises.py` needs to dress up; and what there is to ask for."""

    url: str
    guises: dict[str, dict[str, str]] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    """The staff's ids by login."""
    link: str = ""
    """The recipient's page."""
    known: dict[str, list[str]] = field(default_factory=dict)
    """By the name of a path's parameter: ids that exist."""

    def choose(self, name: str, folder: Path) -> Path:
        """The file that says whose guise it is."""
        file = folder / f"{name}.json"
        spared = [id for login, id in self.users.items() if not login.startswith(SPENT)]
        told: dict[str, Any] = {"url": self.url, "guise": self.guises[name], "tally": str(self.tally(name, folder))}
        told |= {"spared": spared, "spent": self.users[f"{SPENT}-0"], "numbers": self.known["number"]}
        file.write_text(json.dumps(told))
        return file

    def tally(self, name: str, folder: Path) -> Path:
        """Where it is counted what that guise met."""
        return folder / f"{name}-tally.json"

    def settings(self, folder: Path, *, scenarios: int) -> Path:
        """Settings of schemathesis: every second id is one that exists, and how many chains of cases there are."""
        file = folder / "schemathesis.toml"
        lists = [f"[dictionaries.{name}]\nvalues = {json.dumps(ids)}\n" for name, ids in self.known.items()]
        places = {f"path.{name}": name for name in self.known} | PLACES
        uses = [f'"{place}" = {{ dictionary = "{name}", probability = 0.5 }}\n' for place, name in places.items()]
        phases = (
            # That no route takes a method which it does not declare is held by tests/app/test_routes.py.
            "[phases.coverage]\nunexpected-methods = []\n"
            f"[phases.stateful]\nmax-steps = {STEPS_MAX}\n"
            f'[phases.stateful.generation]\nmode = "positive"\nmax-examples = {scenarios}\n'
        )
        file.write_text("".join([*lists, "[parameters]\n", *uses, phases]))
        return file


class Office:
    """The administrator, who lets everybody in."""

    def __init__(self, url: str, token: str, *, verify: ssl.SSLContext | bool = True) -> None:
        self.http = httpx.Client(base_url=url, headers={"Origin": url}, verify=verify, trust_env=False, timeout=30)
        self.people = People(url)
        self.keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        first = {"token": token, "login": "root", "password": PASSWORD, "name": "Root"}
        self.people.users["root"] = self._post("/v1/setup", first)["user"]
        self._enter("root")

    def open(self) -> People:
        """Everybody, a parcel on its way, and one of which two stories are told."""
        parties = {kind: self._party(kind) for kind in ("depot", "driver", "partner", "subcontractor")}
        parties["merchant"] = self._post("/v1/merchants", {"name": "Kirja", "country": "FI"})["merchant"]
        scopes = [scope.value for scope in Scope]
        keys = [self._post(f"/v1/merchants/{parties['merchant']}/keys", {"label": word, "scopes": scopes})
                for word in ("till", "spare")]  # fmt: skip
        self.people.guises["merchant"] = {"keys": keys[0]["key"]}
        self._hire("everything", sorted(role.value for role in Role if role not in PARTY_OF_ROLE))
        for login in ("depot", "driver", "subcontractor"):
            self._hire(login, [login], parties[login])
        for number in range(SPENT_USERS):
            self._hire(f"{SPENT}-{number}", ["dispatcher"])
        for kind in ("depot", "driver"):
            self.people.guises[f"device-{kind}"] = self._device(kind, parties[kind])
        sent = [self._shipment(keys[0]["key"], f"number-{number}") for number in range(RECIPIENTS)]
        parcels = [parcel for made in sent for parcel in made["parcels"]]
        links = [parcel["recipient_link"] for parcel in parcels]
        self.people.link = links[0]
        self.people.guises["recipients"] = {"keys": " ".join(f"shl_{link.rpartition('=')[2]}" for link in links),
                                             "own": " ".join(parcel["tracking"] for parcel in parcels)}  # fmt: skip
        self.people.known = {
            "number": [parcel[name] for parcel in parcels for name in ("parcel", "sscc", "tracking", "s10")],
            "shipment": [made["shipment"] for made in sent],
            "party": list(parties.values()),
            "merchant": [parties["merchant"]],
            "subcontractor": [parties["subcontractor"]],
            "user": list(self.people.users.values()),
            "key": [keys[1]["id"]],
            "device": [self._device("spare", parties["driver"])["device"] for _ in range(SPENT_USERS)],
            "sha256": [self._picture(parcel["parcel"]) for parcel in parcels[:SPENT_USERS]],
            "exception": self._two_stories(parcels[0]["parcel"], parties),
        }
        self._enter("everything")
        for name, ids in belongings(self._send, parties).items():
            self.people.known.setdefault(name, []).extend(ids)
        self.people.known["person"] = self._persons(parcels[-SPENT_USERS:])
        self.http.close()
        assert all(self.people.known.values())
        return self.people

    def _enter(self, login: str) -> None:
        self._post("/v1/sessions", {"login": login, "password": PASSWORD})

    def _party(self, kind: str) -> str:
        return str(self._post("/v1/parties", {"kind": kind, "name": f"The {kind}"})["party"])

    def _hire(self, login: str, roles: list[str], party: str | None = None) -> None:
        user = {"login": login, "password": PASSWORD, "name": login, "roles": roles}
        self.people.users[login] = self._post("/v1/users", user | ({"party": party} if party else {}))["user"]
        self.people.guises[login] = {"login": login, "password": PASSWORD}

    def _persons(self, parcels: list[Any]) -> list[str]:
        """Whom these parcels are for."""
        found = [self._post("/v1/persons/find", {"number": parcel["tracking"]})["persons"] for parcel in parcels]
        return sorted({person["person"] for persons in found for person in persons})

    def _picture(self, parcel: str) -> str:
        sha256 = hashlib.sha256(PICTURE).hexdigest()
        headers = {"Safehand-Parcel": parcel, "Content-Type": "image/png"}
        answer = self._signed("driver", "PUT", f"/v1/evidence/{sha256}", PICTURE, headers)
        assert answer.is_success, answer.text
        return sha256

    def _signed(self, kind: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """A request of that device."""
        device, now_ms = self.people.guises[f"device-{kind}"]["device"], SystemClock().now_ms()
        signature = b64url(es256(self.keys[kind], request_bytes(method, path.encode(), now_ms, body)))
        signed = f"Safehand-Device id={device}, at={now_ms}, signature={signature}"
        return self.http.request(method, path, content=body, headers=headers | {"Authorization": signed})

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
            answer = self._signed(kind, "POST", "/v1/statements", json.dumps({"statements": [item]}).encode(), {})
            assert answer.is_success, answer.text
            opened += [one["id"] for one in answer.json()["answers"][0]["exceptions"]]
        return opened

    def _post(self, path: str, said: object, headers: dict[str, str] | None = None) -> Any:
        return self._send("POST", path, said, headers)

    def _send(self, method: str, path: str, said: object, headers: dict[str, str] | None = None) -> Any:
        answer = self.http.request(method, path, json=said, headers=headers or {})
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None
