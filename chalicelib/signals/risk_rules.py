"""Rules for what may hurt: self-harm, threats, crises, legal matters, insults and hate. They lean toward saying too much.

English only. The harshest words are kept in rot13, so that nobody has to read them who came for the code. All examples
of use are in tests/signals/; nothing here comes from a data set. A look-alike (`this game is killing me`) is excluded by
what a pattern asks for, never by an exception that a real cry for help could fall into.
"""

from __future__ import annotations

import codecs
from typing import Final

from chalicelib.domain.triage import Label
from chalicelib.signals.rule import Rule, rule

_L = Label
_I = r"(?:i|i'?m|i'?ve|i'?d|i'?ll|im|me|myself)"
_DIE = r"(?:die|dead|disappear|not exist|cease to exist|kill myself|end it(?: all)?|end my life|sleep forever|never wake up)"
_YOU = r"(?:you|u|ya|yall|y'all|ur|your|him|her|them|they|every ?one|these people|those people|the staff|your \w+)"
_HARM = r"(?:kill|murder|shoot|stab|strangle|burn|bomb|lynch|behead|hang|rape|slaughter|butcher|beat|hurt|destroy|choke|execute)"

SELF_HARM: Final = (
    rule(
        _L.SELF_HARM,
        "self-harm:word",
        900,
        "suicid* kms unalive* selfharm* self-harm*",
        r"suicid\w*",
        r"kms",
        r"unaliv\w+",
        r"self(?:-| )?harm\w*",
    ),
    rule(
        _L.SELF_HARM,
        "self-harm:act",
        950,
        "kill* end* ending hang hanging hurt* cut* shoot* drown* burn* starv* harm* off overdos* od jump* slit* slic* tak* rid wrist* pills bridge rope noose",
        r"(?:kill\w*|hang(?:ing)?|hurt\w*|cut+\w*|shoot\w*|drown\w*|burn\w*|starv\w*|harm\w*|slic\w*|slit\w*|off(?:ing)?) ~1 (?:my ?self|me self|mysel)",
        r"kill\w*my ?self",
        r"(?:end|ending|take|taking|ended) (?:my|it|this) (?:own )?(?:life|all)",
        r"end my (?:misery|suffering|pain|existence)",
        r"(?:my|these|the) (?:wrists?|veins)",
        r"(?:overdos\w+|od(?:'?ing)?) (?:on|tonight|again|today)",
        rf"{_I} ~3 overdos\w+",
        r"jump\w* (?:off|from|in front of) ~2 (?:bridge|roof|building|train|cliff|balcony|window|traffic)",
        r"tak\w+ ~3 (?:pills|tablets)(?: and)?(?: never)?",
        r"all (?:of )?(?:my|the|these) pills",
        r"get rid of myself",
        r"(?:a|the) noose",
    ),
    rule(
        _L.SELF_HARM,
        "self-harm:wish",
        900,
        "die dead dying disappear* exist alive live living wake waking death breathing born gone sleep life",
        rf"{_I} ~3 (?:want\w*|wish\w*|hope\w*|ready|rather|wanna|going|gonna|planning|plan|deserve|need|try\w*|tried|like|think\w*|thought|feel) ~3 {_DIE}",
        r"(?:want|wanna|wish|ready|deserve|like|time|going|prefer) (?:to|i could|i would|i was|i were|i'?d)? ?(?:just )?(?:die|be dead|disappear|not be here|never wake up|not wake up)",
        r"wish\w* (?:that )?(?:i|my life|it) ~3 (?:dead|die|died|over|born|exist|alive|gone|disappear)",
        r"better off (?:dead|without me|if i)",
        r"(?:don'?t|do not|didn'?t|never|not|no longer|can'?t|cannot|dont|cant) ~3 (?:be|stay|keep|being|go on|carry on)? ?(?:alive|live|living|exist|existing|wake up|breathing|be here)(?: any ?more| anymore)?",
        r"(?:no|any|what'?s the|the|see(?:ing)? (?:a|the|any)|without) (?:point|reason|purpose|use|will|sense) ~2 (?:living|live|life|going on|carry on|being alive|being here|staying|breathing|to exist)",
        r"(?:tired|sick|done|fed up|exhausted) (?:of|with) (?:living|life|being alive|existing|waking up|this life|breathing|being here)",
        r"(?:i|i'?m) ~2 (?:rather|better|should|deserve to) ~2 (?:be )?(?:dead|die)",
        r"(?:thoughts?|thinking|thought|think|dream\w*|fantasi\w*|googl\w*) (?:of|about) (?:death|dying|not being here|being dead|ending)",
        r"life (?:is|isn'?t|is not|feels|seems|just|has) ~3 (?:worth|pointless|meaningless|over|unbearable)",
        r"(?:not|isn'?t|hardly|never) worth (?:living|it any ?more)",
        r"(?:not|never|won'?t|will not|wont) ~2 (?:be|see|make it to|here|around|live|wake) ~2 (?:tomorrow|anymore|any more|much longer|morning|next (?:week|year|month)|christmas)",
        r"let me (?:just )?die",
        r"i (?:want|need|deserve) death",
        r"i (?:should|shouldn'?t) ~2 (?:die|be dead|be alive|exist)",
        r"(?:never|not) (?:been|be) born",
        r"sleep (?:forever|and (?:never|not))",
    ),
    rule(
        _L.SELF_HARM,
        "self-harm:despair",
        750,
        "anymore any cope burden hopeless* worthless give giving can't cant cannot can goodbye goodbyes bye note miss missed without notice* pain live alone help done empty numb crisis",
        r"(?:can'?t|cannot|can not|cant|don'?t want to|dont want to|couldn'?t) ~1 (?:do|take|go|cope|handle|bear|stand|carry|deal|fight|keep) ~3 (?:any ?more|any longer|much longer|living|going|like this)",
        r"(?:i'?m|i am|im|just|being|feel like) ~2 (?:a|such a|nothing but a)? ?burden",
        r"(?:feel\w*|i'?m|i am|im|so|utterly|completely) (?:so )?(?:hopeless|worthless|trapped|empty inside)",
        r"(?:giv\w+|given|gave) up (?:on )?(?:life|living|everything|on myself|hope|completely|trying to live)",
        r"no ?(?:one|body) (?:would|will|'?d|is going to|gonna|even) ~2 (?:care|notice|miss me|miss|cry|come to my funeral)",
        r"(?:world|every ?one|they|family|you|people|all) ~3 (?:be )?(?:better|happier) ~1 without me",
        r"(?:final|last|suicide|my) (?:goodbyes?|note|letter)(?: to)?",
        r"(?:this is|saying) (?:my )?(?:goodbye|good bye)(?: forever| every ?one)?",
        r"want (?:it|the pain|everything|this|all of it) (?:all )?to (?:stop|end|be over)",
        r"(?:won'?t|wont|not going to|will not|not gonna) be (?:here|around) (?:any ?more|much longer|long|for)",
        r"i (?:don'?t|do not) (?:matter|belong here)",
        r"nothing (?:left )?to live for",
    ),
    rule(
        _L.SELF_HARM,
        "self-harm:other",
        850,
        "friend brother sister daughter son husband wife mom mum dad partner roommate he she they kid child cousin someone boyfriend girlfriend",
        r"(?:friend|brother|sister|daughter|son|husband|wife|mom|mum|dad|partner|roommate|cousin|boyfriend|girlfriend|kid|child|he|she|they|someone) ~6 (?:kill(?:ing|ed)? (?:him|her|them)sel\w+|end(?:ing|ed)? (?:his|her|their) (?:own )?life|(?:want|wants|wanted|threatening) to die|cut(?:s|ting) (?:him|her|them)sel\w+|hurt(?:s|ing)? (?:him|her|them)sel\w+)",
    ),
    rule(
        _L.SELF_HARM,
        "self-harm:eating",
        700,
        "thinspo proana pro-ana anorex* bulimi* purg* eating-disorder relaps* skinny",
        r"thinspo\w*",
        r"pro ?-?ana",
        r"(?:my|with) (?:anorexi\w+|bulimi\w+)",
        r"purg(?:e|ed|ing) (?:after|every|my|again)",
        r"relaps\w+ (?:with|into) (?:cutting|self)",
    ),
)

