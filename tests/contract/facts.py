"""The facts of the first case, in few words, each with the place in the seed where it stands.

Two inventories: the article, sentence by sentence, and what was found beside it.
"""

from dataclasses import dataclass

from schemas.pointers import Json

CASE = "cases/nine-north-koreans-viet-nam-2015"
THE_NINE = "actors/the-nine"
AUTHOR = "actors/daily-signal-article-author"
YALU = "events/left-the-dprk-across-the-yalu"
JOURNEY = "events/journey-to-viet-nam"
CROSSED = "events/crossed-into-viet-nam"
STOPPED = "events/stopped-in-viet-nam"
HANDOVER = "events/handed-over-in-dongxing"
HELD = "events/held-in-dongxing"
TRAIN = "events/taken-to-shenyang-by-train"
GARRISON = "events/moved-to-a-garrison"
FEARED = "events/feared-return-to-the-dprk"
CONVENTION = "instruments/refugee-convention-1951"
PROTOCOL = "instruments/refugee-protocol-1967"
TORTURE = "instruments/convention-against-torture"
BORDER = "instruments/prc-dprk-border-protocol-1964"
SECOND = "instruments/prc-dprk-border-protocol-second-version"
THIRD = "instruments/prc-dprk-border-protocol-third-version"
REPORT = "instruments/coi-report"
DETAILED = "instruments/coi-report-detailed-findings"
OBSERVATIONS = "instruments/cat-concluding-observations-china-co-5"
ROBERTSON = "statements/robertson-appeal-for-the-nine"
PRESIDENT = "statements/human-rights-watch-appeal-to-the-president-of-the-republic-of-korea"
BRIEFING = "statements/shamdasani-geneva-briefing"
SHAMDASANI = "statements/shamdasani-appeal-in-the-article"
INTERNATIONAL = "statements/international-organisations-call-on-china"
COI_RETURNS = "statements/commission-of-inquiry-on-forced-repatriation"
COI_TREATMENT = "statements/commission-of-inquiry-on-treatment-after-return"
KIRBY = "statements/kirby-on-the-least-discussed-findings"
ENOS = "statements/enos-on-religious-liberty"
COMMITTEE = "statements/committee-against-torture-on-return-to-the-dprk"
DEMAND = "statements/author-demand-on-the-united-states"

ARTICLE_SOURCE = "sources/daily-signal-2015-12-23"
NOTES = "sources/article-33-research-notes"
OHCHR = "sources/ohchr-briefing-2015-11-20"
DAILY_NK = "sources/daily-nk-on-the-nine"
CHOSUN = "sources/chosun-ilbo-on-the-nine"
NKHR = "sources/nkhr-on-the-nine"
JOINT = "sources/joint-ngo-statement-2015-12-01"
UPI = "sources/upi-on-the-nine"
KBS = "sources/kbs-on-the-nine"
HRW = "sources/human-rights-watch-on-the-nine"
WILSON = "sources/wilson-center-document-115328"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact and its place: the value of the field, or a text that the field contains."""

    said: str
    path: str
    pointer: str
    expected: Json = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim: what one source says about a field on which sources differ, or for which one source is too weak. Dates are EDTF."""

    said: str
    path: str
    field: str
    source: str
    expected: Json
    verification: str
    preferred: bool = False
    note: str = ""


