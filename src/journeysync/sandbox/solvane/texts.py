"""Descriptions in people's own words: plain ones drawn by number, and the special ones that a real backlog has too.

A description is a tuple of blocks, so that Cloud (documents) and Data Center (wiki text) say the same. Nothing in
here may make a mapping rule hit: rules are asked about titles, and where they read bodies, about other words.
"""

from typing import Any, Literal, NamedTuple


class Block(NamedTuple):
    """A paragraph, heading, list, table or code; ``lines`` are its sentences, points, rows (cells by tab) or lines."""

    kind: Literal["paragraph", "heading", "points", "table", "code", "mention"]
    lines: tuple[str, ...]


Description = tuple[Block, ...]

_WHO = (
    "From the calls of last week:",
    "Marek from the desk told me:",
    "Out of the interviews in spring:",
    "I saw this at my aunt's:",
    "Three letters in one month say the same:",
    "From the survey in June:",
    "The council of customers asked for it:",
)
_SAYS = (
    '"I looked for it for ten minutes and then I rang."',
    '"It works on the computer, on the phone I give up."',
    '"I did what the page said and nothing happened."',
    '"My neighbour has it, I do not. Why?"',
    '"If you had told me on Monday I would not have minded."',
    '"I have small children, I have two minutes."',
    '"It is fine, but my father does not find it."',
    '"Nobody could tell me who looks after this."',
    '"I would have done it myself, had I known where."',
)
_WANT = (
    "We want this to be one screen and one sentence.",
    "It should be clear without a word to the desk.",
    "Start small: households first, firms later.",
    "Please no new page, the old one is enough.",
    "We agreed to try it in two regions first.",
)
_ACCEPT = (
    "works with one hand on a small phone",
    "the desk sees the same as the customer",
    "nobody has to type a number twice",
    "a word appears when it takes longer than a day",
    "tested with five people who do not work here",
    "the text is read by somebody from the desk",
    "works without a mouse",
    "numbers before and after are written down",
)


def plain(number: int) -> Description:
    """Return the description of the ticket with that number; the same each time, a few are empty."""
    if number % 17 == 4:
        return ()
    voice = Block("paragraph", (f"{_pick(_WHO, number)} {_pick(_SAYS, number * 5 + 1)}",))
    want = Block("paragraph", (_pick(_WANT, number * 3 + 2),))
    if number % 5 == 0:
        return (voice, want)
    accept = Block("points", tuple(_pick(_ACCEPT, number * 7 + step * 3) for step in range(2 + number % 3)))
    return (voice, want, Block("heading", ("Done when",)), accept)


def _pick(lines: tuple[str, ...], number: int) -> str:
    return lines[number % len(lines)]


SPECIAL: dict[str, Description] = {
    "showcase": (
        Block("paragraph", ("People open it, see a total, and ring us. The reason stands on page 3.",)),
        Block("mention", ("Ana Weber", " has the recordings of the calls; please listen to two before you draw.")),
        Block("heading", ("Done when",)),
        Block(
            "points", ("the first screen says what changed and by how much", "price, weather and me are three lines")
        ),
        Block("paragraph", ("We said in the review of 12 May that this text is the agreed one.",)),
    ),
    "epic": (
        Block("paragraph", ("One call in three is about an amount that nobody explained. This is our answer.",)),
        Block("table", ("month\tcalls\tabout the amount", "April\t9,120\t2,870", "May\t12,440\t4,410")),
    ),
    "mention": (
        Block("mention", ("Ben Yilmaz", " please keep the small line: legal wants it, families need it.")),
        Block("paragraph", ("The figure must not move when the address comes in later.",)),
    ),
    "table": (
        Block("paragraph", ("What we have today:",)),
        Block("table", ("what\ttoday\twanted", "time\t9 minutes\t2 minutes", "clicks\t14\t5")),
    ),
    "rtl": (
        Block("paragraph", ("أريد أن أرى العرض مع زوجتي في المساء.", "אני רוצה לשלוח את זה הביתה.")),
        Block("paragraph", ("Both came in on the same day; translation: I want to look at it at home.",)),
    ),
    "emoji": (Block("paragraph", ("Please 🙏 with the new pictures 📷, not 🚫 the old ones. Thank you! 👩‍👩‍👧‍👦🎉",)),),
    "crlf": (Block("code", ("copied from a mail:\r\nroom\tdesk\r\n\r\nsecond floor\t4\r\n",)),),
    "reference": (Block("paragraph", ("Belongs to OPP-3, we talked about it in the planning on Tuesday.",)),),
    "long": (
        Block("paragraph", ("The whole thread of mails, so that nobody has to ask again.",)),
        *(
            Block("paragraph", (f"{day}. {_pick(_WHO, day)} {_pick(_SAYS, day)} {_pick(_WANT, day)}",) * 4)
            for day in range(63)
        ),
    ),
}


