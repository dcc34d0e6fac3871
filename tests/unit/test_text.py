"""The small strings that every type uses: languages, countries, prose, slugs and URLs."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.v1.text import AnyText, CountryCode, LanguageTag, Line, Prose, Slug, Text, Url

LANGUAGE: TypeAdapter[str] = TypeAdapter(LanguageTag)
COUNTRY: TypeAdapter[str] = TypeAdapter(CountryCode)
PROSE: TypeAdapter[str] = TypeAdapter(Prose)
LINE: TypeAdapter[str] = TypeAdapter(Line)
SLUG: TypeAdapter[str] = TypeAdapter(Slug)
URL: TypeAdapter[str] = TypeAdapter(Url)
TEXT: TypeAdapter[dict[str, str]] = TypeAdapter(Text)
ANY_TEXT: TypeAdapter[dict[str, str]] = TypeAdapter(AnyText)


@pytest.mark.parametrize("tag", ["en", "ko", "vi", "zh", "zh-Hans", "zh-Hant-TW", "pt-BR", "es-419", "yue", "sr-Latn"])
def test_a_language_tag_passes_as_it_is(tag: str) -> None:
    """Language tags with a script or a region, as in BCP 47, do not change."""
    assert LANGUAGE.validate_python(tag) == tag


NO_TAGS = (
    *(("", "BCP 47"), ("EN", "BCP 47"), ("english", "BCP 47"), ("zh-hans", "BCP 47"), ("zh_Hans", "BCP 47"), ("en-us", "BCP 47")),
    *(("en-", "BCP 47"), ("en-US-x-a", "BCP 47"), ("en\n", "BCP 47"), ("xx", "no language has the ISO 639 code 'xx'")),
    *(("zzz", "no language has"), ("zh-Xxxx", "no script has the ISO 15924 code 'Xxxx'")),
    # BCP 47 uses the two-letter code of a language if it has one, and the ISO 3166-1 code of a region.
    *(("eng", "en"), ("kor", "ko"), ("zho", "zh"), ("en-UK", "UK"), ("en-ZX", "ZX")),
)


@pytest.mark.parametrize(("tag", "said"), NO_TAGS, ids=[case[0] or "nothing" for case in NO_TAGS])
def test_what_is_no_language_tag_is_refused(tag: str, said: str) -> None:
    """A tag in another form, or of an unknown language, script or region, is refused with a reason."""
    with pytest.raises(ValidationError, match=said):
        LANGUAGE.validate_python(tag)


@pytest.mark.parametrize("code", ["VN", "CN", "KP", "GB", "XK", "TW", "PS"])
def test_a_country_code_passes_as_it_is(code: str) -> None:
    """ISO 3166-1 alpha-2 codes are accepted, and Kosovo's, which is user-assigned."""
    assert COUNTRY.validate_python(code) == code


NO_COUNTRIES = (
    *(
        ("UK", "did you mean GB"),
        ("CHN", "did you mean CN"),
        ("VNM", "did you mean VN"),
        ("vn", "did you mean VN"),
        ("Vn", "did you mean VN"),
    ),
    *(
        ("prk", "did you mean KP"),
        ("ZZ", "'ZZ' .type"),
        ("EU", "'EU' .type"),
        ("AN", "'AN' .type"),
        ("V", "at least 2"),
        ("Viet Nam", "at most 3"),
    ),
)


@pytest.mark.parametrize(("code", "said"), NO_COUNTRIES, ids=[case[0] for case in NO_COUNTRIES])
def test_what_is_no_country_code_is_refused(code: str, said: str) -> None:
    """Anything but an upper-case alpha-2 code is refused, with the code that was perhaps meant."""
    with pytest.raises(ValidationError, match=said):
        COUNTRY.validate_python(code)


@pytest.mark.parametrize("character", ["\x00", "\t", "\r", "\x1b", "\x7f", "\ue000", "\U0010fffd", "\ud800", "\uffff", "\U0001fffe"])
def test_control_characters_are_no_text(character: str) -> None:
    """A control, private-use or half character is refused by its code point and its place."""
    for kind in (PROSE, LINE):
        with pytest.raises(ValidationError, match=f"character 2 is U\\+{ord(character):04X}, which is not allowed in text"):
            kind.validate_python(f"a{character}b")


