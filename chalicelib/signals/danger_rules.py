"""Rules for danger to others: threats, and emergencies or events that endanger people or the house. They lean to too much.

Own-written and English, with a few set phrases of other languages. Sport and jokes (`we will beat them`, `that chorus is
fire`) stay out by what a pattern asks for.
"""

from __future__ import annotations

from typing import Final

from chalicelib.domain.labels import Label
from chalicelib.signals.rule import Rule, rule

_L = Label
_WILL = (
    r"(?:gonna|going to|will|i'?ll|we'?ll|should|must|need to|needs to|want to|wanna|would love to"
    r"|let'?s|about to|come (?:and|to)|time to|have to|ought to|gotta|swear i)"
)
_KILL = (
    r"(?:kill|murder|shoot|stab|strangle|lynch|behead|rape|slaughter|butcher|execute|hurt|torture|burn"
    r"|punch|smash|hit|gut|skin)"
)
_WHOM = (
    r"(?:you|u|ya|y'?all|him|them|every ?one|these people|those people|the (?:next|whole|guy|man|woman"
    r"|person|people|staff|manager|ceo|owner|driver|employees?)"
    r"|your (?:staff|family|kids|children|wife|mother|manager|boss|ceo|team|people|employees|dog"
    r"|support)|whoever|anyone|someone|all of (?:you|them)|every (?:one|single|last))"
)
_BODY = r"(?:neck|legs?|arms?|face|fingers?|jaw|throat|skull|head|bones|teeth|nose|knees?|ribs)"
_PLACE = (
    r"(?:school|office|store|shop|building|place|house|home|mosque|church|synagogue|headquarters|hq"
    r"|warehouse|restaurant|event|branch|stand|booth|stadium|club|car|van|station|airport|windows?)"
)

