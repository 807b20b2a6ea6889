"""Rules for legal and regulatory matters: they have deadlines and an owner, so a named person sees them.

Who sues, complains to a regulator or claims a right over data is strong; a word of that world alone (`fraud`, `illegal`)
only keeps a machine from answering. Own-written and English, with a few set phrases of other languages.
"""

from __future__ import annotations

from typing import Final

from chalicelib.domain.labels import Label
from chalicelib.signals.rule import Rule, rule

_L = Label.LEGAL
_WATCHDOG = (
    r"(?:regulators?|ombudsman|ftc|fca|ofcom|ofgem|bbb|cfpb|ico|cnil|accc|asa|osha|fda|epa|watchdog"
    r"|consumer (?:court|protection|affairs|council|agency)|labou?r (?:inspect\w*|board|court|office)"
    r"|health (?:inspect\w*|department)|trading standards|better business bureau|attorney general|data "
    r"protection (?:authority|office\w*|commission\w*|agency)|authorities|police|tax office|irs|hmrc"
    r"|commission|inspectorate)"
)

RULES: Final[tuple[Rule, ...]] = (
    rule(
        _L,
        "legal:action",
        900,
        (
            "lawyer* attorney* solicitor* sue sueing suing sued court lawsuit* law litigat* subpoena* legal "
            "tribunal barrister* prosecut* injunction libel* slander* defam* damages arbitration class cease "
            "warrant summons charges claims liable letter counsel affidavit prejudice negligen* represent "
            "discriminat*"
        ),
        (
            r"(?:my|our|contact\w*|hir\w*|get\w*|call\w*|spoke\w*|speak\w*|talk\w*|from|with|through|by) (?:to "
            r"|with |from )?(?:an? |my |our |the )?(?:lawyers?(?! friend)|attorneys?|solicitors?|barristers?|legal (?:team"
            r"|counsel|department|representatives?))"
        ),
        r"(?:lawyers?|attorneys?|solicitors?) (?:will|is|are|has|have|says?|advised|wrote|sent)",
        (
            r"(?:see|take|taking|meet|drag\w*) (?:you|u|them|this|your company|it) ~1 (?:in|to) (?:\w+ "
            r")?(?:court|tribunal)"
        ),
        r"small claims",
        r"(?:court|restraining) order",
        r"court (?:date|hearing|case|summons|papers|proceedings)",
        (
            r"(?:will|going to|gonna|could|i'?ll|we'?ll|considering|be|am|i'?m|we'?re|can) (?:sue|suing"
            r"|sueing)(?: you| them| the| this| your| for damages)"
        ),
        r"(?:sue|suing) (?:you|u|your)",
        r"will sue",
        r"legal department",
        r"we represent",
        r"represent(?:ing|s)? (?:a|our|my) client",
        r"get(?:ting)? sued",
        r"(?:file|filed|filing|facing|start\w*) ~2 law ?suits?",
        r"litigat(?:e|ion|ing)",
        r"subpoena\w*",
        r"legal (?:action|notice|proceedings|claim|threat|hold|demand|request|steps|dispute|representation)",
        r"press(?:ing)? charges",
        r"injunction",
        r"(?:is|this is|for|your|sue) (?:libel\w*|slander\w*|defam\w*)",
        (
            r"cease and desist|class action|punitive damages|without prejudice|search warrant|arbitration "
            r"(?:claim|request|clause)"
        ),
        r"(?:claim|seek\w*|liable for|entitled to|pay) ~2 (?:damages?|compensation)",
        r"liable for",
        r"expect a letter",
        r"(?:gross |your |sue for )negligence",
        r"tribunal",
    ),
    rule(
        _L,
        "legal:data-rights",
        900,
        (
            "gdpr ccpa dsar erasure article art data information records forgotten consent processing controller hipaa coppa "
            "lgpd personal dpo"
        ),
        r"gdpr|ccpa|dsar|coppa|lgpd|hipaa",
        (
            r"(?:delete|erase|hand over|send (?:me|us)|release) (?:all|the|any|every) ~2 (?:data|information|records) "
            r"~4 (?:about|on) (?:me|us)"
        ),
        r"(?:subject|data) (?:access|erasure|deletion|portability) (?:request|right)?",
        r"right (?:to|of) (?:be forgotten|erasure|access|rectification|object|data portability)",
        (
            r"(?:delete|erase|remove|copy of|copies of|all|hand over|holding|hold|stored?|collected|sold"
            r"|sell\w*|shar(?:e|ed|ing)|process\w*) ~4 (?:my|our|personal) (?:personal )?(?:data|records)"
        ),
        r"personal data",
        r"data (?:protection|controller|processor|processing)",
        r"(?:withdraw\w*|never gave|without|not|revoke) ~1 (?:my )?consent\w*",
        r"(?:article|art\.?) \d{1,2}(?! (?:about|on|by))(?: of| gdpr| request)",
    ),
    rule(
        _L,
        "legal:regulator",
        850,
        (
            "regulator* ombudsman ftc fca ofcom ofgem bbb cfpb ico cnil accc asa osha fda epa watchdog "
            "consumer labour labor health trading better attorney protection authority authorities police tax "
            "irs hmrc commission inspectorate report* complain* act law advertising compliance dmca takedown "
            "permission copyright* trademark* infring* overtime unpaid minors whistleblow*"
        ),
        (
            rf"(?:report\w*|complain\w*|contact\w*|notif\w*|inform\w*|hear from|going|letter (?:to|from)|filed"
            rf"|file|case|writ\w+|wrote|forward\w*|call\w*|with|by|knows?) ~5 (?:to |with |by |from )?(?:the "
            rf"|your |our )?{_WATCHDOG}"
        ),
        rf"{_WATCHDOG} (?:knows?|will|has|have|is|are|case|complaint|report|investigat\w*)",
        (
            r"(?:violat\w+|breach\w*|infring\w*|contrary|under|against) ~2 (?:\w+ ){0,5}(?:act|law|laws"
            r"|regulations?|directive|code|statute|copyright|trademark|rights|warranty|contract)"
        ),
        r"against the law",
        r"false advertising|misleading advertising",
        r"dmca|take ?down (?:notice|request)",
        r"(?:my|our|your|own\w*|infring\w*|violat\w*) ~2 (?:copyright|trademark|patent)\w*",
        r"whistle ?blow\w*",
        r"unpaid (?:overtime|wages)",
        r"(?:sell\w*|sold) ~2 to minors",
        r"police ~2 (?:report|case)",
        r"ce mark",
        r"without (?:my |our )?(?:written )?permission",
        r"infringement",
        rf"(?:under|violat\w+|breach\w*|against) ~1 {_WATCHDOG} (?:rules?|law|act|code)",
        (
            rf"(?:give|gave|giving|hand\w*|show|send|sent|take|taking) (?:it|this|that|them|everything) to "
            rf"(?:the )?{_WATCHDOG}"
        ),
        r"discriminated against (?:me|us|my|her|him)",
    ),
    rule(
        _L,
        "legal:authority",
        850,
        (
            "lawyer attorney solicitor sue suing subject access legal inspector inspection authority authorities office officer "
            "judge standards police preserve records licence license bailiff* notary prosecutor"
        ),
        r"instruct(?:ed|ing)? (?:a |my |our )?(?:lawyers?|attorneys?|solicitors?|counsel)",
        r"(?:intend|plan|prepar\w+|threaten\w*|ready|right|reason|forced) to sue",
        r"subject access",
        r"legal team (?:is|are|will|has|have|looks?|says?)",
        r"(?:i am|i'?m|we are|we'?re|this is|writing as) (?:an? |the |your )?(?:\w+ )?inspectors?",
        r"(?:as|for|from|at|of) (?:a |the |your )?(?:tax|food safety|data protection|competition|financial"
        r"|health|labou?r) ~1 "
        r"(?:authority|inspectorate|office|agency|administration)",
        r"(?:advertising|press|trading|broadcasting) standards ~1 (?:authority|council|office|has|have|will)",
        r"(?:see|before|ask|tell\w*|let) (?:a|the) judge",
        r"(?:police|prosecutor\w*|investigat\w+) (?:here|officer|department|ask\w*|request\w*|require\w*)",
        r"preserve (?:all|the|any|these|every) ~1 (?:messages|records|data|evidence|logs)",
    ),
    rule(
        _L,
        "legal:word",
        400,
        (
            "lawyer* attorney* sue sued suing lawsuit* legal illegal* unlawful* fraud* court police copyright* "
            "trademark* patent* infring* libel* slander* defam* discriminat* statutory regulat* compliance "
            "rights authority authorities prosecut* indict* liab* scam* theft steal* stole* crime criminal* "
            "guilty arrested jail evidence testif* judge"
        ),
    ),
    rule(
        _L,
        "legal:abroad",
        850,
        (
            "plainte avocat anwalt anwaltin anzeige denunciar denunciarles abogado denuncia avvocato advocaat "
            "aangifte advogado processo dsgvo rgpd avg"
        ),
        (
            r"porter plainte|mon avocat|mein anwalt|anzeige erstatten|meinen anwalt|mi abogado|denunciar\w*|il "
            r"mio avvocato|mijn advocaat|aangifte doen|meu advogado|dsgvo|rgpd"
        ),
    ),
)
