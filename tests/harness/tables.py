"""Tables as people see them: columns found by display cells."""
import unicodedata


def cells(text):
    """How many cells of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def columns_of(line, starts):
    """Text of each column, cut at display cells."""
    out, at, place = [""] * len(starts), 0, -1
    for character in line:
        while place + 1 < len(starts) and at >= starts[place + 1]:
            place += 1
        out[place] += character
        at += cells(character)
    return [text.strip() for text in out]


def starts_of(header):
    """Display cell at which each word of a header begins; words are two blanks apart."""
    starts, at, blank = [], 0, 2
    for character in header:
        if character != " " and blank >= 2:
            starts.append(at)
        blank = blank + 1 if character == " " else 0
        at += cells(character)
    return starts