ARTICLE: tuple[Fact | Claimed, ...] = (
    # 1: China weighs whether to return nine young defectors.
    Fact("China considers a return", FEARED, "/acts/0/act", "threatened-return"),
    Fact("it is China that considers it", FEARED, "/involvements/0/actor", "actors/china"),
    Fact("to North Korea", FEARED, "/destination/country", "KP"),
    Fact("now, on the day of the article", FEARED, "/date/edtf", "2015-12-23"),
    Fact("nine of them", THE_NINE, "/size", 9),
    Fact("North Koreans", THE_NINE, "/nationality", "KP"),
    Claimed("young", THE_NINE, "/name/en", ARTICLE_SOURCE, "Nine young North Korean defectors", "contested", note="Laos in May 2013"),
    # 2: in early October across the Yalu to Shenyang, then to Nanning, on the border.
    Claimed("early October", YALU, "/date", ARTICLE_SOURCE, "2015-10-0X", "reported", preferred=True),
    Fact("early October, as stated", YALU, "/date/as_stated", "early October"),
    Fact("the year is the publication's", YALU, "/date/basis", text="names no year"),
    Fact("fled North Korea", YALU, "/origin/country", "KP"),
    Fact("across the Yalu", YALU, "/place/name/en", "Yalu River"),
    Fact("to Shenyang", YALU, "/destination/name/en", "Shenyang"),
    Fact("then to Nanning", JOURNEY, "/claims", text='"Nanning"'),
    Fact("said to lie on the border", JOURNEY, "/claims", text="Nanning on the Chinese border with Vietnam"),
    # 3: crossed into Viet Nam on 22 October, caught by police, handed over in Dongxing.
    Claimed("crossed on 22 October", CROSSED, "/date", ARTICLE_SOURCE, "2015-10-22", "corroborated", preferred=True),
    Fact("into Viet Nam", CROSSED, "/destination/country", "VN"),
    Fact("from China", CROSSED, "/origin/country", "CN"),
    Fact("caught", STOPPED, "/acts/0/act", "arrest"),
    Fact("by Vietnamese police", STOPPED, "/involvements/0/actor", "actors/vietnamese-police"),
    Fact("handed over", HANDOVER, "/acts/0/act", "interstate-handover"),
    Fact("by the police", HANDOVER, "/involvements/0/actor", "actors/vietnamese-police"),
    Fact("to Chinese authorities", HANDOVER, "/involvements/1/actor", "actors/chinese-authorities"),
    Fact("in Dongxing, Guangxi", HANDOVER, "/place/name/en", "Dongxing, Guangxi"),
    # 4: on 26 October by train to Shenyang; may be returned, and punished and persecuted.
    Claimed("26 October", TRAIN, "/date", ARTICLE_SOURCE, "2015-10-26", "contested", note="Mondays"),
    Fact("by train", TRAIN, "/name/en", text="by train"),
    Fact("to Shenyang", TRAIN, "/destination/name/en", "Shenyang"),
    Fact("by Chinese authorities", TRAIN, "/involvements/0/actor", "actors/chinese-authorities"),
    Fact("may be returned, so the outcome is unknown", CASE, "/outcome", "unknown"),
    Fact("punishment and persecution likely", CASE, "/risk/en", text="Punishment and persecution"),
    Fact("the same as the author's prediction", "statements/author-on-punishment-after-return", "/kind", "prediction"),
    # 5: international organisations call on China, a signatory of the Refugee Convention.
    Fact("international organisations call on China", INTERNATIONAL, "/speaker", "actors/international-organisations"),
    Fact("to China", INTERNATIONAL, "/addressees", ["actors/china"]),
    Fact("to keep its obligations", INTERNATIONAL, "/demands/0/act/en", text="obligations under the Refugee Convention"),
    Fact("not to return the nine", INTERNATIONAL, "/demands/1/act/en", "Do not return the nine."),
    Claimed("a signatory of the Convention", CONVENTION, "/party_acts/0/action", ARTICLE_SOURCE, "signed", "contested"),
    # 6: Robertson's statement.
    Fact("Phil Robertson", ROBERTSON, "/speaker", "actors/phil-robertson"),
    Fact("for Human Rights Watch", ROBERTSON, "/on_behalf_of", "actors/human-rights-watch"),
    Claimed("deputy director", ROBERTSON, "/capacity", ARTICLE_SOURCE, {"en": "Deputy director of Human Rights Watch"}, "contested"),
    Claimed("deputy director", "actors/phil-robertson", "/memberships/0/role", ARTICLE_SOURCE, {"en": "Deputy director"}, "contested"),
    Fact("in a statement", ROBERTSON, "/venue/en", text="written statement"),
    Fact("Beijing should abide", ROBERTSON, "/text/en/text", text="Beijing should abide by its international obligations"),
    Fact("let the nine settle", ROBERTSON, "/text/en/text", text="allow the nine refugees to settle in a safe country"),
    Fact("quoted", ROBERTSON, "/form", "quoted"),
    # 7: Shamdasani.
    Fact("Ravina Shamdasani", SHAMDASANI, "/speaker", "actors/ravina-shamdasani"),
    Fact("spokesperson", SHAMDASANI, "/capacity/en", "Spokesperson"),
    Fact("of OHCHR", SHAMDASANI, "/on_behalf_of", "actors/ohchr"),
    Fact(
        "asked the Chinese authorities where they are",
        SHAMDASANI,
        "/demands/0",
        {"to": "actors/chinese-authorities", "act": {"en": "Say where the nine are."}},
    ),
    Fact(
        "asked Beijing not to return them",
        SHAMDASANI,
        "/demands/1",
        {"to": "actors/china", "act": {"en": "Do not return them to the DPRK."}},
    ),
    # 8 to 11: relations decide, as the author sees it.
    Fact("relations decide", "statements/author-on-what-decides-returns", "/text/en/text", text="how well it stood with the DPRK"),
    Fact("a causal claim", "statements/author-on-what-decides-returns", "/kind", "causal-claim"),
    Fact("once everyone was returned", "statements/author-on-earlier-practice", "/text/en/text", text="every North Korean"),
    Fact("after the third nuclear test", "statements/author-on-reluctance-after-2013", "/text/en/text", text="third nuclear test"),
    Fact("after the execution of Jang", "statements/author-on-reluctance-after-2013", "/text/en/text", text="execution of Jang Song-thaek"),
    Fact("in 2013", "statements/author-on-reluctance-after-2013", "/text/en/text", text="in 2013"),
    Fact("China held back", "statements/author-on-reluctance-after-2013", "/text/en/text", text="held back"),
    Fact("Jang: official and liaison", "actors/jang-song-thaek", "/memberships/0/role/en", "High official and liaison to Beijing"),
    Fact("relations improve, the risk grows", "statements/author-on-better-relations", "/kind", "prediction"),
    Fact("for the nine", "statements/author-on-better-relations", "/text/en/text", text="likelier that the nine"),
    # 12: what binds China.
    Fact("bound to non-refoulement", "statements/author-on-what-binds-china", "/text/en/text", text="non-refoulement"),
    Fact("a legal opinion", "statements/author-on-what-binds-china", "/kind", "legal-opinion"),
    Fact("by both treaties", "statements/author-on-what-binds-china", "/about/instruments", [CONVENTION, PROTOCOL]),
    Claimed("Convention in force April 1954", CONVENTION, "/in_force", ARTICLE_SOURCE, "1954-04", "reported"),
    Claimed("Protocol in force October 1967", PROTOCOL, "/in_force", ARTICLE_SOURCE, "1967-10", "reported"),
    Claimed("a signatory of the Protocol", PROTOCOL, "/party_acts/0/action", ARTICLE_SOURCE, "signed", "contested"),
    Fact("in any manner, life or freedom threatened", CONVENTION, "/provisions/0/duty/en", text="life or freedom would be threatened"),
    # 13: the border protocol.
    Fact("its title", BORDER, "/name/en", text="Mutual Cooperation in Safeguarding National Security and Social Order in Border Areas"),
    Fact("of the Ministry of Public Security", BORDER, "/party_acts/0/actor", "actors/prc-ministry-of-public-security"),
    Fact("and the Social Safety Ministry", BORDER, "/party_acts/1/actor", "actors/dprk-social-safety-ministry"),
    Claimed("signed in July 1964", BORDER, "/signed", ARTICLE_SOURCE, "1964-07", "contested"),
    Fact("supersedes treaty duties, says the author", "statements/author-on-the-border-protocol", "/kind", "legal-opinion"),
    Fact(
        "claimed to prevail over the Convention",
        BORDER,
        "/relations/0",
        {"instrument": CONVENTION, "relation": "claimed-to-prevail-over", "attributed_to": AUTHOR},
    ),
    Fact(
        "claimed to prevail over the Protocol",
        BORDER,
        "/relations/1",
        {"instrument": PROTOCOL, "relation": "claimed-to-prevail-over", "attributed_to": AUTHOR},
    ),
    # 14 and 15: the Commission of Inquiry.
    Fact("the Commission found", COI_RETURNS, "/speaker", "actors/commission-of-inquiry"),
    Fact("a finding", COI_RETURNS, "/kind", "finding"),
    Fact(
        "a rigorous policy of forced repatriation",
        COI_RETURNS,
        "/text/en/text",
        text="China pursues a rigorous policy of forced repatriation",
    ),
    Fact("despite the violations", COI_RETURNS, "/text/en/text", text="despite gross human rights violations"),
    Fact("persecution after return", COI_TREATMENT, "/text/en/text", text="persecuted severely"),
    Fact("worst after contact with Christians or South Koreans", COI_TREATMENT, "/text/en/text", text="Christians or South Koreans"),
    # 16 and 17: Enos, reporting Kirby.
    Fact("Olivia Enos", ENOS, "/speaker", "actors/olivia-enos"),
    Fact("research associate", ENOS, "/capacity/en", text="Research associate"),
    Fact("Asian Studies Center", "actors/olivia-enos", "/memberships/0/organisation", "actors/asian-studies-center"),
    Fact("of the Heritage Foundation", "actors/asian-studies-center", "/parent", "actors/heritage-foundation"),
    Fact("Kirby says", KIRBY, "/speaker", "actors/michael-kirby"),
    Fact("as Enos reports", KIRBY, "/reported_by/0", "actors/olivia-enos"),
    Claimed(
        "lead investigator",
        KIRBY,
        "/capacity",
        ARTICLE_SOURCE,
        {"en": "Lead investigator of the United Nations for the Commission of Inquiry"},
        "reported",
    ),
    Fact("religious minorities, Christians above all", KIRBY, "/text/en/text", text="religious minorities, and of Christians above all"),
    Fact("among the least discussed findings", KIRBY, "/text/en/text", text="talk about least"),
    Fact("the US can do more", ENOS, "/text/en/text", text="the U.S. can do more to hold North Korea accountable"),
    Fact("for violations of religious liberty", ENOS, "/demands/0/act/en", text="religious liberty"),
    # 18: the author's demand.
    Fact("in the author's name", DEMAND, "/speaker", AUTHOR),
    Fact("to the United States", DEMAND, "/addressees", ["actors/united-states"]),
    Fact(
        "hold China accountable",
        DEMAND,
        "/demands/0",
        {"to": "actors/united-states", "act": {"en": "Hold China accountable for returning North Koreans."}},
    ),
    Fact("object in public", DEMAND, "/demands/1/act/en", "Object in public."),
    Fact(
        "harsh punishment called certain", "statements/author-on-punishment-after-return", "/text/en/text", text="harsh punishment certain"
    ),
)