def ignorable(code: int) -> bool:
    """Return whether Unicode lists a character as invisible, or as a mark that changes the direction of text."""
    listed = ((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F))
    more = ((0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB))
    most = ((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF), (0x2800, 0x2800))
    return any(first <= code <= last for first, last in (*listed, *more, *most))


def test_no_control_private_or_invisible_character_passes() -> None:
    """Each is refused between letters. An invisible one is refused in a URL too, and as the only character of a text."""
    wrong = [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if (unicodedata.category(chr(code)) in ("Cc", "Cs", "Co") and chr(code) != "\n") or ignorable(code) or code & 0xFFFE == 0xFFFE
    ]
    for character in wrong:
        with pytest.raises(ValidationError):
            PROSE.validate_python(f"a{character}b")
    for character in filter(lambda character: ignorable(ord(character)) and ord(character) < 0xE0100, wrong):
        for kind, text in ((PROSE, character), (URL, f"https://example.org/{character}")):
            with pytest.raises(ValidationError):
                kind.validate_python(text)
    assert len(wrong) > 100_000, "most are for private use"


JOINED = {
    "Persian": "\u0645\u06cc\u200c\u062e\u0648",
    "Sinhala": "ශ්\u200dරී",
    "Hindi": "क्\u200dष",
    "Khmer": "ក\u200cខ",
    "Burmese": "က\u200cခ",
    "Mongolian": "ᠠ\u180eᠠ",
}


@pytest.mark.parametrize("text", JOINED.values(), ids=JOINED)
def test_a_script_keeps_the_joiners_that_it_is_written_with(text: str) -> None:
    """Between letters of such a script a joiner passes. At the end, twice, or between Latin letters it is refused."""
    assert PROSE.validate_python(text) == text
    joiner = next(character for character in text if ignorable(ord(character)))
    for wrong in (f"a{joiner}b", f"{text}{joiner}", text.replace(joiner, 2 * joiner), f"{text[0]}{joiner}a"):
        with pytest.raises(ValidationError, match=f"U\\+{ord(joiner):04X}, which is not allowed in text: it is invisible"):
            PROSE.validate_python(wrong)


def test_only_mongolian_keeps_variation_selectors() -> None:
    """A reader of Mongolian sees them. After an ideograph or a picture they could carry a hidden message."""
    assert PROSE.validate_python("ᠠ\u180bᠠ") == "ᠠ\u180bᠠ"
    for wrong in ("a\u180b", "ᠠ\u180b\u180b", "葛\U000e0100", "葛\ufe00", "\u2764\ufe0f"):
        with pytest.raises(ValidationError, match="which is not allowed in text: it is invisible"):
            PROSE.validate_python(wrong)


@pytest.mark.parametrize("line_break", ["\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_a_line_has_no_line_break_of_any_kind(line_break: str) -> None:
    """Unicode has more line breaks than one. Prose keeps U+2028 and U+2029 as line feeds, and has no other."""
    with pytest.raises(ValidationError, match="contains a line break, but must be a single line"):
        LINE.validate_python(f"early{line_break}October")
    if line_break in "\n\u2028\u2029":
        assert PROSE.validate_python(f"early{line_break}October") == "early\nOctober"
    else:
        with pytest.raises(ValidationError, match="which is not allowed in text"):
            PROSE.validate_python(f"early{line_break}October")


def test_prose_may_have_several_lines() -> None:
    """A line break is the only control character that text may have."""
    assert PROSE.validate_python("One line.\nAnother.") == "One line.\nAnother."


@pytest.mark.parametrize(
    ("given_text", "expected"), [("  blanks  ", "blanks"), ("Vie\u0323\u0302t", "Việt"), ("e\u0301", "é"), ("각", "각")]
)
def test_text_is_trimmed_and_composed(given_text: str, expected: str) -> None:
    """Text is published in NFC and without blanks around it, so that equal words are equal bytes."""
    assert PROSE.validate_python(given_text) == expected
    assert LINE.validate_python(given_text) == expected


@given(st.text(st.characters(exclude_categories=["Cn"]), min_size=1, max_size=40))
def test_text_is_stable(text: str) -> None:
    """A text that was accepted once is accepted again unchanged, and shows all its characters."""
    try:
        once = PROSE.validate_python(text)
    except ValidationError:
        return
    assert once == unicodedata.normalize("NFC", once) == once.strip()
    assert PROSE.validate_python(once) == once
    for at, character in enumerate(once):
        assert character == "\n" or unicodedata.category(character) not in ("Cc", "Cs", "Co", "Zl", "Zp")
        assert not ignorable(ord(character)) or unicodedata.category(once[at - 1])[0] in "LM"


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=40))
def test_letters_digits_and_punctuation_are_text(text: str) -> None:
    """Visible characters of every script pass."""
    if meant := "".join(character for character in text if not ignorable(ord(character))).strip():
        assert PROSE.validate_python(meant) == unicodedata.normalize("NFC", meant).strip()


