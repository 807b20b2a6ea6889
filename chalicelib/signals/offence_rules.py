"""Rules for offence: insults, swearing, and what demeans groups of people. They tell strong from weak, and never excuse.

To speak of a group of people is no offence, but nothing that a machine should answer: it counts as a weak risk. The harshest
words are kept in rot13, so that nobody has to read them who came for the code.
"""

from __future__ import annotations

import codecs
from typing import Final

from chalicelib.domain.labels import Label
from chalicelib.signals.rule import Rule, rule

_L = Label
_SWEARS: Final = codecs.decode(
    "shpx* fuvg* ovgpu* phag* juber* fyhg* qvpx qvpxf qvpxurnq* pbpx pbpxf pbpxfhpx* nffubyr* onfgneq* jnaxre* "
    "gjng* gbffre "
    "cevpx cevpxf qbhpur* cvff* penc* zbgureshpx* ohyyfuvg* qhzonff* wnpxnff* nff nefr nefrubyr* obyybpxf shx* spx* "
    "fulg* ovngpu* obare gvgf gvggvrf chffl chffvrf phz wvmm cbea* ubeal frkl ahqr* anxrq oybjwbo* jgs "
    "fgsh tgsb ubr ubrf gubg gubgf fxnax* gvg qvyqb* fpebghz ohgg obbo* frk frkhny* snc nany encvfg* "
    "encr encrq zbyrfg*",
    "rot13",
)
_SLURS: Final = codecs.decode(
    "avtt* avttn* snttbg* snt sntf xvxr* fcvp fcvpf puvax* tbbx* jrgonpx* cnxv cnxvf genaal* enturnq* "
    "gbjryurnq* qlxr* pbba pbbaf ergneq* fnaqavtt* zhmmvr* furznyr* yvogneq* srzvanmv* anmv anmvf "
    "tlccb* cvxrl* avt avtf wvtnobb* vapry vapryf xnssve* nob nobf wnc wncf",
    "rot13",
)

INSULT: Final = (
    rule(_L.INSULT, "insult:swearing", 700, _SWEARS),
    rule(
        _L.INSULT,
        "insult:word",
        700,
        (
            "idiot* moron* stupid* imbecile* dumb dumber dumbest loser losers scum pathetic "
            "clown clowns scumbag* ugly disgusting creep creeps lowlife* degenerate* "
            "filth* filthy vermin coward* liar liars fool fools foolish cretin* brainless "
            "braindead worthless hypocrite* troll trolls freak* psycho* delusional "
            "snowflake* cuck cucks simp simps stfu sucks sucker suckers ignorant weirdo* pervert* pedo pedos "
            "pedophil* paedo* "
            "disgrace* incompetent useless jerk jerks hag bimbo* airhead* gold-digger bigot* "
            "racist* sexist* nazi nazis fascist* terrorist* thug thugs retarded crybab* kill-yourself "
            "lunatic* hate hated hating hates haters deplorable* traitor* crook crooks swine "
            "parasite* cockroach* subhuman* bastard* shill* karens wimp wuss sissy"
        ),
    ),
    # Said of a goal or a show as often as of a person: who is meant tells which, and the learnt table weighs the rest.
    rule(
        _L.INSULT,
        "insult:strong-word",
        150,
        (
            "insane crazy nuts savage* hell damn trash garbage pig pigs fat creepy rat rats snake lying nasty "
            "shut shutup gross "
            "lazy monster monsters evil inferior slave* animals puppet bots karen boomer* whine* whining bitter "
            "lame joke suck"
        ),
    ),
    rule(
        _L.INSULT,
        "insult:you",
        850,
        (
            "you you're youre ur your u what go get listen he's she's they're he she they these those people "
            "pig* rat* snake* shut shutup cow"
        ),
        (
            r"(?:you'?re|you are|ur|u r|youre|you) (?:all |just |such |really |so |nothing but |literally "
            r"|clearly |fucking )*(?:an? )?(?:\w+ )?(?:idiot|moron|stupid|imbecile|dumb|loser|scum|trash"
            r"|garbage|pathetic|clown|pig|ugly|disgusting|liars?|worthless|fool|disgrace|incompetent|useless"
            r"|joke|thieves|thief|crooks?|scammers?|waste of)\w*"
        ),
        (
            r"(?:you|you'?re|he|he'?s|she|she'?s|they|they'?re)(?: is| are)? (?:all |just |so |really )*(?:insane"
            r"|crazy|nuts|savages?)"
        ),
        (
            r"(?:crazy|insane|damn|lazy|lying|nasty|fat|creepy|evil) (?:people|lot|person|woman|man|lady|guy|cow"
            r"|bunch|pigs?|rats?|snakes?)"
        ),
        (
            r"(?:you|they|these|those|like|all|such) (?:are |all |just |a |an )*(?:pigs?|rats?|snakes?|animals"
            r"|monsters?|puppets?|bots)"
        ),
        r"shut ?up",
        r"(?:go|burn|rot) (?:to|in) hell",
        r"(?:shut|screw|f|damn|curse) (?:up|you|u|off|yourself)",
        r"(?:your|ur) (?:mom|mum|mother|mama)",
        r"nobody (?:likes|asked|cares about) you",
        r"(?:get|take) (?:a life|lost|your meds)",
        r"what an? (?:absolute |complete |total |utter )?(?:idiot|moron|loser|clown|imbecile|pig|liar)s?",
        r"(?:go away|get lost|listen|shut it|nice try),? (?:you )?(?:idiot|moron|loser|clown|dumbass|pig|liar|imbecile)s?",
        r"what is wrong with you",
        r"hate (?:you|u)(?: all| guys)?",
    ),
)

