"""What was learned in plain words: the sentences that open the page and the ten lines of the terminal."""

from math import isfinite

from huoshui.base.errors import Language
from huoshui.flow.learning.values import CampaignLearned, TenthLine
from huoshui.serve.learn_page.input import LearnInput
from huoshui.serve.report.headline import Sentence
from huoshui.serve.report.speech import NOT_KNOWN, Speech

LINES_MAX = 10
FEATURES_SAID = 3
NAMES_SAID = 4


def learn_lines(input: LearnInput, language: Language) -> list[str]:
    """At most ten lines: what, whether users differ and how surely, who, campaign by campaign, what was left out."""
    speech = Speech(language, input.currency)
    title = speech.say("learn_line.title", name=input.folder_name, scope=scope(input, speech))
    first = speech.say("learn_line.simulated", line=title) if input.card.simulated else title
    lines = [first, headline(input, speech)]
    lines += [line for line in (forward(input, speech), features(input, speech)) if line]
    lines += [campaign(one, speech) for one in ranked(input)]
    closing = [line for line in (untold(input, speech), uneven(input, speech)) if line]
    return [*lines[: LINES_MAX - len(closing)], *closing]


def scope(input: LearnInput, speech: Speech) -> str:
    """From how many users, and which days."""
    card = input.card
    return speech.say(
        "learn.scope",
        users=speech.count(card.users),
        rows=speech.count(card.rows),
        first=card.data_first_day,
        last=card.data_last_day,
    )


def headline(input: LearnInput, speech: Speech) -> str:
    """Whether it shows who answers more."""
    factor = input.card.factor
    states = {factor.state, *(one.state for one in input.card.campaigns)}
    if "users_differ" in states:
        return speech.say("learn.headline_differ")
    if factor.state == "too_few":
        return speech.say("learn.headline_few", users=speech.count(factor.users))
    return speech.say("learn.headline_same")


def forward(input: LearnInput, speech: Speech) -> str:
    """How much of what was foretold came true; empty where users do not differ."""
    factor = input.card.factor
    if factor.state != "users_differ":
        return ""
    return speech.say(
        "learn.forward",
        slope=speech.ratio(factor.forward.value_est),
        low=speech.ratio(factor.forward.low_est),
        high=speech.ratio(factor.forward.high_est),
        believed=speech.ratio(factor.believed_est),
    )


def features(input: LearnInput, speech: Speech) -> str:
    """The features that tell most, each by the side that answers more; empty where users do not differ."""
    factor = input.card.factor
    if factor.state != "users_differ":
        return ""
    told = []
    for line in factor.features[:FEATURES_SAID]:
        _, more, less = input.words[line.name]
        told.append(speech.word(more if line.weight_est > 0 else less))
    return speech.say("learn.features", names=speech.say("common.comma").join(told))


def ranked(input: LearnInput) -> list[CampaignLearned]:
    """Campaigns whose users differ first, by what their best tenth brings; then by their size."""
    order = ("users_differ", "no_detectable_difference", "too_few")

    def place(one: CampaignLearned) -> tuple[int, float, str]:
        differ = one.state == "users_differ" and len(one.tenths) > 1
        return order.index(one.state), -one.tenths[1].each_est if differ else -one.rows, one.campaign_id

    return sorted(input.card.campaigns, key=place)


def campaign(one: CampaignLearned, speech: Speech) -> str:
    """One campaign in one sentence."""
    return campaign_sentence(one, speech).plain(speech)


def campaign_sentence(one: CampaignLearned, speech: Speech) -> Sentence:
    """What a yuan brings by who gets it; or that no difference shows, and what it would take."""
    if one.state == "too_few" or not one.tenths:
        return Sentence("learn.few", {"name": one.name, "reason": one.reason.say(speech.language)})
    everybody = one.tenths[0]
    if one.state == "users_differ":
        best, worst = one.tenths[1], one.tenths[-1]
        data = {
            "name": one.name,
            "best": each(best, speech),
            "best_low": number(best.low_est, speech),
            "best_high": number(best.high_est, speech),
            "mean": each(everybody, speech),
            "worst": each(worst, speech),
        }
        return Sentence("learn.tenths", data, ("best", "mean", "worst"))
    data = {
        "name": one.name,
        "mean": each(everybody, speech),
        "low": number(everybody.low_est, speech),
        "high": number(everybody.high_est, speech),
    }
    if one.users_needed is None:
        return Sentence("learn.same_unknown", data, ("mean",))
    if one.users_needed <= one.rows:
        return Sentence("learn.same_enough", data, ("mean",))
    return Sentence("learn.same", data | {"needed": rough(one.users_needed, speech)}, ("mean",))


def each(line: TenthLine, speech: Speech) -> str:
    """Value per yuan of cost."""
    return number(line.each_est, speech)


def number(value: float, speech: Speech) -> str:
    """A ratio; a dash where nobody can tell."""
    return speech.ratio(value) if isfinite(value) else NOT_KNOWN


def rough(users: int, speech: Speech) -> str:
    """A number of users by two digits: no more is known."""
    return speech.count(float(f"{users:.2g}"))


def untold(input: LearnInput, speech: Speech) -> str:
    """Campaigns that tell nothing; empty without any."""
    names = input.card.untold
    if not names:
        return ""
    shown = speech.say("common.comma").join(names[:NAMES_SAID]) + ("…" if len(names) > NAMES_SAID else "")
    return speech.say("learn.untold", names=shown)


def uneven(input: LearnInput, speech: Speech) -> str:
    """Features that were left out; empty without any."""
    names = list(dict.fromkeys(one.name for one in input.card.uneven))
    if not names:
        return ""
    shown = speech.say("common.comma").join(speech.word(input.words[name][0]) for name in names[:NAMES_SAID])
    return speech.say("learn.uneven", count=len(names), names=shown)