THREAT: Final = (
    rule(
        _L.THREAT,
        "threat:direct",
        950,
        "kill* murder* shoot* stab* strangl* burn* bomb* lynch* behead* hang rape* slaughter* butcher* beat hurt destroy chok* execut* end find break slit smash bury finish",
        rf"{_I} ~4 {_HARM}(?:ing)? ~1 {_YOU}",
        rf"(?:gonna|going to|will|i'?ll|we'?ll|ill|should|must|need to|want to|wanna|would love to|let'?s|lets|about to|come and|time to|have to|gotta) ~1 {_HARM} ~2 {_YOU}",
        rf"(?:someone|somebody|every ?one|they|people|we) (?:should|needs? to|must|ought to|has to|have to|will|is going to|gonna) ~2 {_HARM}",
        r"(?:break|snap|slit|cut) (?:your|his|her|their|ur) (?:neck|legs?|arms?|face|fingers?|jaw|throat|skull|head|bones)",
        r"(?:kill|hang|shoot|drown|burn|off|stab|hurt) (?:your|ur|u) ?(?:self|selves)",
        r"kill\w*your ?self",
        r"smash (?:your|his|her|their|ur) (?:face|head|skull|teeth|windows)",
        r"(?:beat|kick|punch|knock|smack) (?:the (?:shit|crap|hell) out of )?(?:you|u|him|her|them|your (?:ass|teeth|head|face)|ur)",
    ),
    rule(
        _L.THREAT,
        "threat:veiled",
        850,
        "live lives watch watching regret sorry coming come pay careful sleep family kids children home house address door where bullet gun knife axe grave graves deserve* die hunt* dead meet back safe",
        r"(?:know|found|find(?:ing)?|have) (?:out )?(?:where|which \w+) (?:you|u|he|she|they|your (?:kids|family|children|mother|wife))(?: \w+)? (?:live|lives|work|works|sleep|sleeps|park|parks|go|goes|hang)",
        r"(?:your|ur|his|her|their) (?:home|house|family|kids|children|wife|mother|daughter|son) (?:is|are|will be|won'?t be|isn'?t) ~1 (?:next|safe|dead|sorry)",
        r"(?:i'?m|we'?re|im|i am|we are|i'?ll be|they'?re) (?:coming|watching|waiting|outside) (?:for|after|you|to get|outside|your) ?(?:you|u|house|home|ur|\w+)?",
        r"(?:you|u|he|she|they)(?: will|'?ll| are going to|'?re going to| gonna)? (?:all )?(?:regret (?:this|it|that)|be sorry|pay for (?:this|it|that|what)|wish you)",
        r"watch (?:your|ur) (?:back|step)",
        r"(?:you|u|he|she|they|these people|every ?one of (?:you|them)|you'?re|ur)(?: all| people)? (?:should|deserve to|need to|must|better|will|gonna|are going to|ought to|can all|can) (?:just |all )?(?:die|burn|be (?:shot|hanged|hung|killed|beaten|burned|raped|stabbed))",
        r"sleep with one eye open",
        r"(?:put|get|deserves?|need) (?:a|one) bullet",
        r"(?:you|u|he|she|they|you'?re|ur|your) (?:a |are )?dead (?:man|meat|to)?",
        r"(?:hope|wish) (?:that )?(?:you|u|he|she|they|your \w+|all of you)(?: all)? (?:die|dies|get|gets|burn|burns|rot|rots|suffer|choke)",
        r"(?:go|just|drop) (?:and )?(?:die|drop dead)",
        r"(?:hunt|track) (?:you|them|him|her|u) down",
        r"(?:i|we) (?:will|'?ll) (?:find|get|come for|come after|end|bury|finish|destroy|ruin) (?:you|u|him|her|them|your)",
        r"i (?:have|got|own|bought|bring|am bringing) (?:a|my|the) (?:gun|knife|rifle|axe)",
        r"(?:bring|bringing|brought|grab\w*) (?:a|my) (?:gun|knife|rifle|axe|bomb)",
    ),
    rule(
        _L.THREAT,
        "threat:place",
        900,
        "bomb* shooting shoot explos* blow blowing burn torch acid attack massacre",
        r"bomb threat",
        r"(?:plant\w*|there'?s|there is|put|detonat\w*|set off|make|build) (?:a|the) (?:\w+ )?(?:bomb|explosive)",
        r"(?:bomb|shoot|blow|burn|torch)(?:ing)? (?:up |down )?(?:the|your|this|that|their|ur) ~1 (?:school|office|store|shop|building|place|house|mosque|church|synagogue|headquarters|hq|warehouse|restaurant|event)",
        r"blow\w* (?:it|you|them|everything|the \w+|this place|that place) up",
        r"shoot (?:up|it up)",
        r"mass shooting",
        r"throw(?:ing)? acid",
        r"(?:will|gonna|going to) ~2 (?:massacre|attack) ",
    ),
)