DOSSIER: tuple[Fact | Claimed, ...] = (
    # The source itself.
    Fact("the article's day", ARTICLE_SOURCE, "/published/edtf", "2015-12-23"),
    Fact("the year follows from its page", ARTICLE_SOURCE, "/published/basis", text="page"),
    Fact("the author is not named", AUTHOR, "/summary/en", text="does not name the author"),
    # The group.
    Fact("children among them, and nothing more", THE_NINE, "/includes_children", "yes"),
    Claimed(
        "nine DPRK nationals, says OHCHR", THE_NINE, "/name/en", OHCHR, "The nine North Koreans", "officially-confirmed", preferred=True
    ),
    Claimed("nine were stopped", STOPPED, "/affected/0/number", OHCHR, 9, "corroborated", preferred=True),
    Claimed("ten, says UPI", STOPPED, "/affected/0/number", UPI, 10, "reported", note="A tenth person, not a DPRK national, was released."),
    Claimed("ten, says KBS", STOPPED, "/affected/0/number", KBS, 10, "reported", note="A tenth person, not a DPRK national, was released."),
    # The events.
    Claimed("early October, NKHR", YALU, "/date", NKHR, "2015-10-0X", "reported", preferred=True),
    Claimed("early October, Chosun", YALU, "/date", CHOSUN, "2015-10-0X", "reported", preferred=True),
    Claimed("early October, Daily NK", YALU, "/date", DAILY_NK, "2015-10-0X", "reported", preferred=True),
    Claimed("left the north-east on 16 October", JOURNEY, "/date", HRW, "2015-10-16/2015-10-22", "reported", preferred=True),
    Fact("from north-east China", JOURNEY, "/origin/name/en", "North-east China"),
    Fact("Nanning or not is open", JOURNEY, "/place", None),
    Fact(
        "Nanning: capital of Guangxi, not on the border",
        JOURNEY,
        "/claims",
        text="Nanning is the capital of Guangxi and does not lie on the border",
    ),
    Claimed(
        "others say border region",
        JOURNEY,
        "/place",
        NOTES,
        {"name": {"en": "Border region with Viet Nam"}, "country": "CN", "precision": "region"},
        "reported",
    ),
    Claimed("22 October, HRW", STOPPED, "/date", HRW, "2015-10-22", "corroborated", preferred=True),
    Claimed("22 October, NKHR", STOPPED, "/date", NKHR, "2015-10-22", "corroborated", preferred=True),
    Claimed("23 October, an official in Seoul", STOPPED, "/date", UPI, "2015-10-23", "contested", note="official in Seoul"),
    Fact("in Mong Cai", STOPPED, "/place/name/en", "Móng Cái"),
    Claimed("handed over on 24 October, HRW", HANDOVER, "/date", HRW, "2015-10-24", "reported", preferred=True),
    Claimed("a few days later, NKHR", HANDOVER, "/date", NKHR, "[2015-10-23..2015-10-28]", "reported"),
    Fact("an expulsion, as reported", HANDOVER, "/legal_basis_claimed/0/basis/en", text="expulsion"),
    Fact("so called by Viet Nam", HANDOVER, "/legal_basis_claimed/0/claimed_by", "actors/viet-nam"),
    Fact("reported by Daily NK", "statements/viet-nam-on-the-handover", "/reported_by", ["actors/daily-nk"]),
    Claimed("still in Dongxing on 28 October", HELD, "/date", DAILY_NK, "2015-10-28", "reported", preferred=True),
    Claimed("train on 16 November, Daily NK", TRAIN, "/date", DAILY_NK, "2015-11-16", "reported", preferred=True, note="28 October"),
    Claimed(
        "train on 16 November, joint statement",
        TRAIN,
        "/date",
        JOINT,
        "2015-11-16",
        "reported",
        preferred=True,
        note="Both days were Mondays",
    ),
    Fact("the record follows 16 November", TRAIN, "/date/edtf", "2015-11-16"),
    Claimed(
        "a garrison near the border, HRW",
        GARRISON,
        "/destination",
        HRW,
        {"name": {"en": "A garrison near the border"}, "precision": "region"},
        "contested",
    ),
    Claimed("NKHR could not confirm it", GARRISON, "/destination", NKHR, None, "unverified"),
    Fact("no garrison is located", GARRISON, "/destination", None),
    Fact("the outcome is found in no source", CASE, "/summary/en", text="no source in the record says what became of them"),
    Fact("no date for an outcome", CASE, "/outcome_as_of", None),
    Fact("the case is open", CASE, "/status", "open"),
    # The statements.
    Fact("Asia division", "actors/phil-robertson", "/memberships/0/role/en", "Deputy director, Asia division"),
    Fact("the appeal of 21 November", ROBERTSON, "/said/edtf", "2015-11-21"),
    Fact("the second, of 25 November", PRESIDENT, "/said/edtf", "2015-11-25"),
    Fact("to the President", PRESIDENT, "/text/en/text", text="President of the Republic of Korea"),
    Fact("Geneva briefing of 20 November", BRIEFING, "/said/edtf", "2015-11-20"),
    Fact("in Geneva", BRIEFING, "/venue/en", "Press briefing, Geneva"),
    Fact("to China and Viet Nam", BRIEFING, "/addressees", ["actors/china", "actors/viet-nam"]),
    Fact(
        "to say what became of them",
        BRIEFING,
        "/demands/1",
        {"to": "actors/viet-nam", "act": {"en": "Make clear what has become of the nine."}},
    ),
    Fact("all governments not to return them", BRIEFING, "/text/en/text", text="all governments not to return them"),
    Fact("joint statement of 1 December", "statements/joint-ngo-statement", "/said/edtf", "2015-12-01"),
    Fact("the Commission's report", REPORT, "/identifiers", [{"scheme": "un-document-symbol", "value": "A/HRC/25/63"}]),
    Fact("its detailed findings", DETAILED, "/identifiers", [{"scheme": "un-document-symbol", "value": "A/HRC/25/CRP.1"}]),
    Fact("of 7 February 2014", REPORT, "/adopted/edtf", "2014-02-07"),
    Fact("both of that day", DETAILED, "/adopted/edtf", "2014-02-07"),
    Fact("paragraphs 355 to 492", DETAILED, "/citations/0/locator", "paragraphs 355 to 492"),
    Fact(
        "Kirby chairs it",
        "actors/michael-kirby",
        "/memberships/0",
        {"organisation": "actors/commission-of-inquiry", "role": {"en": "Chair"}},
    ),
    Fact("established by resolution 22/13", "instruments/human-rights-council-resolution-22-13", "/adopted/edtf", "2013-03-21"),
    Fact("not located word for word", COI_RETURNS, "/claims/0/note", text="not located word for word"),
    Fact("so unverified", COI_RETURNS, "/claims/0/verification", "unverified"),
    Fact("Issue Brief 4379", "sources/heritage-foundation-issue-brief-4379", "/identifiers/0/value", "4379"),
    Fact("of 10 April 2015", ENOS, "/said/edtf", "2015-04-10"),
    Fact("Enos is about the report, not the case", ENOS, "/about", {"instruments": [REPORT]}),
    Fact("Kirby is nested in Enos", KIRBY, "/form", "nested"),
    Fact("the Committee's observations", OBSERVATIONS, "/identifiers/0/value", "CAT/C/CHN/CO/5"),
    Fact("of December 2015", OBSERVATIONS, "/adopted/edtf", "2015-12"),
    Fact("paragraphs 46 to 47", COMMITTEE, "/citations/0/locator", "paragraphs 46 to 47"),
    Fact("forcible return to the DPRK", COMMITTEE, "/text/en/text", text="forcible return of people to the DPRK"),
    # The instruments.
    Fact("Convention of 28 July 1951", CONVENTION, "/adopted/edtf", "1951-07-28"),
    Fact("in force 22 April 1954", CONVENTION, "/in_force/edtf", "1954-04-22"),
    Fact("Article 33(1)", CONVENTION, "/provisions/0/key", "article-33-1"),
    Fact("five grounds", CONVENTION, "/provisions/0/duty/en", text="five grounds: race, religion, nationality"),
    Fact("Article 33(2)", CONVENTION, "/provisions/1/key", "article-33-2"),
    Fact("the exception", CONVENTION, "/provisions/0/exceptions/en", text="danger to the security of the country"),
    Claimed("the exception that the article leaves out", CONVENTION, "/provisions/0/exceptions", ARTICLE_SOURCE, None, "contested"),
    Claimed("China acceded", CONVENTION, "/party_acts/0/action", NOTES, "acceded", "reported", preferred=True, note="without signing"),
    Fact("on 24 September 1982", CONVENTION, "/party_acts/0/date/edtf", "1982-09-24"),
    Fact("with reservations", CONVENTION, "/party_acts/0/reservations/en", "Article 14, second half, and Article 16(3)."),
    Claimed("Viet Nam not a party", CONVENTION, "/party_acts/1/action", NOTES, "no-act-found", "reported", preferred=True),
    Claimed("DPRK not a party, weakly sourced", CONVENTION, "/party_acts/2/action", NOTES, "no-act-found", "unverified", preferred=True),
    Fact("Viet Nam, in the Convention", CONVENTION, "/party_acts/1/actor", "actors/viet-nam"),
    Fact("DPRK, in the Convention", CONVENTION, "/party_acts/2/actor", "actors/dprk"),
    Fact("Protocol of 31 January 1967", PROTOCOL, "/adopted/edtf", "1967-01-31"),
    Fact("in force 4 October 1967", PROTOCOL, "/in_force/edtf", "1967-10-04"),
    Fact("606 UNTS 267", PROTOCOL, "/registration", "606 UNTS 267"),
    Fact("China acceded with the Convention", PROTOCOL, "/party_acts/0/date/edtf", "1982-09-24"),
    Fact("reservation to Article IV", PROTOCOL, "/party_acts/0/reservations/en", "Article IV."),
    Claimed("border protocol signed on 9 June 1964", BORDER, "/signed", WILSON, "1964-06-09", "reported", preferred=True),
    Fact("in Pyongyang", BORDER, "/place/name/en", "Pyongyang"),
    Fact("approved by the DPRK on 20 June", BORDER, "/party_acts/2/date/edtf", "1964-06-20"),
    Fact("approved", BORDER, "/party_acts/2/action", "approved"),
    Fact("document 115328", WILSON, "/identifiers/0/value", "115328"),
    Fact("an embassy note from July", BORDER, "/claims/0/note", text="embassy note"),
    Fact("Article 4: return", BORDER, "/provisions/0/duty/en", text="crossed the border illegally"),
    Fact("those fleeing disaster excepted", BORDER, "/provisions/0/exceptions/en", text="disaster"),
    Fact("a second version", BORDER, "/successor", SECOND),
    Fact("and a third", SECOND, "/successor", THIRD),
    Fact("after the second", THIRD, "/predecessor", SECOND),
    Claimed("1986", SECOND, "/signed", NOTES, "1986", "unverified"),
    Claimed("1998", THIRD, "/signed", NOTES, "1998", "unverified"),
    Fact("Article 4(2)", THIRD, "/provisions/0/key", "article-4-2"),
    Fact("lists and materials", THIRD, "/provisions/0/duty/en", text="lists of the people"),
    Fact("a Chinese text was seen", THIRD, "/summary/en", text="A Chinese text of it was seen"),
    Fact("Torture Convention of 10 December 1984", TORTURE, "/adopted/edtf", "1984-12-10"),
    Fact("in force 26 June 1987", TORTURE, "/in_force/edtf", "1987-06-26"),
    Fact("Article 3, non-return", TORTURE, "/provisions/0/key", "article-3"),
    Fact("China ratified on 4 October 1988", TORTURE, "/party_acts/0/date/edtf", "1988-10-04"),
    Fact("Viet Nam bound from 7 March 2015", TORTURE, "/party_acts/1/effective/edtf", "2015-03-07"),
    Claimed("DPRK not a party", TORTURE, "/party_acts/2/action", NOTES, "no-act-found", "reported", preferred=True),
    # What the article claims, with the months that it leaves out.
    Fact("test in February 2013", "statements/author-on-reluctance-after-2013", "/summary/en", text="February 2013"),
    Fact("execution in December 2013", "actors/jang-song-thaek", "/summary/en", text="December 2013"),
    # One origin.
    *(Fact("one origin, NKHR", source, "/independence_group", "nkhr") for source in (ARTICLE_SOURCE, CHOSUN, DAILY_NK, NKHR)),
)

