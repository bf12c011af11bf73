"""Labels: the numbers on a parcel, the page that carries them, and reading them back.

Words       SSCC, S10, tracking number; element string (application identifiers and values); Digital Link; EPC;
            label, scan.
Keeps true  A number that is read back is right to its check digit, or the error says which digit was expected.
            The same label gives the same bytes. A discreet label never held what it must not show.
            What a label's fonts cannot print is shown as a box and reported, never dropped.
            What GS1 and other carriers give as examples is taken or refused as they say (`make conformance`).
Asks        kernel.
Start at    numbers.py, then printing.py and scan.py; paper/ for sheets and cards, carriers.py for others' numbers.
"""
