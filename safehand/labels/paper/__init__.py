"""Paper beside the label: run sheets, missed-you cards, fallback sheets for hours without power, labels for the found.

Words       run sheet, stop, missed-you card, fallback sheet, found label, key-in.
Keeps true  The same sheet in the same language gives the same bytes. What a sheet counts is what is on its pages.
            No PIN, no value, no contents, no sender and no way into a house has a field here, so none can be printed.
            A code that stands on paper reads back as the number beside it.
Asks        labels, kernel.
Start at    model.py, then printing.py; key_in.py reads back what people wrote.
"""
