"""Rules for what a message wants: praise, a question, support, a complaint, or to sell something. English only.

These are strict where an automatic answer could follow: praise and questions are sure only when nearly every word is known
to be harmless in them. What the rules do not know stays weak, and a person reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from chalicelib.domain.labels import Label
from chalicelib.signals.rule import Rule, rule, words

_L = Label
SURE: Final = 900
WEAK: Final = 500
UNKNOWN: Final = 600
"""Warm and without a turn, of things that these rules do not know: the learnt table may know them."""

COMPLAINT: Final = (
    rule(
        _L.COMPLAINT,
        "complaint:word",
        700,
        (
            "terrible awful horrible worst unacceptable disappoint* ridiculous appalling useless rubbish "
            "refund* breaks broke broken rude scam* ripoff rip-off overpriced unusable frustrat* annoy* angry furious "
            "disgust* poor poorly fail* lousy garbage trash bad worse disgrace* misleading ignored complain* "
            "regret* waste* unhappy dissatisf* cancel* sucks hate shame* joke expensive damaged defective "
            "missing late delayed buggy slow crash* lag* error* bug* issue* problem* wrong ruin* unfortunately "
            "disconnect* ads greedy cheated lied stole stolen charged overcharg* sad worried upset unfair "
            "pathetic boring confus* nightmare mess mediocre meh overrated dreadful avoid unsubscribe* letdown "
            "cheap flimsy"
        ),
    ),
    rule(
        _L.COMPLAINT,
        "complaint:phrase",
        750,
        (
            "not never no still waiting waited nobody stopped stop doesn't doesnt won't wont can't cant isn't "
            "isnt didn't didnt couldn't wouldn't cannot fed sick again third days weeks hours months how why "
            "used let down money back could should was thought until bring give fix lost dare another just yet "
            "oh job work way"
        ),
        # Said as praise, meant as none: only what follows tells, so the opening alone is doubted.
        r"(?:great|good|cool|nice|wonderful|fantastic|lovely|brilliant|awesome|perfect) ~1 (?:another|yet another)",
        r"(?:great|nice|wonderful|fantastic|lovely|brilliant|awesome|perfect) ~1 just what",
        (
            r"(?:(?:great|good|nice|wonderful|fantastic|lovely|brilliant|awesome|amazing|excellent|stellar) (?:job|work)"
            r"|way to go) (?:\w+ly )?(?:(?:kill|destroy|ruin|poison|pollut|los|ignor|wast|mess|screw|fail|delet|bann|censor"
            r"|silenc|exploit|underpay|lying|cheat|steal|robb|scamm|delay|alienat)\w*|breaking(?! \w+ down)"
            r"|making ~3 worse)"
        ),
        r"(?:that|this)(?:'?s| is) just (?:great|nice|wonderful|fantastic|lovely|brilliant|awesome|perfect)",
        r"oh (?:great|nice|wonderful|fantastic|lovely|brilliant|awesome|perfect|joy)",
        (
            r"(?:does|do|did|is|was|are|were|wo|ca|has|have|would|could|can)n'?t ~2 (?:work\w*|help\w*|arriv\w*"
            r"|load\w*|open\w*|respond\w*|answer\w*|start\w*|come|delivered|received|log|connect\w*|good|great"
            r"|worth|happy|impressed|recommend|fair|fun|nice|like)"
        ),
        (
            r"(?:not|never|no longer|cannot|stopped) ~1 (?:work\w*|arriv\w*|respond\w*|load\w*|receiv\w*|again"
            r"|acceptable|happy|impressed|good|great|worth|recommend\w*|buy\w*|cool|ok|okay|fair|fun|nice"
            r"|funny)"
        ),
        r"still (?:waiting|no|not|broken|haven'?t)",
        r"wait(?:ing|ed) ~2 (?:for|since|\d+) ~2 (?:days?|weeks?|hours?|months?|ages|ever|minutes|mins)",
        r"(?:sick|tired|fed up) (?:of|with)",
        r"(?:want|need|give|get) ~2 money back",
        r"used to (?:be|like|love|work)",
        r"let(?:ting)? (?:me|us|down)",
        r"no (?:reply|response|answer|help|one|way|thanks)",
        r"how (?:dare|can you|could you|hard)",
        (
            r"why (?:did|do|does|would|is|are|can'?t|won'?t|don'?t|doesn'?t|isn'?t|have|has|must|should) ~1 "
            r"(?:you|your|this|it|they|the)"
        ),
        r"(?:could|should) have been",
        r"(?:bring|give) ~2 back",
        r"thought (?:it|this|you)",
    ),
)

SUPPORT: Final = (
    rule(
        _L.SUPPORT,
        "support:help",
        700,
        (
            "help support assist* stuck reset password login log account refund return cancel* order error "
            "crash* install* update setup deliver* activate locked upgrade subscription invoice trouble issue "
            "problem working work fix"
        ),
        r"(?:need|want|please|can|could|some|get|any) ~2 (?:help|support|assistance)",
        (
            r"(?:can'?t|cannot|unable to|trouble|problems?|issues?|how (?:do|can|to)|need to|want to|trying to"
            r"|would like to|help me) ~3 (?:log|login|sign|reset|access|install|activate|update|cancel|return"
            r"|find|open|change|upgrade|connect|pay|order|track|download|verify|register)"
        ),
        (
            r"(?:my|the|an) (?:order|account|app|password|subscription|invoice|delivery|refund|payment|card"
            r"|login) (?:is|was|has|won'?t|does|doesn'?t|isn'?t|hasn'?t|keeps|got|never)"
        ),
        r"(?:it|app|site|page|link|button) ~1 (?:crash\w*|freez\w*|froze|stuck|broken|down)",
        r"help me",
        r"stuck (?:on|at|in|with)",
        r"error (?:code|message)?",
    ),
)

SPAM: Final = (
    rule(
        _L.SPAM,
        "spam:bait",
        850,
        (
            "click earn free giveaway winner won prize bitcoin crypto* forex invest* loan loans casino viagra "
            "followers promo subscribe dm whatsapp telegram profit* income guarantee* cash congratulations "
            "selected claim urgent lottery gift cheap seo backlinks onlyfans discount deal bonus airdrop nft* "
            "trading coupon ringtone* txt onlyfan* weight betting"
        ),
        r"click (?:here|the link|my|on|this|below|link)",
        (
            r"(?:earn|make|made|making) ~2 (?:\$|£|€)? ?\d[\d,.]*k? ?(?:\$|usd|dollars|per|a (?:day|week|month"
            r"|hour)|daily|weekly|every|online|from home)?"
        ),
        r"work from home",
        (
            r"free (?:gift|iphone|money|followers|trial|crypto|bitcoin|entry|prize|msg|ringtone\w*|giveaway"
            r"|cash|vouchers?)"
        ),
        r"(?:you|you'?ve|u|have|been) (?:have |been |are |'?ve )*(?:won|selected|chosen|awarded)",
        (
            r"(?:bitcoin|crypto|forex|nft|airdrop|binary options?) ~5 (?:invest\w*|profit\w*|trad\w+|expert"
            r"|manager|mentor|guru|free|giveaway|signals?|doubl\w*|wallet|recovery)"
        ),
        r"(?:invest\w*|doubl\w*|trad\w+) ~5 (?:bitcoin|crypto|forex|btc|eth|profit\w*|returns?)",
        (
            r"(?:dm|whatsapp|telegram|text|message|inbox|contact) ~2 (?:me|us|him|her|now|for|on) ~3 "
            r"(?:promo\w*|details|collab\w*|info\w*|profit\w*|whatsapp|telegram|prices?|deals?|how)"
        ),
        r"(?:buy|get|gain|need|want|more|cheap|real) ~1 (?:followers|likes|subscribers|backlinks)",
        r"(?:claim|collect) (?:your|ur|the|a) ~2 (?:prize|reward|gift|bonus|voucher|cash|award)",
        (
            r"(?:check|visit|sub to|subscribe to|follow) ~1 (?:out )?(?:my|our) (?:channel|profile|page|bio"
            r"|site|website|store|shop|link|video|videos|onlyfans|onlyfan)"
        ),
        r"(?:guaranteed|passive|extra|instant|easy) (?:profits?|income|returns?|cash|money|loan)",
        (
            r"online casino|sports betting|viagra|cialis|weight loss|lose weight fast|seo services|payday "
            r"loan\w*|onlyfans|cash prize|lottery winner"
        ),
    ),
)

RULES: Final[tuple[Rule, ...]] = COMPLAINT + SUPPORT + SPAM

LINK: Final = re.compile(
    r"(?:https?://|www\.)\S{1,200}|(?<![\w@.])[a-z0-9\-]{2,40}\.(?:com|net|org|io|co|info|xyz|ru|link"
    r"|shop|site|top|club|online|biz|me|ly|gl)(?:/\S{0,200})?(?![\w.])"
)
HANDLE: Final = re.compile(r"(?<!\w)@[\w.\-]{1,60}(?:@[\w.\-]{1,60})?")
HASHTAG: Final = re.compile(r"#\w{1,60}")

_WARM: Final = words(
    "love loved loving loves adore great awesome amazing excellent fantastic wonderful brilliant superb "
    "outstanding perfect beautiful gorgeous lovely thank thanks thankyou thx ty cheers grateful "
    "appreciate appreciated congrats congratulations kudos bravo impressed impressive best favorite "
    "favourite nice good cool incredible stunning delicious delightful helpful fabulous terrific "
    "recommend recommended magnificent neat sweet yay woohoo enjoyed enjoying enjoy pleased glad happy "
    "inspiring inspired"
)
_STRONGLY_WARM: Final = _WARM - words(
    "nice good cool best happy glad sweet neat enjoy recommend favorite favourite cheers"
)
_SAYINGS: Final = re.compile(
    r"(?<![\w'])(?:happy (?:birthday|anniversary|new year|holidays|easter|christmas)|good luck|best of luck|keep "
    r"(?:it up|up the)"
    r"|well (?:done|played|deserved)|(?:really |so )?looking forward to|hats off|above and beyond|made (?:my|our) (?:day"
    r"|week|weekend|night|year)|made (?:me|us) (?:smile|laugh)|(?:exactly|just) what (?:i|we) (?:needed|wanted"
    r"|hoped)|big fan|the best"
    r"|goosebumps|had a (?:blast|ball|great time)|worth (?:every|the wait)|compliments to|shout ?out to|hands "
    r"down|out of this world"
    r"|learned a lot|laughed so (?:hard|much)|(?:so|very) (?:kind|proud)|(?:lovely|nice|great) (?:day|weekend"
    r"|evening|holiday)|five stars"
    r"|10/10|00/00|blew my mind|next level|a joy|a delight|in love with|slaps)(?!\w)"
)
"""Warm without a warm word in them."""
_KIND_TURNS: Final = re.compile(
    r"(?<![\w'])(?:(?:can'?t|cannot|couldn'?t|could not|can not) (?:wait(?! (?:any ?more|any ?longer|that long|this long"
    r"|another|forever|all day))|stop (?:smiling|watching|listening|playing|reading|laughing|eating|using|talking|dancing"
    r"|humming)|get enough of|fault|thank you enough|recommend (?:\w+ ){0,3}enough|praise|believe how (?:good|kind|lovely|great)"
    r"|be (?:happier|better|prouder)|have (?:asked for|wished for|been (?:happier|better|nicer|kinder)))"
    r"|(?:never|not|wasn'?t|weren'?t|doesn'?t|does not|didn'?t|did not|don'?t|won'?t) (?:disappoint\w*"
    r"|fail(?:s|ed)?(?! to (?:disappoint|annoy|let|mess|ruin|break|lose))|let\w* (?:me|us) down)"
    r"|never (?:gets? old|had a better|been (?:happier|better))|not bad at all|no complaints"
    r"|nothing but (?:praise|love|good|respect)"
    r"|(?:hasn'?t|haven'?t|has not|have not) stopped (?:talking|smiling|raving|playing|laughing)"
    r"|would (?:definitely |highly |totally |absolutely )?recommend|(?:don'?t|do not) (?:ever )?change"
    r"|not (?:a|one) dull (?:moment|minute))(?!\w)"
)
"""Turns that turn nothing: what they deny is a fault."""
_WARILY: Final = re.compile(
    r"(?<![\w'])(?:nice try|cool story|good (?:for you|grief)|happy now|good luck (?:with (?:that|this|it)|finding|getting"
    r"|explaining|sleeping|proving)|(?:nice|good) (?:one|job|work) (?:genius|einstein|sherlock|buddy|pal)|hope "
    r"(?:you|u) (?:are )?happy"
    r"|glad (?:you|u) (?:think|asked|find)|enjoy (?:it )?while|keep (?:it )?up (?:and|like this and)|whatever "
    r"makes you happy"
    r"|thanks? for (?:nothing|the warning)|love (?:that|how) (?:for )?you|all (?:i|we) ever (?:hear|get)|(?:the "
    r")?best (?:joke|excuse|comedy|fiction|part of))(?!\w)"
)
"""Kind words that are seldom meant kindly."""
_WARM_SIGNS: Final = re.compile("[❤💙💚💛💜🧡🖤😍🥰🎉👏🙌👍🙏😊🤩💯🔥]")
_TURNS: Final = words(
    "not no never but however although though except unless without isn't isnt don't dont doesn't "
    "doesnt didn't didnt can't cant won't wont wasn't wasnt aren't hardly barely nothing nobody neither "
    "nor cannot couldn't wouldn't shouldn't if until yet unfortunately instead supposed would could "
    "should wish rather too sarcasm sure yeah oh right"
)
_COMMON: Final = words(
    "a an the this that these those it its it's is are was were be been being am i i'm i've i'd i'll me "
    "my mine we we're we've our us you you're you've your yours and or so as of for to from in on at by "
    "with about into over after before up out just really very much more most all always ever every "
    "again already also still now today tonight tomorrow yesterday morning week weekend month year day "
    "days time times first new last next here there one two some any many lot lots bit such what how "
    "have has had having do does did done got get gets getting made make makes making keep keeps going "
    "go goes come came see saw seen look looks looking looked feel feels felt know think thought say "
    "says said can will work works worked working way well wow hey hi hello dear please yes ok okay oh "
    "everyone everybody guys folks team both absolutely definitely totally truly simply highly super "
    "extremely quite pretty amazingly even only same right back them they their when who which than "
    "then like"
)
_OURS: Final = words(
    "app application service services support customer staff crew company brand product products site "
    "website page shop store online order orders ordered delivery delivered package parcel shipping "
    "update updates version release feature features design designs interface tool tools dashboard "
    "account profile game games level music song songs album track video videos episode podcast show "
    "series film movie book books article post posts thread photo photos picture pictures art artwork "
    "work event events conference talk workshop class course lesson lessons guide tutorial recipe "
    "recipes meal food coffee restaurant hotel room price prices value quality job effort community "
    "newsletter blog stream live idea content color colour colors colours size box gift phone laptop "
    "camera headphones shoes shirt dress bag watch bike car tickets ticket concert tour experience help "
    "answer reply response info information share sharing shared fast quick quickly easy easily clean "
    "smooth beautifully arrived using use used bought buy read reading watched watching listening try "
    "tried wait waiting launch launched friendly kind organized organised useful fun funny cute welcome "
    "proud excited exciting worth fresh tasty comfortable solid reliable sleek simple clear"
)
_TOPIC: Final = words(
    "price prices pricing cost costs fee fees charge rate rates discount code coupon ship shipping "
    "shipped deliver delivery delivered delivers international worldwide order orders ordering track "
    "tracking parcel package return returns exchange refund size sizes stock restock available "
    "availability open opening close closing hours hour schedule date dates start starts begin end ends "
    "deadline launch launching release releasing released update updates version support supports "
    "compatible android ios iphone ipad windows mac linux web browser app download install setup sign "
    "register registration subscribe subscription plan plans trial upgrade account password email login "
    "profile settings pay payment payments paypal card cash invoice ticket tickets seat seats venue "
    "location located address directions parking event events stream streaming recording recorded "
    "slides episode video webinar workshop course class lesson warranty battery charger color colour "
    "colors colours material ingredients vegan gluten allergens recipe menu book booking reserve "
    "reservation cancel change join apply volunteer team feature features export import api integration "
    "integrate docs documentation guide tutorial manual instructions transfer balance limit limits "
    "wifi dog dogs pets kids children age locker lockers entrance access wheelchair bus tram train station "
    "stadium park car food "
    "milk vegetarian halal receipt bring terrace pool museum library garden theatre concert festival match game "
    "club join joining "
    "notifications password music song trailer episode season album headlining "
    "currency store shop website link page newsletter gift gifts wholesale sample samples language "
    "languages offline dark mode sync backup work works use using buy get find see"
)
_ASK: Final = re.compile(
    r"(?:^|[.!?,;:] ?|\b(?:hi|hello|hey|please|thanks|so|and|guys|team|there|question) )"
    r"(?:how (?:do|can|could|should|would|long|much|many|often|soon|far|to)|where (?:can|do|is|are"
    r"|could|will|would|did)|when (?:will|does|do|is|are|can|did|would)|what(?:'s| is| are| time| size"
    r"| does| do| kind| sort| type| happens| should| if| will| was| would)|"
    r"which|who (?:do|can|should|is)|can (?:i|you|we|it|someone|anyone)|could (?:i|you|we|someone)|do "
    r"(?:you|i|we|the|your)|does (?:it|this|the|your|anyone)|is (?:it|there|this|the|your|my|anyone)"
    r"|are (?:there|you|the|these|your|we|my)|"
    r"will (?:it|there|you|the|this|i|we|my)|would (?:it|you|this)|should i|may i|has (?:the|it|this|my"
    r"|anyone)|have (?:you|the|my)|did (?:you|the|my)|any (?:chance|idea|news|update|updates|plans|way"
    r"|word))\b"
)
_LEADING: Final = words(
    "who what when where why how which whose can could do does did is are will would should may any has have am"
)
_LONGEST_SURE: Final = 40  # words; what is longer says more than a template can answer


_IN_PRAISE: Final = _WARM | _COMMON | _OURS
_IN_QUESTIONS: Final = _IN_PRAISE | _TOPIC | _LEADING


def without_kind_turns(text: str) -> str:
    """The text with what denies a fault blanked out, at the same offsets: neither a complaint nor a doubt is in it."""
    return _KIND_TURNS.sub(lambda match: " " * len(match[0]), text)


def praise(text: str, said: Sequence[str], straight: Sequence[str]) -> int:
    """How surely a message is praise: SURE only for a short one with warm words and no turn, nearly all words known.

    straight: the words without what `without_kind_turns` blanks out. UNKNOWN where the words are few or mildly warm or not
    all known, WEAK where the rules doubt it: it turns, or is long.
    """
    saying = _SAYINGS.search(text) is not None
    kindly = len(straight) < len(said)
    warm = sum(map(_WARM.__contains__, said)) + saying + kindly
    if not warm and not (said and _WARM_SIGNS.search(text)):
        return 0
    if len(said) > _LONGEST_SURE or not _TURNS.isdisjoint(straight) or _WARILY.search(text):
        return WEAK
    strong = warm >= 2 or saying or kindly or not _STRONGLY_WARM.isdisjoint(said)
    sure = strong and _nearly_all(sum(map(_IN_PRAISE.__contains__, said)), len(said))
    return SURE if sure else UNKNOWN


def question(text: str, said: Sequence[str]) -> int:
    """How surely a message asks us something: SURE only for an asking form about a thing that one asks a desk about."""
    marked = "?" in text
    if not marked and not (len(said) >= 3 and said[0] in _LEADING):
        return 0
    weak = WEAK + 100 if marked else WEAK
    if _TOPIC.isdisjoint(said) or not 3 <= len(said) <= _LONGEST_SURE or not _ASK.search(text):
        return weak
    return SURE if _nearly_all(sum(map(_IN_QUESTIONS.__contains__, said)), len(said)) else weak


def _nearly_all(known: int, total: int) -> bool:
    """At most one word in five may be unknown; one of four, and none of fewer."""
    return total - known <= (total // 5 if total >= 5 else total // 4)
