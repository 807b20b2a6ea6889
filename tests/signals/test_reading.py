"""What the reader says of a text, both ways: what it must see, and the look-alikes that it must not see so strongly."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chalicelib.domain.labels import Label
from chalicelib.signals import reading
from chalicelib.signals.reading import read

STRONG = 700
DOUBTED = 500
LOW = 200
"""The starters' joint risk from which on nothing is answered."""

SEEN = {
    Label.SELF_HARM: [
        "I want to die",
        "i dont want to live anymore",
        "I'm going to kill myself tonight",
        "thinking about suicide again",
        "nobody would even notice if I was gone",
        "everyone would be better off without me",
        "what's the point of going on",
        "I just want to go to sleep and never wake up",
        "cutting myself is the only thing that helps",
        "I have all the pills ready in front of me",
        "My little brother says he wants to die, what can I do",
        "I can't do this anymore. goodbye everyone",
        "k1ll myself",
        "i want to k.m.s, kms",
        "I wanna d i e, I want to die",
        "ich will einfach nur sterben",
        "quiero morir",
    ],
    Label.THREAT: [
        "I am going to kill you",
        "I know where you live",
        "watch your back",
        "someone should shoot the whole staff",
        "I'll burn down your office",
        "there is a bomb in your store",
        "hope you die",
        "you will regret this",
        "I'm coming to your shop with a bat",
        "go k1ll yourself",
        "kіll yourself",  # with a Cyrillic i
        "I will find you",
    ],
    Label.CRISIS: [
        "Your heater caught fire in my kitchen",
        "please call an ambulance",
        "he beats me every night",
        "three children were injured at your fair",
        "we are trapped in the lift, nobody answers",
        "all customer data was leaked on a forum",
        "there's glass in your yoghurt, I found glass in it",
        "I'm a journalist and would like a comment",
    ],
    Label.LEGAL: [
        "You will hear from my lawyer",
        "I will sue you",
        "we will see you in court over this",
        "Under GDPR I ask for a copy of all my personal data",
        "we received a subpoena about this account",
        "I have reported you to the ombudsman",
        "this is a cease and desist",
        "I am filing a complaint with the FTC",
        "delete my personal data at once",
        "you printed our drawing, that is infringement of our copyright",
    ],
    Label.INSULT: ["you are an idiot", "shut up", "you're such a loser", "what a bunch of morons", "1d10ts"],
    Label.HATE: ["All immigrants are criminals", "go back to your country", "women should stay in the kitchen"],
    Label.SPAM: [
        "Click here to win: www.prize.example.com",
        "Earn $5000 a week from home, DM me on WhatsApp for details",
        "Congratulations, you have been selected to claim your free gift card",
        "buy cheap followers now",
    ],
    Label.COMPLAINT: [
        "This is unacceptable, I am very disappointed",
        "Still waiting for my parcel",
        "the app doesn't work",
        "Great, another update that breaks everything... useless",
        "I want my money back",
    ],
    Label.SUPPORT: ["I need help with my login", "can't reset my password", "my order hasn't arrived"],
    Label.QUESTION: ["When do you open on Sunday?", "Do you ship to Norway?", "How can I change my booking?"],
    Label.PRAISE: ["Love this!", "Thank you so much, great service", "Amazing update, the new design is beautiful"],
}

NOT_SEEN = {
    Label.SELF_HARM: [
        "this game is killing me",
        "my phone is dead",
        "I'm dying to try the new menu",
        "dead battery after an hour",
        "killer feature",
        "the cut of this jacket is great",
        "I hang my coat here",
        "live music tonight",
    ],
    Label.THREAT: [
        "I could murder a pizza",
        "we will beat them on Saturday",
        "this level is murder",
        "shoot me a message",
        "that joke killed me",
        "your new album is the bomb",
        "I'd kill for a coffee",
        "burn the playlist to a disc",
    ],
    Label.CRISIS: [
        "that chorus is fire",
        "the queue was a nightmare",
        "fire sale on Monday",
        "help me choose a colour",
    ],
    Label.LEGAL: ["the ball is in your court", "tennis court", "Sue is my favourite presenter", "legal tender"],
    Label.INSULT: ["I like your class", "assistant", "Scunthorpe", "the cockpit view is great", "grass"],
    Label.HATE: ["our new stickers are here", "I will go back to your first album"],
    Label.SPAM: ["I won the raffle, thank you", "is parking free on Sundays?", "click, and it just works"],
    Label.COMPLAINT: ["Love this!", "Which colours are there?"],
    Label.PRAISE: ["When do you open?", "I am waiting for my parcel"],
    Label.QUESTION: ["Love this!", "My order is here."],
}


@pytest.mark.parametrize(("label", "text"), [(label, text) for label, texts in SEEN.items() for text in texts])
def test_it_is_seen(label: Label, text: str) -> None:
    assert read(text).labels.get(label, 0) >= STRONG