CRISIS: Final = (
    rule(
        _L.CRISIS,
        "crisis:emergency",
        850,
        "emergency ambulance 911 999 112 help trapped bleeding unconscious evacuat* missing kidnap* abus* overdose breathing collaps* drowning fire hostage gas injured injur* seizure choking hospital shooter gunman explosion explod* smoke sparks stabbed poison* shock* electrocut* abduct* flood* earthquake tornado victims casualt* rescue* wildfire* stranded",
        r"(?:call|calling|called|need|send|get|dial) ~2 (?:ambulance|911|999|112|the police|emergency services|paramedics?|rescue)",
        r"(?:this is|it'?s|medical|life.threatening|have|an) (?:an )?emergency",
        r"(?:is|are|he'?s|she'?s|i'?m|im|am|someone|was|were|been|got|we'?re) (?:still |badly |seriously |all )?(?:trapped|bleeding|unconscious|not breathing|drowning|being (?:abused|held|beaten)|choking|injured|stranded|stabbed|having a seizure|overdosing|electrocuted|kidnapped|abducted)",
        r"(?:gas leak|active shooter|gunman|hostages?|mass casualt\w+|house is on fire|building is on fire|on fire right now)",
        r"(?:my|a|the|our) (?:child|son|daughter|kid|baby|boy|girl|grandma|father|mother) (?:is|has|has been|went) (?:missing|kidnapped|gone missing|been taken)",
        r"(?:evacuat\w+) (?:now|us|the|every ?one|immediately|from)",
        r"(?:caught|catch\w*) fire",
        r"explod\w+",
        r"(?:went|in|taken to|rushed to|ended up in) (?:the )?(?:hospital|er|a&e|icu)",
        r"(?:people|persons?|victims|children|kids|customers?) (?:are|were|have been|got|injured) ?(?:injured|hurt|killed|dead|sick|poisoned|missing|trapped)?",
        r"(?:electric|an electrical|electrical) shock\w*",
        r"stop(?:ped)? breathing",
        r"poison\w*",
        r"(?:help|rescue) (?:me|us)(?: please)? (?:now|he|she|they|they'?re|before)",
    ),
    rule(
        _L.CRISIS,
        "crisis:abuse",
        900,
        "beats beat hits hitting abuse* abusing abusive molest* raped rape assault* grooming groomed traffick* minor underage locked stalk* harass* hurts",
        r"(?:he|she|husband|boyfriend|dad|father|mother|mom|mum|stepdad|wife|partner|uncle|boss|teacher|coach|someone) (?:keeps? |is |has been |has |was |always |just )?(?:beats?|beating|hits?|hitting|abus\w+|molest\w+|raped|raping|assault\w*|hurts?|hurting|chok\w+|threatens|touch(?:es|ed|ing)) (?:me|us|my|her|him|the (?:kids|children))",
        r"(?:i|she|he|we) (?:was|were|got|have been|been|am being) ~1 (?:raped|molested|groomed|assaulted|trafficked|stalked|abused)",
        r"(?:child|domestic|sexual) (?:abuse|violence|assault)",
        r"human traffick\w*",
        r"child porn\w*",
        r"csam",
        r"(?:being|am) stalked",
    ),
    rule(
        _L.CRISIS,
        "crisis:company",
        750,
        "breach* leak* hacked hack recall* outage boycott* scandal journalist reporter press viral contaminat* mold salmonella allerg* allergic glass layoffs exposed",
        r"(?:data|security) (?:breach|leak)\w*",
        r"(?:leak|expos|dump)\w* (?:my|our|customer|user|all|everyone'?s|the) ~1 (?:data|details|passwords?|information|records|database)",
        r"(?:you|you'?ve|they|i|my account|account|i'?ve|your (?:site|database|servers?|systems?)) (?:got|been|was|were|have been|has been|is|are) hacked",
        r"boycott\w*",
        r"(?:i'?m|i am|am|as|from) (?:a|an)? ?(?:journalist|reporter|the press)",
        r"(?:product|safety) recall",
        r"(?:found|there was|there is|piece of|pieces of|shards of) ~2 (?:glass|mold|metal|plastic|insect|insects|worm|maggots?)",
        r"food poisoning",
        r"salmonella|listeria|contaminat\w*",
        r"allergic reaction|anaphyla\w*",
    ),
)

