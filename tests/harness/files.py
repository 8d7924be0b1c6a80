"""Files of trades and the mappings that read them, as `creditctl trade import` takes them."""
import csv
import io

COLUMNS = ("branch", "customer", "document", "amount", "issued", "due", "settled")


def _quoted(values):
    return ", ".join(f'"{v}"' for v in values)


def mapping(columns=COLUMNS, dates=("YYYY-MM-DD",), create=False, units=None, words=None, **constants):
    """Text of a mapping. `columns`: key -> column of the file, or keys that are named alike. `units`: prefix of the
    codes of branches. `words`: word -> texts that stand for it."""
    named = dict(zip(columns, columns)) if not isinstance(columns, dict) else columns
    constants = {"currency": "CNY", **constants}
    lines = ["columns = {", *(f'  {key} = "{name}";' for key, name in named.items()), "};", "constants = {",
             *(f'  {key} = "{value}";' for key, value in constants.items() if key not in named), "};",
             f"dates = [ {_quoted(dates)} ];"]
    if create:
        lines.append("create_customers = true;")
    if units:
        lines.append(f'branches = {{ prefix = "{units}"; }};')
    if words:
        lines += ["values = {", *(f"  {word} = [ {_quoted(texts)} ];" for word, texts in words.items()), "};"]
    return "\n".join(lines) + "\n"


def write_mapping(directory, name="mapping.cfg", **fields):
    """A mapping in a directory; its path."""
    path = directory / name
    path.write_text(mapping(**fields), encoding="utf-8")
    return path


def line(values, end=""):
    """A line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerow(values)
    return out.getvalue()


def trade_line(customer, trade, branch="B11"):
    """The line of a trade in a file with the usual columns."""
    amount = f"{trade.amount // 100}.{trade.amount % 100:02}"
    return line([branch, customer, trade.document, amount, trade.issued, trade.due, trade.settled or ""])


def write_lines(path, lines, header=COLUMNS, encoding="utf-8", end="\n"):
    """A CSV file of whole lines; its path."""
    text = [line(header), *lines] if header else lines
    path.write_bytes((end.join(text) + end).encode(encoding))
    return path
