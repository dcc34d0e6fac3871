"""Find dates of birth: a word for birth and a date near it, in either order, unless it is no person that was born."""

from collections.abc import Iterator

from schemas.v1.safety.telephones import Span
from schemas.v1.safety.wordsearch import Expression, Scanned, word_search

LONGEST_GAP = 60


def births(scanned: Scanned) -> Iterator[Span]:
    """Yield where a text has a date of birth, with the word for birth, as places in the folded text."""
    text = scanned.plain
    if not _DIGIT.search(text):
        return
    yield from _abbreviated(scanned)
    for pattern in _EAST_ASIAN if _EAST_ASIAN_LETTER.search(text) else ():
        for match in pattern.finditer(text):
            if not _not_born(scanned, *match.span()) and not _in_general(scanned, match.start(), match.end()):
                yield match.span()
    yield from _labelled(scanned)
    yield from _before_a_date(scanned)
    yield from _after_a_date(scanned)


def _abbreviated(scanned: Scanned) -> Iterator[Span]:
    text = scanned.plain
    if not _MAY_ABBREVIATE.search(text):
        return
    for match in _B.finditer(text):
        letter = scanned.given[scanned.folded.offsets[match.start("b")]]
        after = scanned.given[slice(*scanned.folded.original(match.end(), match.end() + 1))] if match.end() < len(text) else ""
        # Russian "в 1990" (in 1990) is folded to "b 1990". A list has an "a." too, and a heading goes on: "B. 2015 developments".
        if (
            letter in "bB*sSｂＢрР"
            and (letter in "рР" or _END.match(text, match.end()) or "\n" in after)
            and not _LISTED.search(text, 0, match.start())
            and not _ENUMERATED.search(text, 0, match.start())
        ):
            yield match.span()


def _labelled(scanned: Scanned) -> Iterator[Span]:
    search = word_search("birth_label")
    if search.may_have(scanned):
        for start, end in search.find(scanned):
            if match := _AFTER_LABEL.match(scanned.plain, end):
                yield start, match.end()


def _before_a_date(scanned: Scanned) -> Iterator[Span]:
    text = scanned.plain
    search = word_search("birth")
    if not search.may_have(scanned):
        return
    for start, end in search.find(scanned):
        if _NO_BIRTH_BEFORE.search(text, max(0, start - 16), start) or _NO_BIRTH_AFTER.match(text, end):
            continue
        if text[start:end] == "born" and _describes_what_follows(scanned, end):
            continue
        if (date := _THEN_A_DATE.match(text, end)) and not _not_born(scanned, start, date.end()) and not _in_general(scanned, start, end):
            yield start, date.end()


def _describes_what_follows(scanned: Scanned, end: int) -> bool:
    """Return whether "born", which ends there, is about the next word: "born leaders" are not born on a day. A name has a capital."""
    following = _WORD.match(scanned.plain, end)
    if following is None or _OF_TIME_OR_PLACE.match(scanned.plain, end):
        return False
    return scanned.given[scanned.folded.offsets[following.start(1)]].islower()


def _after_a_date(scanned: Scanned) -> Iterator[Span]:
    text = scanned.plain
    search = word_search("birth_after")
    if not search.may_have(scanned):
        return
    for start, end in search.find(scanned):
        if _NO_BIRTH_BEFORE.search(text, max(0, start - 16), start) or _NO_BIRTH_AFTER.match(text, end):
            continue
        date = _DATE_THEN.search(text, max(0, start - 40), start)
        if text[start:end] == "born" and date and text[date.end("date") : start] not in (" ", "-"):
            continue  # "In 2014 a child born in the camp was registered."
        if date and not _not_born(scanned, date.start(), end) and not _in_general(scanned, start, end):
            yield date.start(), end


def _not_born(scanned: Scanned, start: int, end: int) -> bool:
    """Return whether a treaty, a project, a state or the like was born, not a person: it stands right before, right after, or first."""
    text = scanned.plain
    return bool(
        _SUBJECT_BEFORE.search(text, max(0, start - 70), start)
        or _TEXT_OF_A_PLACE.search(text, max(0, start - 70), start)
        or _SUBJECT_AFTER.match(text, end)
        or _SUBJECT_INSIDE.match(text, start)
    )