@pytest.mark.parametrize(("kind", "longest"), [(PROSE, 4000), (LINE, 500)], ids=["prose", "line"])
def test_text_has_a_length(kind: TypeAdapter[str], longest: int) -> None:
    """Blank text and too long text are refused; text of exactly the maximum length is accepted."""
    assert kind.validate_python("x" * longest) == "x" * longest
    for wrong in ("x" * (longest + 1), "", "   ", "\n", "\u3000\u00a0"):
        with pytest.raises(ValidationError):
            kind.validate_python(wrong)


@pytest.mark.parametrize(("kind", "longest"), [(PROSE, 4000), (LINE, 500)], ids=["prose", "line"])
def test_text_is_measured_as_it_is_stored(kind: TypeAdapter[str], longest: int) -> None:
    """NFC makes two characters of U+0958, and one of e and U+0301. The schema publishes the limit."""
    assert len(kind.validate_python("\u0958" * (longest // 2))) == longest
    assert len(kind.validate_python("e\u0301" * longest)) == longest
    for wrong in ("\u0958" * (longest // 2 + 1), "e\u0301" * (longest + 1)):
        with pytest.raises(ValidationError, match=f"at most {longest} characters"):
            kind.validate_python(wrong)
    assert kind.json_schema() == {"type": "string", "minLength": 1, "maxLength": longest}


@pytest.mark.parametrize("slug", ["a", "a-slug", "2015", "un-document-symbol", "x" * 100])
def test_slugs(slug: str) -> None:
    """Lower-case words and numbers with single hyphens between them are slugs."""
    assert SLUG.validate_python(slug) == slug


@pytest.mark.parametrize("slug", ["", "A", "a_b", "-a", "a-", "a--b", "a b", "a/b", "é", "a\n", "x" * 101])
def test_what_is_no_slug(slug: str) -> None:
    """Anything else is not a slug."""
    with pytest.raises(ValidationError):
        SLUG.validate_python(slug)


@pytest.mark.parametrize("url", ["https://undocs.org/A/HRC/25/63", "http://example.org/?q=1#x", "https://ko.wikipedia.org/wiki/평양"])
def test_addresses(url: str) -> None:
    """Web addresses do not change."""
    assert URL.validate_python(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "ftp://example.org/",
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "//example.org",
            "https://e.org/\n",
            'https://e.org/"',
        ),
        *("https://x.org/\0", "https://x.org/\u202egpj.exe", "https://[::1", "https://example.org\\@evil.org/", "https://e.org:99999/"),
        *("https:///path", "https://example.org/\u200b", "https://exa\u00admple.org/"),
    ],
)
def test_what_is_no_address(url: str) -> None:
    """Other schemes, blanks and quotation marks are refused."""
    with pytest.raises(ValidationError):
        URL.validate_python(url)


def test_text_has_english() -> None:
    """Text by language needs English. A title without English may have any language."""
    assert TEXT.validate_python({"en": "Viet Nam", "vi": "Việt Nam"}) == {"en": "Viet Nam", "vi": "Việt Nam"}
    assert ANY_TEXT.validate_python({"ko": "제목"}) == {"ko": "제목"}
    with pytest.raises(ValidationError, match=r"the English text \(key en\) is missing"):
        TEXT.validate_python({"ko": "제목"})
    for kind in (TEXT, ANY_TEXT):
        with pytest.raises(ValidationError):
            kind.validate_python({})
        with pytest.raises(ValidationError, match="no language"):
            kind.validate_python({"en": "x", "xx": "y"})