LEGAL: Final = (
    rule(
        _L.LEGAL,
        "legal:action",
        900,
        "lawyer* attorney* solicitor* sue sueing suing sued court lawsuit* litigat* subpoena* legal tribunal barrister prosecut* injunction libel* slander* defam* damages arbitration writ warrant class-action statute deposition indict* counsel summons plaintiff",
        r"(?:my|our|a|the|contact(?:ing|ed)?|hire[ds]?|get|call\w*|speak\w* to|your|from) ~1 (?:lawyers?|attorneys?|solicitors?|barristers?|legal (?:team|counsel|department|representatives?))",
        r"(?:see|take|taking|meet|drag|hauling) (?:you|u|them|this|your company|it) (?:all )?(?:in|to) (?:small claims )?(?:court|tribunal)",
        r"small claims",
        r"(?:court|restraining) order",
        r"(?:will|going to|gonna|can|could|should|i'?ll|to|be|am|are|i'?m|we'?re|considering|get) (?:sue|suing|sued|sueing)",
        r"su(?:e|ing) (?:you|them|the|for|your|over|u)",
        r"law ?suits?",
        r"litigat\w*",
        r"subpoena\w*",
        r"legal (?:action|notice|proceedings|claim|threat|hold|demand|advice|obligation|request|basis|rights?|dispute|matter)",
        r"(?:press|pressing|filing|filed?|file) (?:charges|a (?:police report|claim|complaint with|law ?suit|motion))",
        r"prosecut\w*",
        r"injunction",
        r"libel\w*|slander\w*|defam\w*",
        r"(?:cease and desist|class action|punitive damages|without prejudice|statute of limitations|breach of (?:contract|warranty|law))",
        r"(?:claim|seek|pay|liable for|entitled to) ~2 (?:damages|compensation)",
        r"tribunal|arbitration|summons|search warrant|plaintiff|deposition|indict\w*|attorney general",
    ),
    rule(
        _L.LEGAL,
        "legal:privacy-rights",
        900,
        "gdpr ccpa dsar erasure article art data sar forgotten delete deletion processing controller consent dpo ico hipaa coppa lgpd",
        r"gdpr|ccpa|dsar|hipaa|coppa|lgpd",
        r"(?:subject|data) (?:access|erasure|deletion|portability) (?:request|right)?",
        r"right (?:to|of) (?:be forgotten|erasure|access|rectification|object|data portability)",
        r"(?:delete|erase|remove|copy of|copies of|all|access to|export|hand over|hold(?:ing)?|stored?|collected?|sold|sell\w*|shar\w+) ~4 (?:my|our) (?:personal )?(?:data|information|details|records)",
        r"personal data",
        r"data (?:protection|controller|processor|processing)",
        r"(?:withdraw\w*|never gave|without) ~1 (?:my )?consent",
        r"(?:article|art\.?) \d{1,2}",
    ),
    rule(
        _L.LEGAL,
        "legal:regulator",
        850,
        "regulator* ombudsman ftc sec fca ofcom bbb cfpb trading ico watchdog authority authorities commission inspector compliance illegal* unlawful* fraud* police report statutory regulation regulations regulatory copyright* trademark* dmca infring* takedown counterfeit plagiar* patent* counterfeit* whistleblow* discriminat* osha fda license licence",
        r"(?:the|a|to|your|financial|data|industry|privacy) (?:regulators?|ombudsman|ftc|sec|fca|ofcom|bbb|cfpb|ico|watchdog|osha|fda)",
        r"trading standards",
        r"better business bureau",
        r"(?:consumer protection|federal trade|advertising standards|data protection|information commissioner\w*) ?(?:agency|authority|commission|act|law|office)?",
        r"(?:report(?:ed|ing)?|complain(?:t|ed|ing)?|go(?:ing)?) ~3 (?:to )?(?:the )?(?:police|authorities|regulator|commission|government|officials)",
        r"(?:is|are|that'?s|this is|it'?s|completely|totally|your|be) (?:illegal|unlawful|fraud|fraudulent|against the law)",
        r"fraud\w*",
        r"illegal(?:ly)?|unlawful\w*",
        r"copyright\w*|trademark\w*|dmca|infring\w*|take ?down (?:notice|request)|plagiari\w*|counterfeit\w*|patent(?:ed|s)?",
        r"(?:statutory|regulatory) \w+",
        r"whistle ?blow\w*",
        r"(?:consumer|statutory|my|legal) rights",
        r"discriminat\w*",
        r"(?:comply|compliance|violat\w+|breach\w*) ~2 (?:with|of)? ?~1 (?:law|laws|regulations?|act|rules|rights|terms|policy)",
        r"against the law",
    ),
)