def _in_general(scanned: Scanned, start: int, end: int) -> bool:
    """Return whether people in general are meant, as in a law: "persons born before 1951". "The children born ..." are certain people."""
    text = scanned.plain
    if match := _GENERAL_BEFORE.search(text, max(0, start - 60), start):
        return not _CERTAIN.search(text, max(0, match.start() - 30), match.start())
    return bool(_GENERAL_AFTER.match(text, end))


_MONTH = word_search("month").expression
_YEAR = r"(?<![\d/-])(?<!\d\.)(?:1[89]\d\d|20[0-2]\d|24[6-9]\d|25[0-7]\d)(?![\d/]|[.,-]\d)"
_NUMERIC = (
    r"\d{1,2} ?[./-] ?[ivx]{1,4} ?[./-] ?\d{2,4}(?!\d)|\d{1,2} ?[./-] ?\d{1,2} ?[./-] ?\d{2,4}(?!\d)"
    r"|(?:1[89]|2[05])\d\d ?[./-] ?\d{1,2}(?: ?[./-] ?\d{1,2})?(?!\d)"
)
_DAY_AND_MONTH = (
    rf"\d{{1,2}}(?:st|nd|rd|th|er|º|\.)? ?(?:of |de |d'|tháng |thang )?{_MONTH}|{_MONTH} ?\d{{1,2}}(?:st|nd|rd|th)?(?!\d)"
    r"|(?:first|second|third|[a-z]+th|twenty-first|twenty-second|twenty-third|thirty-first) of "
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r"|\d{1,2} ?월 ?\d{1,2} ?일|\d{1,2} ?月 ?\d{1,2} ?[日号]|\d{1,2} thang \d{1,2}"
)
# Years in words and in Roman numerals.
_TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)"
_IN_WORDS = (
    rf"(?:nineteen[ -]{_TENS}(?:[ -][a-z]+)?|two thousand(?: and)?(?: [a-z]+)?|(?<![a-z])m(?:cm|dccc|m)[lxvic]*(?![a-z])"
    "|mil novecientos [a-z]+|mille neuf[ -]cents?[ -][a-z]+|mot nghin chin tram|mot ngan chin tram|nam mot chin|seribu sembilan ratus"
    "|bin dokuz yuz)"
)
_DATE = rf"(?:{_DAY_AND_MONTH}|{_NUMERIC}|{_YEAR}|{_IN_WORDS}|'\d\d(?!\d)|(?<=\bnam )\d\d(?!\d)|(?<!\d)\d{{2,4}}[年년])"
_DIGIT = Expression(rf"[0-9]|{_IN_WORDS}|[〇零一二三四五六七八九十元]年")

# A date after this is not the date of birth.
_BREAK = rf"(?:{word_search('new_statement').expression}|[;!?]|(?<!\p{{Thai}})\.(?![a-z]\b| ?\d))"
_THEN_A_DATE = Expression(rf"[;.]?(?:(?!{_BREAK}).){{0,{LONGEST_GAP}}}?(?P<date>{_DATE})")
_WORD = Expression(r" ([a-z]+)")
_OF_TIME_OR_PLACE = Expression(
    r" (?:in|on|at|to|c|ca|circa|around|about|near|during|between|before|after|sometime|somewhere|early|late|mid|within)\b"
    r"| (?:as|outside|inside|the|a|an|approximately|not|only|just|north|south|east|west)\b"
    rf"| {_MONTH}"
)
_DATE_THEN = Expression(rf"(?P<date>{_DATE})(?:(?!{_BREAK})[^,()]){{0,25}}$")
_FILLER = rf"(?:[\s:.,()=#'\"/-]|\b(?:it|y|yyyy|mm|dd)\b|{word_search('number_word', 'between_subject_and_birth').expression}){{0,8}}"
_AFTER_LABEL = Expression(
    rf"{_FILLER}(?:(?<=[:/] ?)[^.;!?\d]{{0,30}})?"
    rf"(?:{_DATE}|\d{{8}}(?!\d)|\d{{6}}(?!\d)|(?:昭和|平成|令和|大正|明治)\d{{1,2}}年|\d{{2}}[. ]\d{{2}}[. ]\d{{2}}(?!\d))"
)