def as_document(text: Description) -> dict[str, Any] | None:
    """Return a description as Jira Cloud stores it; None where there is none."""
    return {"version": 1, "type": "doc", "content": [_node(block) for block in text]} if text else None


def as_wiki(text: Description) -> str | None:
    """Return a description as Jira Data Center stores it, with the line ends that its editor writes."""
    return "\r\n\r\n".join(_wiki(block) for block in text) if text else None


def as_markdown(text: Description) -> str | None:
    """Return a description as GitHub stores it, with the line ends that a browser's form sends."""
    return "\r\n\r\n".join(_markdown(block) for block in text) if text else None


def _node(block: Block) -> dict[str, Any]:
    match block.kind:
        case "paragraph":
            return _paragraph(" ".join(block.lines))
        case "heading":
            return {"type": "heading", "attrs": {"level": 3}, "content": [_text(block.lines[0])]}
        case "points":
            return {"type": "bulletList", "content": [_of("listItem", _paragraph(point)) for point in block.lines]}
        case "table":
            return {"type": "table", "content": [_table_row(n, line) for n, line in enumerate(block.lines)]}
        case "code":
            return {"type": "codeBlock", "content": [_text("\n".join(block.lines))]}
        case "mention":
            name, words = block.lines
            person = {"type": "mention", "attrs": {"id": f"solvane:{name.split()[0].lower()}", "text": f"@{name}"}}
            return {"type": "paragraph", "content": [person, _text(words)]}


def _table_row(number: int, line: str) -> dict[str, Any]:
    kind = "tableCell" if number else "tableHeader"
    return {"type": "tableRow", "content": [_of(kind, _paragraph(cell)) for cell in line.split("\t")]}


def _of(kind: str, *content: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "content": list(content)}


def _paragraph(text: str) -> dict[str, Any]:
    return _of("paragraph", _text(text))


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _wiki(block: Block) -> str:
    match block.kind:
        case "paragraph":
            return " ".join(block.lines)
        case "heading":
            return f"h3. {block.lines[0]}"
        case "points":
            return "\r\n".join(f"* {point}" for point in block.lines)
        case "table":
            rows = [line.split("\t") for line in block.lines]
            return "\r\n".join(("||" if n == 0 else "|").join(["", *row, ""]) for n, row in enumerate(rows))
        case "code":
            return "{noformat}" + "\n".join(block.lines) + "{noformat}"
        case "mention":
            name, words = block.lines
            return f"[~{name.split()[0].lower()}]{words}"


def _markdown(block: Block) -> str:
    match block.kind:
        case "paragraph":
            return " ".join(block.lines)
        case "heading":
            return f"### {block.lines[0]}"
        case "points":
            return "\r\n".join(f"- [ ] {point}" for point in block.lines)
        case "table":
            head, *rows = (f"| {' | '.join(line.split(chr(9)))} |" for line in block.lines)
            line = "| --- " * (head.count("|") - 1) + "|"
            return "\r\n".join((head, line, *rows))
        case "code":
            return "```\r\n" + "\n".join(block.lines) + "\r\n```"
        case "mention":
            name, words = block.lines
            return f"@{login_of(name)}{words}"


def login_of(name: str) -> str:
    """Return what a person is called on GitHub."""
    return name.lower().replace(" ", "-")
