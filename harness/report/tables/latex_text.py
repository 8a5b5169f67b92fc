r"""Any text as LaTeX: no command of its own, and letters that every engine and encoding can set."""

import re
import unicodedata

from harness.report.printing import MINUS, UNDEFINED

LETTER = "rdmcletter"
"""The command that sets a letter which plain pdfLaTeX has not: by its number there."""

LETTER_DEFINITION = (
    rf"\DeclareRobustCommand\{LETTER}[2]"
    r"{\ifdefined\Umathcode #2\else\hspace{0pt}\texttt{\footnotesize U+#1}\fi}"
)

_KNOWN = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # after a line's end it would be an option
    "*": "{*}",  # likewise
    "`": r"\textasciigrave{}",
    '"': "''",  # babel gives it meanings
    "∞": r"$\infty$",
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
    "▼": r"$\bigtriangledown$",
    "▲": r"$\bigtriangleup$",
    "±": r"$\pm$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≈": r"$\approx$",
    "µ": r"$\mu$",
    "°": r"$^\circ$",
    MINUS: r"$-$",
    UNDEFINED: "--",
    "—": "---",
    "\N{LEFT SINGLE QUOTATION MARK}": "`",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "†": r"$^\dagger$",
    "‡": r"$^\ddagger$",
    "§": r"\S{}",
    "¶": r"\P{}",
    "\N{NO-BREAK SPACE}": "~",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "\N{LATIN SMALL LETTER DOTLESS I}": r"\i{}",
}

_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0323": "d",
    "\u0327": "c",
}
"""What TeX calls the combining marks that it can set over or below any letter."""

LONGEST_WORD = 16
"""Letters of a word that always stays in one line."""

_LIGATURES = re.compile(r"(?<=-)(?=-)|(?<=')(?=')|(?<=[?!])(?=`)|(?<=,)(?=,)")
"""Between letters of which fonts make one."""

_BREAKS = re.compile(r"(?<=[-/_|:.,@=+])(?=[^\s\d])|(?<=\w{16})(?=\w{4})")
"""Where a text that is too long for its line may be broken beside its spaces."""


def latex_text(text: str, may_break: bool = False) -> str:
    r"""Return what sets a text in LaTeX, of which no character is a command.

    Letters that plain pdfLaTeX does not have, control characters among them, become calls of
    `LETTER`, which a file that has any defines.

    Args:
        text: Of one line.
        may_break: Let words beyond `LONGEST_WORD` be broken at their signs, as paths and
            signatures want it.

    >>> print(latex_text("A_net <v2> 5% & 0.1"))
    A\_net \textless{}v2\textgreater{} 5\% \& 0.1
    >>> print(latex_text("Jos\u00e9's \u96e8--\x07"))
    Jos\'{e}'s \rdmcletter{96E8}{雨}-{}-\rdmcletter{0007}{}
    """
    words = unicodedata.normalize("NFC", text).split()
    return " ".join(_word(word, may_break and len(word) > LONGEST_WORD) for word in words)


def _word(word: str, may_break: bool) -> str:
    parts = _BREAKS.split(word) if may_break else [word]
    return r"\hspace{0pt}".join(map(_without_ligatures, parts))


def _without_ligatures(text: str) -> str:
    return "{}".join("".join(map(_set, part)) for part in _LIGATURES.split(text))


def _set(letter: str) -> str:
    if letter in _KNOWN:
        return _KNOWN[letter]
    if " " <= letter <= "~":
        return letter
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if len(marks) == 1 and marks[0] in _ACCENTS and base.isascii() and base.isalpha():
        dotless = {"i": r"\i", "j": r"\j"}.get(base, base)
        return rf"\{_ACCENTS[marks[0]]}{{{dotless}}}"
    shown = letter if letter.isprintable() else ""
    return rf"\{LETTER}{{{ord(letter):04X}}}{{{shown}}}"


_WIDTHS = {
    2.37: " !',.:;[]_`il|",
    2.84: "-fjI",
    3.36: "()rst",
    4.02: "ce?>z<†‡§",
    4.26: '"$*/0123456789\\^ago{}~',
    4.50: "Jkqvxy",
    4.73: "bdhnpu",
    5.80: "ZLFEP",
    6.26: "BCTwR",
    6.68: "AHNUVXYDKOQG&+=@",
    7.10: "#%m",
    8.80: "MW",
}
"""Points of the letters of Computer Modern at 8 points, rounded up."""

_BY_LETTER = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_UNKNOWN, _NUMBERED = 8.8, 30.0


def text_width(text: str) -> float:
    r"""Return an upper bound of a text's width in points, as ``\footnotesize`` sets it.

    >>> 60 < text_width("RDMC-S (ours)") < 70
    True
    """
    return sum(map(_width, unicodedata.normalize("NFC", text)))


def _width(letter: str) -> float:
    base = unicodedata.normalize("NFD", letter)[:1]
    if base in _BY_LETTER:
        return _BY_LETTER[base]
    return _NUMBERED if LETTER in _set(letter) else _UNKNOWN