_SWEARS: Final = codecs.decode(
    "shpx* fuvg* ovgpu* phag* juber* fyhg* qvpx* pbpx* nffubyr* onfgneq* jnaxre* gjng* gbffre cevpx* qbhpur* cvff* penc* zbgureshpx* ohyyfuvg* qhzonff* wnpxnff* nff nefr nefrubyr* obyybpxf shx* spx* fulg* ovngpu* obare gvgf gvggvrf chffl chffvrf phz wvmm cbea* ubeal frkl ahqr* anxrq oybjwbo* jgs fgsh tgsb ubr ubrf gubg gubgf fxnax* gvg qvyqb* fpebghz ohgg obbo* frk frkhny* snc nany encvfg* encr encrq zbyrfg*",
    "rot13",
)
_SLURS: Final = codecs.decode(
    "avtt* avttn* snttbg* snt sntf xvxr* fcvp fcvpf puvax* tbbx* jrgonpx* cnxv cnxvf genaal* enturnq* gbjryurnq* qlxr* pbba pbbaf ergneq* fnaqavtt* zhmmvr* furznyr* yvogneq* srzvanmv* anmv anmvf tlccb* cvxrl* avt avtf wvtnobb* vapry vapryf xnssve* nob nobf wnc wncf",
    "rot13",
)