_GROUPS: Final = (
    "women woman girls girl females female men males male gays gay lesbian* homosexual* trans "
    "transgender* queer* lgbt* "
    "muslim* islam* jew jews jewish christian* catholic* hindu* sikh* blacks whites asian* "
    "african* mexican* latino* hispanic* "
    "arab* indian indians chinese japanese korean* turk turks turkish russian* immigrant* "
    "migrant* refugee* foreigner* "
    "feminis* liberal* conservative* republican* democrat* leftist* disabled autis* gypsy gypsies roma "
    "minorit* native natives "
    "slut whore racial religion* religious gender* "
    "ladies lady chick chicks housewi* "
    "african-american* pakistani* somali* nigerian* syrian* iraqi* iranian* aborigin* illegals aliens "
    "handicapped crippl* cripple obese old-people boomers ghetto trump maga obama hillary clinton "
    "biden antifa blm patriot* deport* colored coloured lesbo* ethnic* israel* palestin* "
    "zionis* communis* socialis* metoo misogyn* patriarch* abortion* rape* feminine masculine"
)
_EVERYDAY: Final = "black white polish wife wives husband* boys boy dude bro race races hood border kitchen"
"""Words for groups, or in talk against them, that are about a jacket or a run as often: alone they keep nothing back."""
_GROUP = "(?:" + "|".join(word.replace("*", r"\w{0,10}") for word in (_GROUPS + " " + _EVERYDAY).split()) + ")"

HATE: Final = (
    rule(_L.HATE, "hate:slur", 900, _SLURS),
    # To speak of a group of people is no offence; it is what no machine should answer.
    rule(_L.HATE, "hate:group-named", 250, _GROUPS),
    rule(_L.HATE, "hate:perhaps-group-named", 150, _EVERYDAY),
    rule(
        _L.HATE,
        "hate:group-demeaned",
        800,
        f"{_GROUPS} {_EVERYDAY}",
        (
            rf"(?:hate|despise|ban|deport|kill|exterminate|gas|lynch|ruined by|overrun by|get rid of|sick of|no"
            rf"|stop) (?:all |the |these |those |those damn )?{_GROUP}"
        ),
        (
            rf"(?:all|these|those|typical|most|dirty|filthy|stupid|damn|lying|lazy|disgusting) {_GROUP} ~2 "
            rf"(?:are|is|should|need|must|deserve|belong|can'?t|always|never|don'?t|ruin|only)"
        ),
        (
            rf"{_GROUP} (?:are|is|r) (?:all |just |the |so |nothing but |such |a |an |always )*(?:scum|vermin"
            rf"|animals?|trash|filth\w*|criminals?|terrorists?|rapists?|inferior|stupid|dumb|disgusting"
            rf"|parasites?|cancer|disease|subhuman\w*|evil|plague|garbage|cockroach\w*|invaders?|weak|useless"
            rf"|liars?|thieves|savages?|dirty|lazy|sick|wrong|mental\w*|property|objects)"
        ),
        (
            rf"{_GROUP} (?:should|must|need to|deserve to|belong) ~3 (?:die|leave|be (?:deported|killed|banned"
            rf"|shot|gassed|raped|beaten)|go back|kitchen|jail|slaves?|shut|know|stay)"
        ),
    ),
    rule(
        _L.HATE,
        "hate:go-back",
        750,
        "back",
        r"go(?:ing)? back to (?:your (?:own )?(?:country|home|land|hut|cave)|the kitchen)",
        r"go back to (?:africa|mexico|china|india|where (?:you|they) c[ao]me)",
    ),
)

RULES: Final[tuple[Rule, ...]] = (*INSULT, *HATE)

EMBEDDED: Final = tuple(
    codecs.decode("shpx ovgpu avttre avttn snttbg juber fyhg ergneq chffl ncrfuvg ohyyfuvg", "rot13").split()
)
"""Words that speak for an insult even inside another word (#stupidthis, thatagain)."""
