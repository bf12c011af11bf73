"""Events: the vocabulary of what can have happened. Facts in the past tense, frozen, for ever.

Words       event, state, reason, way, evidence, exception kind.
Keeps true  `.v1` is never edited. An event holds opaque ids and integers, never personal data.
            `decode(encode(event)) == event` for every event there is.
Asks        kernel.
Start at    vocabulary.py, then custody.py.
"""