INSULT: Final = (
    rule(_L.INSULT, "insult:swearing", 700, _SWEARS),
    rule(
        _L.INSULT,
        "insult:word",
        700,
        "idiot* moron* stupid* imbecile* dumb dumber dumbest loser losers scum trash garbage pathetic clown clowns pig pigs scumbag* ugly fat disgusting creep creeps creepy lowlife* degenerate* filth* filthy vermin rat rats snake coward* liar liars lying fool fools foolish cretin* brainless braindead worthless hypocrite* troll trolls nasty freak* psycho* insane crazy delusional snowflake* cuck* simp* shut shutup stfu sucks suck suckers ignorant weirdo* pervert* pedo* paedo* gross disgrace* incompetent lazy useless jerk jerks hag bimbo* airhead* gold-digger bigot* racist* sexist* nazi nazis fascist* terrorist* thug thugs savage* retarded crybab* kill-yourself lunatic* monster* evil hell damn hate hated hating hates haters deplorable* traitor* crook* swine parasite* cockroach* animals subhuman* inferior slave* puppet bastard* bots shill* karen karens boomer* whine* whining bitter lame joke wimp wuss sissy nuts",
    ),
    rule(
        _L.INSULT,
        "insult:you",
        850,
        "you you're youre ur your u",
        r"(?:you'?re|you are|ur|u r|youre|you) (?:all |just |such |really |so |nothing but |literally |clearly |fucking )*(?:an? )?(?:\w+ )?(?:idiot|moron|stupid|imbecile|dumb|loser|scum|trash|garbage|pathetic|clown|pig|ugly|disgusting|liars?|worthless|fool|disgrace|incompetent|useless|joke|thieves|thief|crooks?|scammers?|waste of)\w*",
        r"(?:shut|screw|f|damn|curse) (?:up|you|u|off|yourself)",
        r"(?:your|ur) (?:mom|mum|mother|mama)",
        r"nobody (?:likes|asked|cares about) you",
        r"(?:get|take) (?:a life|lost|your meds)",
        r"what is wrong with you",
        r"hate (?:you|u)(?: all| guys)?",
    ),
)