THREAT: Final[tuple[Rule, ...]] = (
    rule(
        _L.THREAT,
        "threat:direct",
        950,
        (
            "kill* murder* shoot* stab* strangl* lynch* behead* rape* slaughter* butcher* execut* hurt tortur* "
            "burn punch smash* hit gut skin break snap slit cut end bury destroy finish beat knock teeth hide "
            "fists run running gun"
        ),
        rf"(?:i|we|they|someone|somebody|people|i'?m|we'?re) ~3 {_WILL} ~1 {_KILL} ~1 {_WHOM}(?! up\b)",
        rf"{_WILL} {_KILL} (?:(?:you|u)(?! up\b)|your \w+|y'?all|all of you|whoever|the (?:next|guy|man"
        rf"|driver|manager|staff) \w+)",
        (
            r"i(?:'?d| would)? (?:will |swear |wanna |want to |love to |could )?(?:kill|murder|shoot|stab"
            r"|strangle|rape|behead) (?:you|u|him|her|them)"
        ),
        (
            r"(?:someone|somebody|every ?one|they|people|we) (?:should|needs? to|must|ought to|has to) (?:just "
            r")?(?:kill|shoot|murder|stab|lynch|hang|execute|behead|burn)"
        ),
        rf"(?:break|snap|slit|cut|smash|bash|kick) (?:your|his|her|their|ur) (?:fucking )?{_BODY}(?: in)?",
        rf"smash ~5 {_PLACE}",
        r"run(?:ning)? (?:you|him|her|them|u) over",
        r"(?:i'?ve|i have|i) got a gun",
        r"with (?:my )?fists",
        r"(?:kill|hang|shoot|drown|burn|off|stab|hurt|cut) (?:your|ur|u) ?(?:self|selves)",
        r"kill\w*your ?self",
        r"(?:beat|knock|kick|smack) (?:the (?:shit|crap|hell|life) out of )(?:you|u|him|her|them)",
        (
            r"(?:i'?ll|i will|gonna|going to|we'?ll) (?:beat|knock|punch|bury|end|finish|destroy|ruin|fucking "
            r"end) (?:you|u|your (?:ass|face|family|life|business))(?: up| out)?"
        ),
    ),
    rule(
        _L.THREAT,
        "threat:call",
        900,
        "hang lynch shoot behead execute gut",
        r"(?:hang|lynch|shoot|behead|execute|gut) (?:the|that|this|your|every|all the) (?:\w+ )?(?:manager"
        r"|boss|owner|ceo|driver|referee"
        r"|ref|mayor|minister|president|staff|traitors?|admins?|mods?|moderators?|editor|journalists?|players?|coach)",
    ),
    rule(
        _L.THREAT,
        "threat:veiled",
        850,
        (
            "live lives work works school kids children regret sorry coming come watching waiting outside pay "
            "careful sleep bullet gun knife axe bat grave deserve* die burn hunt* dead meet watch find hurt "
            "rope shot shoots hanged wreck match walking next safe kys bleach rot neck"
        ),
        (
            r"(?:know|found|find(?:ing)?|knows) (?:out )?(?:where|which \w+) (?:you|u|he|she|they|your \w+|his "
            r"\w+|her \w+|their \w+)(?: \w+)? (?:all )?(?:live|lives|work|works|sleep|sleeps|park|parks|go|goes"
            r"|hang)"
        ),
        (
            r"(?:i'?m|we'?re|i am|we are|i'?ll be|we'?ll be|i will be) (?:coming|watching|waiting|outside) ~1 "
            r"(?:for|after|to get|outside|to|at) ~1 (?:you|u|your|her|him|them)"
        ),
        r"(?:i'?m|i am|we'?re) (?:coming|bringing) ~3 with (?:a|my) (?:bat|gun|knife|axe|hammer|rope|rifle|crowbar)",
        (
            r"(?:bring\w*|brought|grab\w*|have|got|own) (?:a|my) (?:gun|knife|rifle|axe|bat|shotgun|crowbar) "
            r"~4 (?:you|your|u|them|office|store|shop|school)"
        ),
        r"(?:won'?t|not going to|will not) be (?:nice|pretty|alive|safe|breathing)",
        (
            r"(?:you|u|you all|all of you|they|he|she)(?: will|'?ll| are going to|'?re going to| gonna| would) "
            r"(?:all )?(?:regret|be sorry|pay for (?:this|it|that|what)|wish you|die|burn|get what|end up dead)"
        ),
        r"watch (?:your|ur) (?:back|step)",
        r"be(?:tter be)? careful (?:walking|going|when you|on your|out there|at night|tonight)",
        r"i'?d be careful",
        (
            r"(?:you|u|he|she|they|these people|you people|your kind|you'?re|all)(?: all| people)? (?:should"
            r"|deserve to|deserves to|need to|must|ought to|can all|better) (?:just |all )?(?:die|burn|hang|rot"
            r"|be (?:shot|hanged|hung|killed|beaten|burned|burnt|raped|stabbed|executed|dead|put down))"
        ),
        r"sleep with one eye",
        r"(?:put|get|deserves?|needs?|take) (?:a|one) bullet",
        (
            r"(?:you'?re|ur|you are|you will be|you'?ll be|he'?s|she'?s) (?:a |so |fucking )*dead (?:man|meat"
            r"|to me|if|when|bitch)?"
        ),
        (
            r"(?:hope|wish|pray) (?:that )?(?:you|u|he|she|they|your \w+|all of you|someone|somebody|every "
            r"?one)(?: all)? (?:dies?|gets? (?:hurt|killed|shot|raped|cancer|hit|stabbed|beaten)|burns?|rots?"
            r"|suffers?|chokes?|shoots?|kills?|hurts?|crash\w*)"
        ),
        r"(?:go|just|please) (?:and )?(?:die|drop dead|jump off|hang)",
        r"drop dead",
        r"kys",
        r"die in an? ~1 (?:fire|ditch|hole|crash)",
        r"(?:burn|rot|die) in hell",
        r"drink (?:some |the )?bleach",
        r"neck yourself",
        r"(?:hunt|track) (?:you|them|him|her|u) down",
        (
            r"(?:i|we)(?: will|'?ll| am going to|'?m going to|'?m gonna) (?:\w+ )?(?:find|get|come for|come "
            r"after|end|hurt|finish|ruin|wreck) (?:you|u|him|her|them|your)"
        ),
        r"going to get hurt",
        (
            r"(?:someone|people|you|somebody|kids?|family)(?: is| are| will)? (?:gonna |going to |will "
            r")?(?:get hurt|be next|won'?t be safe)"
        ),
        r"wreck (?:your|their|ur) \w+",
        r"watch (?:you|it|them|your \w+) burn",
    ),
    rule(
        _L.THREAT,
        "threat:place",
        900,
        "bomb* shooting shoot explosive* blow blowing burn torch acid massacre",
        r"bomb (?:threat|is|in|at|at your|under|ready)",
        (
            r"(?:plant\w*|there'?s|there is|there will be|put|detonat\w*|set off|make|build|leav\w+|throw\w*) "
            r"(?:a|the) (?:\w+ )?(?:bombs?|explosives?)"
        ),
        rf"(?:bomb|shoot|blow|burn|torch)(?:ing)? (?:up |down )?(?:the|your|this|that|their|ur) ~1 {_PLACE}",
        r"blow\w* (?:you|them|that place|this place|the place|your \w+) up",
        r"shoot(?:ing)? up (?:the|your|a|this|my)",
        r"mass shooting",
        r"throw(?:ing)? acid",
        r"(?:will|gonna|going to) ~2 massacre",
    ),
    rule(
        _L.THREAT,
        "threat:abroad",
        850,
        (
            "matar wohnst fertig umbringen tuer frapper retrouver spacco aspetto ammazzo uccido vermoorden "
            "maak doden mato bater"
        ),
        r"(?:te|os|los|vos|vou te|eu te) (?:voy a |vou )?(?:matar|mato|bater)",
        r"wo du wohnst",
        r"mach\w* (?:dich|euch) ~1 fertig",
        r"bring\w* (?:dich|euch) um",
        r"(?:dich|euch) umbringen",
        r"(?:vais|va) (?:te|vous) (?:retrouver|tuer|frapper|buter)",
        r"(?:vi|ti|te) (?:spacco|aspetto|ammazzo|uccido|ammazzer\w+|uccider\w+)",
        r"(?:je|jullie) (?:kapot|dood|vermoorden)",
        r"maak (?:je|jullie) (?:af|dood|kapot)",
    ),
    rule(
        # Too weak to call anybody, too strong for a machine to answer.
        _L.THREAT,
        "threat:way-in",
        300,
        "security guard* bouncer* camera* alarm*",
        (
            r"(?:get|sneak|slip|come|walk|go) (?:past|around|round|through|by) (?:your |the |all )?"
            r"(?:security|guards?|bouncers?|cameras?|alarms?)"
        ),
    ),
)

