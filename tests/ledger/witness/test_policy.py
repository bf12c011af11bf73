"""Policies: the specification's example, and every line that is not quite one."""

import itertools

import pytest

from safehand.ledger.witness.policy import POLICY_BYTES_MAX, BadPolicy, parse_policy
from tests.ledger.logs import a_key
from tests.ledger.witness.scenes import a_cosigner

KEYS = {
    name: a_cosigner(f"witness.example/{name}", seed).public
    for seed, name in enumerate(("X1", "X2", "X3", "Y1", "Y2"), 20)
}
LOG = f"log {a_key().verifier}\n"
LINES = "".join(f"witness {name} {key}\n" for name, key in KEYS.items())
EXAMPLE = f"""# two of ours, one of theirs
{LOG}
{LINES}
  group X-witnesses 2 X1 X2\tX3
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_the_examples_quorum_is_two_of_ours_and_one_of_theirs() -> None:
    policy = parse_policy(EXAMPLE.encode())
    for count in range(len(KEYS) + 1):
        for some in itertools.combinations(KEYS, count):
            enough = sum(name[0] == "X" for name in some) >= 2 and any(name[0] == "Y" for name in some)
            assert policy.satisfied_by([KEYS[name] for name in some]) is enough

    assert [known.key for known in policy.logs] == [a_key().verifier]


def test_a_quorum_may_be_nobody_one_witness_or_have_an_address() -> None:
    nobody = parse_policy(b"quorum none\n")
    one = parse_policy(f"witness X1 {KEYS['X1']} https://witness.example/w\nquorum X1".encode())

    assert nobody.satisfied_by([])
    assert not one.satisfied_by([])
    assert not one.satisfied_by([KEYS["X2"]])
    assert one.satisfied_by([KEYS["X2"], KEYS["X1"]])
    assert one.witnesses[0].url == "https://witness.example/w"


@pytest.mark.parametrize(
    "text",
    {
        "no quorum": LINES,
        "two quorums": LINES + "quorum X1\nquorum X2\n",
        "unknown quorum": LINES + "quorum X9\n",
        "unknown word": LINES + "wintess X1\nquorum X1\n",
        "a key of a log": f"witness A {a_key().verifier}\nquorum A\n",
        "a key of a witness": f"log {KEYS['X1']}\nquorum none\n",
        "the same log twice": LOG + LOG + "quorum none\n",
        "the same witness twice": f"witness A {KEYS['X1']}\nwitness B {KEYS['X1']}\nquorum A\n",
        "a name twice": f"witness A {KEYS['X1']}\nwitness A {KEYS['X2']}\nquorum A\n",
        "the name none": f"witness none {KEYS['X1']}\nquorum none\n",
        "an empty group": LINES + "group G all\nquorum G\n",
        "none of a group": LINES + "group G 0 X1\nquorum G\n",
        "more than all": LINES + "group G 3 X1 X2\nquorum G\n",
        "a count with a sign": LINES + "group G +1 X1 X2\nquorum G\n",
        "a member twice": LINES + "group G any X1 X1\nquorum G\n",
        "a member of two groups": LINES + "group G any X1\ngroup H any X1\nquorum H\n",
        "a member below": "group G any X1\n" + LINES + "quorum G\n",
        "none as a member": LINES + "group G any none\nquorum G\n",
        "a group of itself": LINES + "group G any G\nquorum G\n",
        "too many words": f"witness A {KEYS['X1']} https://a https://b\nquorum A\n",
        "a carriage return": LINES + "quorum X1\r\n",
        "an escape": "# \x1b[2J\nquorum none\n",
        "too long": "#" * POLICY_BYTES_MAX + "\nquorum none\n",
    }.items(),
    ids=lambda item: item[0],
)
def test_what_is_not_a_policy_is_refused(text: tuple[str, str]) -> None:
    with pytest.raises(BadPolicy):
        parse_policy(text[1].encode())


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(BadPolicy, match="line 2"):
        parse_policy(b"# fine\nquorum nobody\n")
