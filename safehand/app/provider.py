"""The carrier's own sign-in, as the settings name it."""

import re
from pathlib import Path

from safehand.app.settings import VARIABLES, BadSetting, Settings
from safehand.identity.provider import RETURN_PATH, Provider, Registration
from safehand.kernel.clock import Clock
from safehand.kernel.errors import SafehandError
from safehand.kernel.outgoing import AddressRefused, Reach, a_client
from safehand.vault.master import read_key_file

SECRET_BYTES_MAX = 1_024
DOMAIN_SHAPE = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
WORD_SHAPE = re.compile(r"[A-Za-z0-9_.:/-]{1,200}")
WORDS_MAX = 16


def build_provider(settings: Settings, clock: Clock) -> Provider | None:
    """The provider; None where none is set. It is not asked before somebody wants to sign in.

    Errors
        BadSetting
    """
    issuer, client, secret = settings.oidc_issuer, settings.oidc_client, settings.oidc_secret_file
    if issuer is None and client is None and secret is None:
        return None
    if issuer is None or client is None or secret is None:
        names = ", ".join(VARIABLES[name] for name in ("oidc_issuer", "oidc_client", "oidc_secret_file"))
        raise BadSetting(names, issuer or client or str(secret), "all three, or none")
    reach = Reach(this_machine=True, networks=settings.private_networks)
    try:
        reach.check(issuer)
    except AddressRefused as error:
        raise BadSetting(
            VARIABLES["oidc_issuer"], issuer, f"an https address that our server may call ({error})"
        ) from None
    if "?" in issuer:
        raise BadSetting(VARIABLES["oidc_issuer"], issuer, "the issuer as its description says it, without a query")
    registration = Registration(
        issuer=issuer,
        client=client,
        secret=_secret(secret),
        redirect=settings.origin + RETURN_PATH,
        mail_domain=_domain(settings.oidc_mail_domain),
        proofs=_words(settings.oidc_proofs or ""),
    )
    return Provider(registration, a_client(reach), reach, clock)


def _secret(path: Path) -> str:
    wanted = "a file of mode 600 with the client's secret"
    try:
        secret = read_key_file(path, SECRET_BYTES_MAX).strip()
    except SafehandError as error:
        why = error.params.get("why") or f"mode {error.params.get('mode')}"
        raise BadSetting(VARIABLES["oidc_secret_file"], str(path), f"{wanted} ({why})") from None
    if not secret.isascii() or not 0 < len(secret) <= SECRET_BYTES_MAX:
        raise BadSetting(VARIABLES["oidc_secret_file"], str(path), f"{wanted}, 1 to {SECRET_BYTES_MAX} bytes of ASCII")
    return secret.decode()


def _domain(said: str | None) -> str | None:
    if said is not None and DOMAIN_SHAPE.fullmatch(said) is None:
        raise BadSetting(VARIABLES["oidc_mail_domain"], said, "a domain like carrier.example, in small letters")
    return said


def _words(said: str) -> frozenset[str]:
    words = frozenset(word.strip() for word in said.split(",") if word.strip())
    if len(words) > WORDS_MAX or not all(map(WORD_SHAPE.fullmatch, words)):
        raise BadSetting(VARIABLES["oidc_proofs"], said, "words of `amr` or `acr`, joined by commas, like mfa, hwk")
    return words
