"""What a browser says it is, in a word or two: for people who look through their sessions. Pure.

Only the words are kept: the whole line would tell browsers apart, and nobody needs that here.
"""

AGENT_CHARS_MAX = 512

# The first that occurs counts: most browsers claim to be several.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"),
    ("python", "Python"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def agent_words(user_agent: str | None) -> str:
    """`Firefox, Linux`; empty if it says nothing that we know."""
    said = (user_agent or "")[:AGENT_CHARS_MAX]
    found = (next((word for sign, word in known if sign in said), None) for known in (_BROWSERS, _SYSTEMS))
    return ", ".join(word for word in found if word is not None)