CRISIS: Final[tuple[Rule, ...]] = (
    rule(
        _L.CRISIS,
        "crisis:emergency",
        850,
        (
            "emergency ambulance 911 999 trapped bleeding unconscious kidnap* overdos* breathing collaps* "
            "drowning hostages gunman shooter injured seizure choking stabbed stranded electrocut* abduct* "
            "stroke defibrillator paramedic* evacuat* heart monoxide gas leak inside dying freezing missing "
            "knife gun earthquake shaking"
        ),
        r"(?:call|calling|called|need|send|get|dial) ~2 (?:ambulance|911|999|emergency services|paramedics?)",
        r"(?:this is|it'?s|medical|life.threatening|have|is) an? ?emergency",
        r"medical emergency",
        (
            r"(?:is|are|he'?s|she'?s|i'?m|am|someone|we'?re|they'?re|people|still|been) (?:still |badly "
            r"|seriously |all )*(?:trapped|bleeding|unconscious|not breathing|drowning|being held|choking"
            r"|injured|stranded|stabbed|having a (?:seizure|stroke|heart attack)|overdosing|electrocuted"
            r"|kidnapped|abducted|freezing|inside|dying)(?: inside| here| now| out)?"
        ),
        r"(?:gas leak|active shooter|gunman|taken hostage|mass casualt\w+|carbon monoxide)",
        r"(?:had|has|having|have) a (?:stroke|heart attack|seizure)",
        r"(?:man|woman|guy|someone|person|people|kid) with (?:a|an) (?:knife|gun|axe|weapon|machete|rifle|bomb)",
        r"(?:earthquake|tornado|tsunami|wildfire) (?:here|now|in|near|is|just)",
        r"(?:be|being|get|getting|should we|we) evacuated?",
        (
            r"(?:my|a|the|our) (?:child|son|daughter|kid|baby|boy|girl|grandma|father|mother) (?:is|has|has "
            r"been|went) (?:missing|kidnapped|gone missing|been taken)"
        ),
        r"stop(?:ped)? breathing",
        r"(?:someone|somebody|he|she|man|woman|child|guy|lady|person) (?:has |just )*collapsed",
        r"evacuat\w+ (?:now|us|immediately|the building)",
        r"(?:people|residents|old people|children) are (?:freezing|dying|starving)",
    ),
    rule(
        _L.CRISIS,
        "crisis:accident",
        800,
        (
            "fire burn* burnt explod* smoke sparks shock* electric electrical hospital injur* crash* hurt "
            "collapsed roof flood* hit died dying dead killed casualt* earthquake tornado wildfire* derail* "
            "gas poison* sick glass spark* swallow* rash"
        ),
        r"(?:caught|catch\w*|set|on) fire ~3 (?:while|in|and|near|my|the|help|charging|please|now)",
        (
            r"(?:it|charger|battery|phone|product|your|device|laptop|heater|toaster|scooter) ~3 (?:caught fire"
            r"|exploded|blew up|burst into flames|on fire|burn(?:ed|t) (?:me|my))"
        ),
        (
            r"(?:house|building|office|store|shop|hotel|bus|car|train|plane|kitchen|room) (?:is|just|has)? "
            r"?(?:on fire|burning|crashed|collapsed|flood\w+|derailed|exploded)"
        ),
        (
            r"(?:went|in|taken to|rushed to|ended up in|sent to|put \w+ in) (?:the )?(?:hospital|er|a&e|icu) "
            r"~4 (?:after|because|from|due|your|by)"
        ),
        (
            r"(?:people|customers?|children|kids|workers|several|someone|passengers|child|man|woman|dogs?|cats?"
            r"|pets?) ~3 (?:are|were|is|was|have been|got|being|have|has)? ?(?:injured|hurt|killed|dead|dying"
            r"|died|poisoned|hospitali\w+) ?"
        ),
        (
            r"(?:hit|ran over|knocked down|injured|killed|hurt) (?:a|my|our|the) (?:child|kid|man|woman|person"
            r"|cyclist|pedestrian|dog|son|daughter|father|mother|baby)"
        ),
        (
            r"(?:bridge|roof|ceiling|wall|building|floor|stage|stand) ~6 (?:collapsed|came down|fell|caved in"
            r"|collapsing|coming down)"
        ),
        r"(?:flood ?water|water|smoke|gas) is (?:coming|rising|pouring|filling|leaking)",
        r"(?:electric|electrical) shock\w*",
        r"(?:food|been|got|carbon|was|were) poison\w*",
        r"(?:died|ill|sick|hospital\w*) after (?:eating|using|drinking|taking|wearing|your|the)",
    ),
    rule(
        _L.CRISIS,
        "crisis:happening",
        850,
        (
            "smoke fire hanging upside swallowed hospital hospitalised hospitalized newspaper magazine harassed "
            "harasses hacked roof flood flooded overdosed bleeding faint* unresponsive"
        ),
        r"(?:smoke|fire|gas|flames) (?:in|inside|all over|under) (?:your|our|the|this) (?:hall|shop|store"
        r"|house|building|train|bus"
        r"|plane|room|hotel|kitchen|station|tunnel|venue|office|school|lift|tent|stage)",
        r"(?:child|kid|boy|girl|people|man|woman|baby) (?:is|are|was|were) (?:hanging|stuck|lying|burning|buried)",
        r"(?:child|kid|baby|son|daughter|toddler|dog|boy|girl) (?:has |just )?(?:swallowed|ate"
        r"|drank) ~1 (?:battery|magnet|pill\w*|button"
        r"|coin|bleach|poison|glass|needle|screw|part|piece)",
        r"(?:we|i|he|she|they|us|kids|children) ~2 (?:in|to) (?:the )?(?:hospital|er|icu)",
        r"(?:i|we) write for (?:a|the) (?:newspaper|magazine|paper|news site)",
        r"(?:employees?|staff|drivers?|managers?|guards?|members?) ~1 harass\w+",
        r"(?:on|onto) (?:the|our|my) roof ~4 (?:flood\w*|water|help|rescue|stuck)",
        r"flood ~2 (?:reached|in|entered|took|is in) (?:the|our|my|your)",
        r"(?:my|our) account (?:was|is|has been|got|were) hacked",
        r"(?:he|she|somebody|someone|man|woman|friend|guy) (?:has |just )?(?:overdosed|fainted|passed out)",
        r"unresponsive",
    ),
    rule(
        _L.CRISIS,
        "crisis:abuse",
        900,
        (
            "beats beating hits hitting hurts hurting abus* molest* raped rape assault* groom* traffick* "
            "locked stalked stalking touches touched touching threatens chokes csam porn"
        ),
        (
            r"(?:he|she|husband|boyfriend|dad|father|mother|mom|mum|stepdad|wife|partner|uncle|boss|teacher"
            r"|coach|someone|parents) (?:keeps? |is |has been |has |was |always |just |sometimes )*(?:beats?"
            r"|beating|hits|hitting|abus\w+|molest\w+|raped|raping|assault\w*|hurts|hurting|chok\w+|threatens"
            r"|touch(?:es|ed|ing)) (?:me|us|my|her|him|the (?:kids|children))"
        ),
        (
            r"(?:i|i'?m|i'?ve|she|he|we) (?:was|were|got|have been|been|am being|being) (?:\w+ )?(?:raped"
            r"|molested|groomed|assaulted|trafficked|stalked|abused|locked)"
        ),
        r"(?:being|am) (?:stalked|abused|groomed|trafficked|beaten)",
        r"human traffick\w*",
        r"child (?:porn\w*|abuse)",
        r"csam",
        r"domestic (?:abuse|violence)",
        r"(?:employee|staff|driver|manager|worker|someone) ~3 (?:assaulted|groped|molested|raped|harassed)",
    ),
    rule(
        _L.CRISIS,
        "crisis:house",
        750,
        (
            "breach* leak* hacked journalist reporter press salmonella listeria contaminat* allergic anaphyla* "
            "glass metal plastic insect* maggot* mould mold worm dump* sale database recall boycott* strike "
            "scandal outage forum blade* needle* nail* rat rats mouse mice cockroach* screw* sick ill"
        ),
        r"(?:data|security) (?:breach|leak)\w*",
        r"(?:leak|expos|dump)\w* ~2 (?:data|details|passwords?|records|database|addresses)",
        (
            r"(?:customer|user|personal|client|our|my|all) ~1 (?:data|details|passwords?|records|database) ~4 "
            r"(?:leaked|for sale|sold|stolen|exposed|online|on a forum|public|hacked)"
        ),
        (
            r"(?:you|you'?ve|they|your (?:\w+ )?(?:site|database|servers?|systems?|website|account|app)) (?:got"
            r"|been|was|were|have been|has been|is|are|just got) hacked"
        ),
        r"(?:i'?m|i am|as|from|writing for) (?:an? )?(?:journalist|reporter|the press|the news)",
        r"(?:product|safety) recall",
        (
            r"(?:found|there was|there is|had|bit on|piece of|pieces of|shards of) ~2 (?:glass|metal|mould|mold"
            r"|plastic|insects?|worms?|maggots?)(?: in)?"
        ),
        (
            r"(?:found|there was|there is|there were|had) ~3 (?:blades?|needles?|nails?|rats?|mouse|mice|cockroach\w*|screws?) "
            r"in your"
        ),
        r"your (?:\w+ ){1,2}(?:made|makes|is making) my \w+ (?:very |really |so |badly )?(?:sick|ill)",
        r"salmonella|listeria|contaminat\w*",
        r"allergic reaction|anaphyla\w*",
        r"boycott (?:this|these|them|you|your|the)",
    ),
    rule(
        _L.CRISIS,
        "crisis:where-help-is",
        300,
        "hospital ambulance doctor police brigade emergency poison*",
        r"(?:nearest|closest|next) (?:hospital|emergency \w+|doctor|police station)",
        r"(?:number|phone number) (?:of|for) (?:the |an? )?(?:ambulance|police|fire brigade|hospital|emergency|poison\w*)",
    ),
)