# "b. 1990", "(b. 7 March 1990)", "(* 1990)", "(SN 1990)". A heading "B. 2015 developments" is none.
_MAY_ABBREVIATE = Expression(r"b\.|\((?:b|sn)|\*|p\. ?\d")
_B = Expression(
    r"(?:(?<![\w.)])(?P<b>b)\. ?|\((?P<b>b|\*|sn)\.? ?|(?<![\w*])(?P<b>\*) ?(?=\d)|(?<![\w.)])(?P<b>p)\. ?(?=\d{4} ?r))"
    r"(?:c\.? ?|ca\.? ?|circa |in |on |at |~ ?|[a-z]+, (?:in )?){0,3}"
    rf"(?:{_MONTH}\.?,? )?"
    rf"(?:{_DATE})(?:,? (?:1[89]|20)\d\d)?"
)
_END = Expression(r" ?(?:$|[,.;:()\[\]/]|-|(?:in|at|to|and)\b)")
_LISTED = Expression(r"(?<!\w)a[.)] ")
_ENUMERATED = Expression(rf"{word_search('numbered').expression} ?$")

# Birth rates, registrations of births, and words that only begin like "born": produce, life, survive, come into force.
_KOREAN_END = (
    "(?![가-힣]*(?:률|율)|신고|등록|증명|통보|아 ?수|인구| ?아동| ?아이| ?자녀"
    "|지|산|활|명|존|긴|겼|기|성|각|태|물|애|계|전|화|포|체|업|방송|동|협|략|모|리|수|부)"
)
_NO_CHINESE_BIRTH = (
    "率|登[记記]|人口|[证證]|缺陷|医学|醫學|数|數|的?(?:儿童|兒童|婴儿|嬰兒|人口)|地|力|产|產|效|活|命|态|態|意|物|産|存|前|涯|育"
    "|变|變|成|还|還|动|動|出|长|長|理|まれ変|徒|计|計|源"
)
_CHINESE_END = rf"(?!{_NO_CHINESE_BIRTH})"
# "Student", "doctor", "happen", "produce" and the like end with the character for "born".
_NO_BIRTH_BEFORE_CHINESE = "产產发發诞誕派衍滋萌催孳学學医醫先女男民卫衛师師究业業人众眾再陌长長维維妇婦怀懷重終终余畢毕考招新老门門天永"
_EAST_ASIAN_YEAR = (
    r"(?:(?:昭和|平成|令和|大正|明治|民[國国]|光[緒绪]|宣[統统])[\d一二三四五六七八九十元]{1,5}"
    r"|(?<!\d)\d{2,4}|[〇零一二三四五六七八九]{2})年(?!代)"
)
_EAST_ASIAN_DAY = r"(?: ?[\d一二三四五六七八九十]{1,3}月)?(?: ?[\d一二三四五六七八九十]{1,3}[日号號])?"
_LATER = r"(?!.{0,3}(?:以[前后後]|之[前后後]|至|到\d))"
_EAST_ASIAN_LETTER = Expression("[생태生]")
_EAST_ASIAN = (
    Expression(rf"(?<!\d)\d{{2,4}}년[대도]?(?: ?\d{{1,2}}월)?(?: ?\d{{1,2}}일)?[^.,;!?]{{0,10}}? ?[출태]생{_KOREAN_END}"),
    Expression(rf"(?<!\d)\d{{2,4}}[.] ?\d{{1,2}}[.] ?\d{{1,2}}[.]? ?(?:출|태)?생{_KOREAN_END}"),
    Expression(rf"(?<!\d)\d{{2,4}}년[대도]?(?: ?\d{{1,2}}월)?(?: ?\d{{1,2}}일)?생{_KOREAN_END}|\d{{1,2}}월 ?\d{{1,2}}일 ?생{_KOREAN_END}"),
    Expression(r"(?<!\d)\d{2,4}년(?!대)[^.;!?]{0,20}?태어[나난났]"),
    Expression(rf"{_EAST_ASIAN_YEAR}{_EAST_ASIAN_DAY}{_LATER}[^,.;!?]{{0,10}}?出生{_CHINESE_END}"),
    Expression(rf"{_EAST_ASIAN_YEAR}{_EAST_ASIAN_DAY}(?:生(?!まれ変){_CHINESE_END}|[^,.;!?]{{0,14}}?生まれ(?!変))"),
    Expression(rf"(?<![\d-])(?:19|20)\d\d(?: ?出生{_CHINESE_END}| ?生まれ(?!変)|生(?=[ ,.;)(]|$))"),
    Expression(rf"(?<![{_NO_BIRTH_BEFORE_CHINESE}])生[于於在][^,.;!?]{{0,14}}?(?:\d{{4}}|\d{{2,4}}年)"),
)