ACTORS: dict[str, str] = {
    "china": "state",
    "dprk": "state",
    "viet-nam": "state",
    "united-states": "state",
    "republic-of-korea": "state",
    "vietnamese-police": "state-body",
    "chinese-authorities": "state-body",
    "prc-ministry-of-public-security": "state-body",
    "dprk-social-safety-ministry": "state-body",
    "ohchr": "intergovernmental-body",
    "commission-of-inquiry": "intergovernmental-body",
    "committee-against-torture": "intergovernmental-body",
    "unhcr": "intergovernmental-body",
    "human-rights-watch": "organisation",
    "heritage-foundation": "organisation",
    "asian-studies-center": "organisation",
    "nkhr": "organisation",
    "daily-signal": "organisation",
    "daily-nk": "organisation",
    "chosun-ilbo": "organisation",
    "upi": "organisation",
    "kbs": "organisation",
    "phil-robertson": "person",
    "ravina-shamdasani": "person",
    "michael-kirby": "person",
    "olivia-enos": "person",
    "jang-song-thaek": "person",
    "daily-signal-article-author": "person",
    "the-nine": "protected-group",
}

CLAIMS_OF_THE_AUTHOR: dict[str, str] = {
    "author-demand-on-the-united-states": "demand",
    "author-on-what-decides-returns": "causal-claim",
    "author-on-earlier-practice": "remark",
    "author-on-reluctance-after-2013": "causal-claim",
    "author-on-better-relations": "prediction",
    "author-on-punishment-after-return": "prediction",
    "author-on-what-binds-china": "legal-opinion",
    "author-on-the-border-protocol": "legal-opinion",
}

SUPPRESSED = (DAILY_NK, CHOSUN, NKHR, JOINT, UPI, KBS, HRW)
