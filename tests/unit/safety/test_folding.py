"""Folding: different spellings of the same characters compare equal, and a finding points into the text as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.v1.safety.folding import fold, tokens, without_accents

SAME = (
    *(
        ("bоrn", "born"),
        ("BΟRΝ", "born"),
        ("раѕѕроrt", "passport"),
        ("ｂｏｒｎ", "born"),
        ("𝐛𝐨𝐫𝐧", "born"),
        ("ʙᴏʀɴ", "born"),
        ("b\u0337orn", "born"),
    ),
    *(
        ("РОСТ", "рост"),
        ("ПРИЁМ", "прием"),
        ("İstanbul", "istanbul"),
        ("IRK", "irk"),
        ("STRASSE", "straße"),
        ("NÉ", "né"),
        ("ne\u0301", "né"),
    ),
    *(("०१२", "012"), ("๐๑๒", "012"), ("၀၁၂", "012"), ("③", "3"), ("❶❿", "110"), ("²", "2"), ("1\ufe0f\u20e3", "1"), ("🅰🅱", "ab")),
    *(("010–1234—5678", "010-1234-5678"), ("03ー1234ー5678", "03-1234-5678"), ("non\u2011refoulement", "non-refoulement")),
    *(("a\u2028b", "a b"), ("a\u00a0\n\u3000b", "a b"), ("a\u200b\u2060\ufeff\u00ad\u3164\u2800\ufe0f\u034f\U000e0041b", "ab")),
    *(
        ("P.A.S.S.P.O.R.T.", "passport"),
        ("t-r-a-v-e-l d-o-c", "travel d-o-c"),
        ("M.S.S. v. F.G.", "m.s.s. v. f.g."),
        ("U.N.T.S. 7", "unts 7"),
    ),
    *(("مُحَمَّد", "محمد"), ("أحمد", "احمد"), ("l’été", "l'été"), ("jane＠example。org", "jane@example.org")),
)


@pytest.mark.parametrize(("written", "meant"), SAME)
def test_spellings_that_look_the_same_fold_to_the_same(written: str, meant: str) -> None:
    """Width, case, script of digits, look-alike letters, dashes, blanks and invisible characters make no difference."""
    assert fold(written).text == fold(meant).text


@pytest.mark.parametrize(("one", "other"), [("né", "ne"), ("ma", "má"), ("рост", "ростр"), ("パスポート", "パスポト"), ("가", "각")])
def test_different_words_stay_different(one: str, other: str) -> None:
    """Accents and everything else that makes another word are kept."""
    assert fold(one).text != fold(other).text


def test_words_are_tokens_and_so_is_each_character_of_a_script_without_spaces() -> None:
    """Phrases are compared token by token."""
    assert tokens(fold("Né à Hyesan, 1990; 生于1990年 เกิด").text) == ["né", "à", "hyesan", "1990", "生", "于", "1990", "年", *"เกิด"]
    assert without_accents(fold("Đã cấp passeport né").text) == "da cap passeport ne"


@given(st.text(max_size=60))
def test_a_folded_text_points_into_the_original(text: str) -> None:
    """Each folded character has a place in the text, in order, and folding again changes nothing that a scan could miss."""
    folded = fold(text)
    assert len(folded.offsets) == len(folded.text) + 1
    assert folded.offsets[-1] == len(text)
    assert list(folded.offsets) == sorted(folded.offsets)
    assert "  " not in folded.text
    for index in range(len(folded.text)):
        start, end = folded.original(index, index + 1)
        assert 0 <= start < end <= len(text)
    assert len(without_accents(folded.text)) == len(folded.text)
