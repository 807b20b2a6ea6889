"""Rules for self-harm, in one's own words or about somebody else. They lean toward saying too much: a person looks.

Own-written and English, with a few set phrases of other languages, since a cry for help may come in any. A look-alike
(`this level is killing me`) is left out by what a pattern asks for, never by an exception into which a real cry could fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from chalicelib.domain.labels import Label
from chalicelib.signals.rule import Rule, rule, words

_L = Label.SELF_HARM
_WANT = (
    r"(?:wan+a|want\w*|wish\w*|ready|deserve|going|gonna|plan\w*|prefer|rather|hop(?:e|ing)|need"
    r"|try(?:ing)?|tried|like|time|decided|glad)"
)
_NOT = r"(?:don'?t|don t|do not|can'?t|cannot|can not|no longer|won'?t|not|never|hate)"
_DYING = (
    r"(?:die|be dead|disappear|cease to exist|not exist|end it(?: all)?|stop existing|stop living|stop "
    r"breathing|not be alive|not be here)"
)
_THEY = (
    r"(?:friend|brother|sister|daughter|son|husband|wife|mom|mum|dad|partner|roommate|cousin|boyfriend"
    r"|girlfriend|kid|child|girl|boy|woman|man|person"
    r"|classmate|student|colleague|follower|member|user|he|she|they|someone|somebody)"
)

RULES: Final[tuple[Rule, ...]] = (
    rule(
        _L,
        "self-harm:word",
        900,
        "suicid* kms unaliv* selfharm* self harm harming",
        r"suicid\w*",
        r"kms",
        r"unaliv\w+",
        r"self(?:-| )?harm\w*",
    ),
    rule(
        _L,
        "self-harm:act",
        950,
        "kill* hang hanging hurt* cut* shoot* drown* burn* starv* harm* slic* slit* chok* strangl* myself* mysel",
        (
            r"(?:kill\w*|hang(?:ing)?|hurt\w*|cut+\w*|shoot\w*|drown\w*|burn\w*|starv\w*|harm\w*|slic\w*"
            r"|slit\w*|chok\w*|strangl\w*) ~1 my ?sel\w*"
        ),
        r"kill\w*my ?sel\w*",
        r"kill\w* (?:one'?s|your|ur) ?sel\w*",
        r"(?:cut|slit|slic|slash)\w* my (?:wrists?|arms?|veins|throat|legs?|thighs?)",
    ),
    rule(
        _L,
        "self-harm:means",
        900,
        (
            "end* ending take taking took own rid wrist* pills tablets overdos* bridge rope roap noose veins "
            "paracetamol ibuprofen aspirin jump* painless* misery attempt* relaps* razor blades gun cliff train "
            "cuts scars took "
            "swallow*"
        ),
        r"(?:end|ending|ended|take|taking|took) my (?:own )?(?:life|existence|suffering|misery|pain)",
        r"(?:overdos\w+|od(?:'?ing)?) (?:on|tonight|again|today|and)",
        r"(?:my|i|i'?ll|to) ~2 overdos\w+",
        r"jump\w* (?:off|from|in front of) ~2 (?:bridge|roof|building|train\w?|cliff|balcony|window|traffic|cars?)",
        r"think\w* (?:about|of) jumping",
        r"(?:tak\w+|took|swallow\w*) ~2 (?:all|whole|bottle|every|handful|too many|bunch) ~3 (?:pills|tablets|meds)",
        r"all (?:of )?(?:my|the|these) (?:pills|meds)",
        r"how many ~2 (?:pills|tablets|sleeping pills|paracetamol|ibuprofen|aspirin)",
        r"get(?:ting)? rid of myself",
        r"(?:rope|roap|noose|razor blades?|gun|pills) ~3 (?:ready|neck|tree|ceiling|my (?:head|mouth|temple|wrists?))",
        r"(?:tied|tying|made|making|bought) ~1 noose",
        r"in ~1 noose",
        (
            r"(?:took|taken|swallow\w+|downed) (?:\d+|too many|several|dozens of) ~5 (?:alcohol|vodka|overdos\w+|die|sleep"
            r"|pills|tablets|paracetamol|ibuprofen|aspirin)"
        ),
        r"painless(?:ly)? ~1 (?:way|method|death|die)",
        r"(?:ways?|methods?|how) to (?:painlessly )?(?:die|kill yoursel\w*)",
        r"relaps\w+ ~6 (?:arms?|cuts?|cutting|legs?|wrists?)",
        r"(?:cuts|scars) (?:on|all over) my (?:arms?|wrists?|legs?|thighs?)",
        r"(?:saw|seen?|hid|hide|hiding|show\w*|notice\w*) my (?:cuts|scars)",
        r"(?:i|i'?ve|my) ~2 attempt(?:s|ed)? (?:last|again|before|twice|once|it|in|failed)",
    ),
    rule(
        _L,
        "self-harm:wish",
        900,
        (
            "die dead dying disappear* exist existing alive live living wake waking death born life breathing "
            "here it end ends kill over out hold night"
        ),
        rf"{_WANT} (?:to|that|i|i was|i were|i could)? ?(?:just |finally |really |actually )*{_DYING}\w{{0,3}}",
        rf"{_WANT} to (?:\w+ )?die",
        r"(?:want|wanna|need|wish) (?:to )?(?:be )?(?:dead|death|gone forever)",
        r"(?:help|let|make|watch) me (?:just )?die",
        r"wish\w* (?:that )?(?:i|my life) ~3 (?:dead|die|died|over|born|gone|not alive|wake up)",
        (
            rf"{_NOT} ~1 (?:want|wanna|deserve|wish|like|enjoy|see|stand|bear|know how) ~1 (?:to )?(?:be alive"
            rf"|live|living|exist|existing|wake up|be here|being alive|go on)(?: any ?more| like this| either| "
            rf"at all)?"
        ),
        r"(?:rather|better off|should be|i'?d be) (?:dead|dying|not alive|not here)",
        (
            r"(?:no|any|a|see the|see|what'?s the|what is the) (?:point|reason|purpose|use|will|desire|sense) "
            r"~3 (?:living|live|going on|carry on|being alive|stay alive|be alive|exist|existing|get up)"
        ),
        (
            r"(?:tired|sick|done|fed up|exhausted|through|over) (?:of|with) (?:living|life|being alive|existing"
            r"|waking up|this life|breathing|everything and everyone)"
        ),
        (
            r"(?:thoughts?|thinking|think|dream\w*|fantasi\w*|plan\w*|planned|prepar\w*|obsess\w*) (?:of|about"
            r"|for)? ?my (?:own )?(?:death|funeral)"
        ),
        (
            r"(?:thoughts?|thinking|think|dream\w*|fantasi\w*) (?:of|about) (?:dying|death|being dead|ending "
            r"(?:it|my|everything))"
        ),
        (
            r"(?:my )?life (?:is|isn'?t|is not|isnt|feels|seems) ~1 (?:worth living|not worth|worthless"
            r"|meaningless|unbearable)"
        ),
        r"(?:not|isn'?t|isnt|hardly|never|no longer) worth (?:living|being alive)",
        r"(?:go to sleep|sleep|asleep) (?:forever|and (?:never|not) wake)",
        r"(?:sleep|asleep) ~2 (?:never|not|don'?t|dont|won'?t|wont) wake",
        r"leav(?:e|ing) this (?:world|life|earth)",
        r"(?:never|not|don'?t want to|dont want to) wake up(?: any ?more| again| tomorrow)?",
        r"(?:end|ending|ends) it (?:all|tonight|today|now|soon|tomorrow|for good|myself)",
        r"(?:should|shouldn'?t) (?:have )?(?:never )?been born",
        r"hate being alive",
        r"reasons? ~4 (?:keep|go on|going on) living",
        r"what ~2 (?:keep|keeps) ~1 (?:living|alive)",
        r"what (?:do|should) i (?:hold on|go on|keep going|stay) for",
        r"(?:tonight|today) is the (?:night|day) (?:that )?i (?:do it|end|die)",
        r"nothing (?:left )?to live for",
        r"reasons? (?:left )?(?:for me )?to (?:stay alive|live|stay|stick around|be here)",
        r"(?:just|should|to|gonna|will|i'?ll) end it",
        r"out of this (?:life|world)",
        r"my life is over",
        r"(?:peaceful|relief|easier|nice|better) ~5 (?:be dead|not exist|die|disappear)",
        (
            r"(?:better|easier) if i (?:just )?(?:wasn'?t|wasnt|weren'?t|were not|was not|didn'?t|disappear\w*"
            r"|died) ?(?:around|here|exist|alive)?"
        ),
        r"kill me(?: now| please| already)?",
        r"pray\w* ~4 wake up",
        r"i (?:should|need to|must|will|deserve to|have to|get to) (?:just )?(?:die|be dead)",
    ),
    rule(
        _L,
        "self-harm:farewell",
        850,
        (
            "goodbye goodbyes bye note letter gone here around tomorrow month week year months tell plan date "
            "world miss notice care funeral without burden friday monday"
        ),
        r"(?:my|final|last|suicide|farewell|goodbye) (?:goodbyes?|note|letter|words)(?: to)?",
        r"note (?:is )?written",
        r"(?:good)?bye (?:cruel )?world",
        r"goodbye (?:every ?one|all|forever|my)",
        (
            r"(?:won'?t|wont|not going to|will not|not gonna|don'?t think i'?ll|dont think i'?ll|doubt i'?ll) "
            r"~1 (?:be (?:here|around|alive)|make it|last|see|live) ~2 (?:any ?more|longer|long|tomorrow|week"
            r"|month|year|christmas|morning|night|summer|for|to)"
        ),
        (
            r"(?:if|when|after|once) i'?(?:m|am)? ?(?:gone|dead|not here) ~3 (?:tell|please|know|remember"
            r"|forgive|take care|look after|will|would|nobody|no one|people)?"
        ),
        r"i have a (?:plan|date|method) (?:and|in mind|for|ready|to)",
        r"no ?(?:one|body) (?:would|will|'?d|is going to|gonna|even) ~2 (?:care|notice|miss me|cry)",
        r"(?:come|at|to) my funeral",
        r"(?:sorry|miss me|remember me|happy|happier) when i(?:'| )?m gone",
        r"when i am gone",
        r"(?:world|every ?one|they|family|you|people|all|kids|parents) ~3 (?:better|happier)(?: off)? ~1 without me",
        r"better (?:off )?without me",
        r"(?:i'?m|i am|im|being|feel like|just) ~2 burden",
        r"(?:last (?:thing|time|post|message)) ~6 goodbye",
    ),
    rule(
        _L,
        "self-harm:despair",
        750,
        (
            "anymore any longer cope take go do hopeless* worthless trapped give giving gave given stop end "
            "over matter belong safe before point hope"
        ),
        (
            r"(?:can'?t|cannot|can not|cant|couldn'?t) (?:even )?(?:do this|take it|take this|go on|cope"
            r"|handle it|handle this|bear it|bear this|carry on|keep going|keep doing this|live like this)(?: "
            r"any ?more| any longer| much longer)?"
        ),
        r"(?:giv\w+|gave) up on (?:life|living|everything|myself)",
        r"life ~5 (?:should|want to|wanna|gonna|going to|ready to|might as well) (?:just )?give up",
        r"(?:i'?ve|i have) (?:finally |just )?given up(?: now)?(?: i'?m sorry| sorry| goodbye| thank you| on it all)",
        r"(?:lost|no|out of|without) (?:all |any )?hope ~2 (?:left|anymore|life|for me|future)",
        r"want (?:it|the pain|everything|this|all of it|to feel nothing) (?:all )?to (?:stop|end|be over)",
        r"i (?:don'?t|do not|dont) (?:matter|belong here|deserve to live)",
        r"not safe (?:with|from|around) myself",
        r"(?:it'?s|everything is|my life is) (?:all )?over for me",
        r"(?:any|no|the) point (?:of|in|to) (?:going on|anything|life|it all|living|trying)",
    ),
    rule(
        _L,
        "self-harm:low",
        450,
        (
            "depress* hopeless* worthless miserabl* numb lonely alone anxiety burden despair* pointless "
            "meaningless crying empty struggling trauma* selfhate therap* hotline unbearable suffer* psych "
            "misery hurting breakdown panic insomnia disorder bipolar medicat* antidepress* ptsd self-esteem "
            "loneliness grief"
        ),
    ),
    rule(
        _L,
        "self-harm:other",
        850,
        "himself herself themself themselves them him her life die dead",
        rf"{_THEY} ~6 (?:kill\w*|hang\w*|cut\w*|hurt\w*|harm\w*|shot|shooting) (?:him|her|them) ?sel\w+",
        (
            r"(?:think\w*|thought|talk\w*|threaten\w*|spoke|tried|trying) ~1 (?:kill|hang|hurt|harm|cutt)\w* "
            r"(?:him|her|them) ?sel\w+"
        ),
        rf"{_THEY} ~4 (?:end\w*|tak\w+|took) (?:his|her|their) (?:own )?life",
        rf"{_THEY} ~3 (?:want\w*|threaten\w*|plan\w*|talk\w* about|going) (?:to )?(?:die|dying|be dead)",
    ),
    rule(
        _L,
        "self-harm:eating",
        700,
        "thinspo* proana pro ana purg* anorexi* bulimi* eating food eat eaten starv*",
        r"(?:stopped|not|quit) eating ~2 (?:\d+|days?|weeks?|ago|again)",
        r"don'?t deserve (?:food|to eat)",
        r"thinspo\w*",
        r"pro(?:-| )?ana",
        r"purg(?:e|ed|ing) (?:after|every|my|again|food)",
        r"(?:my|with|relaps\w*) ~2 (?:anorexi\w+|bulimi\w+)",
    ),
    rule(
        _L,
        "self-harm:abroad",
        900,
        (
            "mourir suicider vivre leben umbringen sterben morir matarme suicidarme vivir viviendo vivere "
            "morire uccidermi dood leven morrer viver matar"
        ),
        r"(?:je )?(?:veux|vais|voudrais) (?:plus )?(?:mourir|me (?:tuer|suicider))",
        r"(?:plus|pas) (?:envie de |la force de )?vivre",
        r"(?:will|mochte|kann) ~2 (?:nicht mehr leben|sterben)",
        r"nicht mehr leben",
        r"mich ~1 umbringen",
        r"(?:quiero|voy a) (?:morir|matarme|suicidarme)",
        r"no (?:quiero|puedo) (?:seguir |mas )?(?:viviendo|vivir)",
        r"(?:voglio|vorrei) (?:morire|uccidermi)",
        r"non (?:voglio|riesco a|posso) (?:piu )?vivere",
        r"(?:wil|ga) (?:dood|sterven|niet meer leven)",
        r"niet meer leven",
        r"quero (?:morrer|me matar)",
        r"nao (?:aguento|quero|consigo) (?:mais )?viver",
    ),
)

DESPAIR: Final = 750
_ENOUGH: Final = 3
"""Marks of despair that one person puts together. Ordinary talk has as many in three of a thousand, on public dev rows."""
_ME: Final = words("i i'm im i've ive my me myself mei")
_DEEP: Final = words(
    "worthless hopeless hopelessness pointless meaningless depressed depression suicidal therapist therapy psychiatrist "
    "antidepressants bipolar unbearable burden selfhate miserable numb trapped overdose relapse breakdown unlovable"
)
_MILD: Final = words(
    "anxiety medication meds diagnosed lonely alone empty exhausted anymore cry crying cried pain painful suffering suffer "
    "tired myself abusive abuse abused failure useless struggling struggle scared die dying dead death pills cope nobody "
    "ashamed broken lost hurt hurting hurts ugly loser unhappy sad cares mental panic insomnia living forever end ending "
    "ended escape disappear pathetic disgusting hate goodbye sorry nothing trying quit exist existence motivation purpose "
    "reason sleep homeless bullied addicted numbness scars razor survive surviving suffocating drained hospital isolated "
    "rejected abandoned alive"
)
_PAIRS: Final = {
    pair: weight
    for weight, pairs in (
        (
            1,
            "my life,my family,tired of,no one,i cant,i can't,need help,do anything,dont know,don't know,talk to,feel like",
        ),
        (
            1,
            "have no,dont have,don't have,i feel,my head,my mind,feel so,my mom,my dad,my ex,my girlfriend,my boyfriend",
        ),
        (1, "just dont,just don't,ive been,i've been,hate my,need someone,to live,i have no,years old,my friends"),
        (1, "wish i,my parents,piece of,get out,too much,every day,been thinking,worth it"),
        (
            2,
            "no friends,cant do,can't do,no future,give up,giving up,gave up,the point,no reason,better off,mental health",
        ),
        (2, "mental illness,feel nothing,so tired,the pain,everyone hates,am done,i'm done,im done,lost everything"),
        (2, "have nothing,have nobody"),
        (3, "hate myself,no point,no hope,end it,nothing left"),
    )
    for pair in pairs.split(",")
}


def despair(said: Sequence[str]) -> bool:
    """Whether somebody speaks of themselves with so many marks of despair that a person should look, whatever the wording."""
    distinct = set(said)
    if _ME.isdisjoint(distinct):
        return False
    marks = 2 * len(distinct & _DEEP) + len(distinct & _MILD)
    pairs = {f"{first} {second}" for first, second in pairwise(said)}
    return marks + sum(weight for pair, weight in _PAIRS.items() if pair in pairs) >= _ENOUGH