# Vietnamese "student", "arise", "hygiene" and the like end with "sinh"; Thai "happen" begins with the word for "born".
_NO_BIRTH_BEFORE = Expression(
    r"(?<!\p{L})(?:hoc|phat|khai|ve|nay|hy|hoi|tai|dan|nhan|thi|tuyen|sat|ky|cuu|luong|moi|ho|song|nu|nam|an) $"
    r"|(?:angka|tingkat|laju|akta|معدل|عدد|نسبة|تسجيل|شهادة) $|\p{L}-$|เหตุ$|เหตุการณ์$|สง$|ບັງ$|"
    rf"[{_NO_BIRTH_BEFORE_CHINESE}]$"
)
_NO_BIRTH_AFTER = Expression(
    r" (?:vien|thai|hoc|hoat|ly|quan|vat|ton|loi)\b| (?:of|out|from|again|into|by)\b|変|ขึ้น|เหตุ|จาก|การ|ความ|ผล|วิกฤ|สงคราม|เป็น"
    r"|ຂຶ້ນ|ເຫດ|ສົງຄາມ|ຂໍ້ຂັດ|ຈາກ|ឡើង|ហេតុ|មាន|မြူ|မှု|(?<=태생)적|(?<=출생)지|စား|(?<=출생)(?:률|율|신고|등록|증명|통보|아)"
    rf"|(?<=出生)(?:{_NO_CHINESE_BIRTH})"
)

_NOT_BORN = word_search("not_born").expression
_THE = "(?:the|this|that|our|la|le|el|los|las|les|un|una|une|的|の|본|이)"
_SUBJECT_BEFORE = Expression(rf"{_NOT_BORN}(?:[\s,(]|\d+|{word_search('between_subject_and_birth').expression}){{0,8}}$")
# "The Declaration of Cartagena": the name of a place may follow the word for a text. A name of a person may not: it has more words.
_TEXTS = (
    "(?:convention|convencion|konvensi|declaration|declaracion|deklarasi|bildirge|charter|charte|carta|piagam|protocol|protocole|protocolo"
    "|protokol|treaty|traite|tratado|pact|pacte|pacto|covenant|agreement|accord|acuerdo|statute|statut|estatuto|tuyen bo|cong uoc|hiep uoc)"
)
_TEXT_OF_A_PLACE = Expression(
    rf"(?<![a-z]){_TEXTS}(?: (?:of|de|du|des|d'|tentang))? ?\p{{L}}+(?: (?:was|est|fue|was first|also|ra|se))* ?$"
)
_SUBJECT_AFTER = Expression(rf"[\s,]{{0,2}}(?:{_THE}\s?|l')?{_NOT_BORN}")
_SUBJECT_INSIDE = Expression(rf"[\p{{L}}\p{{M}}]+ (?:{_THE} |l')?{_NOT_BORN}")
_GENERAL = word_search("people_in_general").expression
_GENERAL_BEFORE = Expression(
    rf"{_GENERAL}(?:[\s,]|\b(?:who|all)\b|{word_search('between_subject_and_birth').expression}){{0,6}}(?:{_DATE}.{{0,6}})?$"
)
_GENERAL_AFTER = Expression(rf"(?:\s|的|の|한|된){{0,2}}{_GENERAL}")
_CERTAIN = Expression(rf"(?:{word_search('certain_people').expression}|\d)\W*(?:\w+\W+)?$")