@pytest.mark.parametrize(("label", "text"), [(label, text) for label, texts in NOT_SEEN.items() for text in texts])
def test_a_look_alike_is_not_taken_for_it(label: Label, text: str) -> None:
    assert read(text).labels.get(label, 0) < STRONG


def test_evidence_stands_where_the_words_stand() -> None:
    text = "Hello \u200bthere, I \u0456 will k1ll you all"
    (mark,) = [one for one in read(text).evidence if one.rule == "threat:direct"]
    assert "k1ll you" in text[mark.start : mark.end]


def test_negation_and_quotation_lower_praise_but_never_a_risk() -> None:
    sure = read("Great service").labels[Label.PRAISE]
    assert read("Not great service").labels[Label.PRAISE] < sure
    assert read('They said "great service"').labels[Label.PRAISE] < sure
    assert read('He wrote "I am going to kill you"').labels[Label.THREAT] >= STRONG
    assert read("I don't want to kill myself").labels[Label.SELF_HARM] >= STRONG


def test_a_group_that_is_named_is_a_weak_risk_only() -> None:
    assert 0 < read("Do you have jackets for women?").labels[Label.HATE] < STRONG


@pytest.mark.parametrize(
    "text",
    [
        "Is the pool shut on Mondays?",
        "Simply the best falafel in town",
        "Can we feed the animals at the farm?",
        "Do you have low fat milk?",
        "What an insane goal!",
        "When does the puppet show start?",
        "Is the jacket available in black?",
        "Where do we put the trash?",
    ],
)
def test_what_is_said_of_things_as_well_forbids_no_answer(text: str) -> None:
    by_rules = reading.by_rules(text)
    assert by_rules.get(Label.INSULT, 0) + by_rules.get(Label.HATE, 0) < LOW


@pytest.mark.parametrize(
    "text",
    ["you are insane", "shut up", "they are all animals", "what a fat cow", "lazy people, all of you", "go to hell"],
)
def test_the_same_words_said_of_people_are_an_insult(text: str) -> None:
    assert reading.by_rules(text)[Label.INSULT] >= STRONG


@pytest.mark.parametrize(
    "text",
    [
        "Can't wait for the next episode!",
        "You never disappoint",
        "Happy birthday to the whole team!",
        "Could not have asked for a better guide",
        "My daughter hasn't stopped talking about the museum",
        "No complaints, it was worth every minute",
    ],
)
def test_what_is_kind_without_a_kind_word_is_no_complaint_and_not_doubted(text: str) -> None:
    by_rules = reading.by_rules(text)
    assert by_rules[Label.PRAISE] > DOUBTED
    assert Label.COMPLAINT not in by_rules


@pytest.mark.parametrize(
    "text",
    ["You never listen, what a joy", "Nice try", "Good luck with that", "I was disappointed", "Best excuse so far"],
)
def test_kind_words_that_turn_are_doubted(text: str) -> None:
    assert reading.by_rules(text).get(Label.PRAISE, 0) <= DOUBTED


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Love this!", "en"),
        ("When do you open on Sunday?", "en"),
        ("Wann macht ihr am Sonntag auf? Danke!", "de"),
        ("Merci pour votre aide, c'est tres bien", "fr"),
        ("Muchas gracias por todo, me gusta mucho", "es"),
        ("Когда вы открываетесь?", "ru"),
        ("いつ開きますか", "ja"),
        ("xqzzt", None),
        ("🎉🎉🎉", None),
        ("", None),
    ],
)
def test_the_language_is_told_or_it_is_none(text: str, language: str | None) -> None:
    assert read(text).language == language


@pytest.mark.parametrize("text", ["f**k off", "you b*tch", "what an idoit", "fcuk this", "you stpuid man", "sh*t"])
def test_a_strong_word_is_read_through_stars_and_swapped_letters(text: str) -> None:
    (first, *_) = [one for one in read(text).evidence if one.label == Label.INSULT.value]
    assert read(text).labels[Label.INSULT] >= STRONG
    assert 0 <= first.start <= first.end <= len(text)


@pytest.mark.parametrize(
    "text", ["it is 2*3", "a 5***** hotel", "see footnote*", "*kind* of you", "we took the f-train", "c# code"]
)
def test_a_star_alone_is_no_offence(text: str) -> None:
    assert Label.INSULT not in read(text).labels


def test_links_and_handles_are_not_words() -> None:
    assert Label.INSULT not in read("@idiot_games see https://stupid.example.com/moron").labels


def test_a_triage_worker_starts_without_heavy_libraries() -> None:
    code = "import sys, chalicelib.signals.reading, chalicelib.domain.guideline, chalicelib.services.wording\n"
    code += "print(*{'phonenumbers', 'pydantic', 'jinja2', 'yaml', 'boto3'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