_GROUPS: Final = (
    "women woman girls girl females female men males male gays gay lesbian* homosexual* trans transgender* queer* lgbt* "
    "muslim* islam* jew jews jewish christian* catholic* hindu* sikh* black blacks white whites asian* african* mexican* latino* hispanic* "
    "arab* indian indians chinese japanese korean* turk turks turkish polish russian* immigrant* migrant* refugee* foreigner* "
    "feminis* liberal* conservative* republican* democrat* leftist* disabled autis* gypsy gypsies roma minorit* native natives "
    "wife wives husband* boys boy dude bro slut whore race races racial religion* religious gender* ladies lady chick chicks housewi* "
    "african-american* pakistani* somali* nigerian* syrian* iraqi* iranian* aborigin* illegals aliens handicapped crippl* cripple obese old-people boomers hood ghetto trump maga obama hillary clinton biden antifa blm patriot* border deport* colored coloured lesbo* ethnic* israel* palestin* zionis* communis* socialis* metoo misogyn* patriarch* abortion* rape* kitchen feminine masculine"
)
_GROUP = "(?:" + "|".join(word.replace("*", r"\w{0,10}") for word in _GROUPS.split()) + ")"

HATE: Final = (
    rule(_L.HATE, "hate:slur", 900, _SLURS),
    # To speak of a group of people is no offence; it is what no machine should answer.
    rule(_L.HATE, "hate:group-named", 250, _GROUPS),
    rule(
        _L.HATE,
        "hate:group-demeaned",
        800,
        _GROUPS,
        rf"(?:hate|despise|ban|deport|kill|exterminate|gas|lynch|ruined by|overrun by|get rid of|sick of|no|stop) (?:all |the |these |those |those damn )?{_GROUP}",
        rf"(?:all|these|those|typical|most|dirty|filthy|stupid|damn|lying|lazy|disgusting) {_GROUP} ~2 (?:are|is|should|need|must|deserve|belong|can'?t|always|never|don'?t|ruin|only)",
        rf"{_GROUP} (?:are|is|r) (?:all |just |the |so |nothing but |such |a |an |always )*(?:scum|vermin|animals?|trash|filth\w*|criminals?|terrorists?|rapists?|inferior|stupid|dumb|disgusting|parasites?|cancer|disease|subhuman\w*|evil|plague|garbage|cockroach\w*|invaders?|weak|useless|liars?|thieves|savages?|dirty|lazy|sick|wrong|mental\w*|property|objects)",
        rf"{_GROUP} (?:should|must|need to|deserve to|belong) ~3 (?:die|leave|be (?:deported|killed|banned|shot|gassed|raped|beaten)|go back|kitchen|jail|slaves?|shut|know|stay)",
        rf"go back to (?:your|africa|mexico|china|india|where|the kitchen|their)",
    ),
)

RULES: Final[tuple[Rule, ...]] = SELF_HARM + THREAT + CRISIS + LEGAL + INSULT + HATE

EMBEDDED: Final = tuple(
    codecs.decode("shpx ovgpu avttre avttn snttbg phag juber fyhg ergneq chffl ncrfuvg ohyyfuvg", "rot13").split()
)
"""Words that speak for an insult even inside another word (#stupidthis, thatagain)."""
