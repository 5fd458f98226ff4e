"""From logits to tasks, as the runtime does it; DECODING.md says the same in words."""

import numpy as np

from . import labels

# BIO: "inside r" may follow only "begin r" or "inside r".
_ALLOWED = np.zeros((len(labels.TAGS), len(labels.TAGS)), dtype=bool)
_START = np.ones(len(labels.TAGS), dtype=bool)
for _role in labels.ROLES:
    _b, _i = labels.begin(_role), labels.inside(_role)
    _START[_i] = False
_ALLOWED[:, _START] = True
for _role in labels.ROLES:
    _b, _i = labels.begin(_role), labels.inside(_role)
    _ALLOWED[_b, _i] = _ALLOWED[_i, _i] = True


def log_softmax(x):
    """Over the last axis."""
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def viterbi(scores) -> list[int]:
    """The best legal tag sequence for scores [w, T]. On equal scores the lowest tag wins."""
    best = np.where(_START, scores[0], -1e9)
    back = []
    for row in scores[1:]:
        through = np.where(_ALLOWED, best[:, None], -1e9)
        came = through.argmax(0)
        best = through[came, np.arange(len(came))] + row
        back.append(came)
    tag = int(best.argmax())
    path = [tag]
    for came in reversed(back):
        tag = int(came[tag])
        path.append(tag)
    return path[::-1]


def spans_of(path: list[int]) -> list[tuple[str, int, int]]:
    """(role, start, end) of the spans in a tag path."""
    result = []
    for at, tag in enumerate(path):
        if tag == 0:
            continue
        role = labels.ROLES[(tag - 1) // 2]
        if (tag - 1) % 2 == 0:
            result.append([role, at, at + 1])
        else:
            result[-1][2] = at + 1
    return [tuple(span) for span in result]


def decode(out: dict, threshold: float = 0.5, window: tuple | None = None) -> dict:
    """Tasks of one line from numpy logits: frames [w, F], roles [w, w, T], heads [w, w], moods [w, M], acts [A], langs [L].

    A word is a trigger when "none" and "continues" together are less likely than `threshold` leaves room for, that is
    1 - P(none) - P(continues) >= threshold; its frame is the likeliest of the rest.
    """
    frames = np.exp(log_softmax(out["frames"]))
    none, more = labels.FRAME_ID[labels.NONE], labels.FRAME_ID[labels.CONTINUES]
    count = len(frames)
    tasks = []
    for at in range(count):
        probability = 1 - frames[at, none] - frames[at, more]
        if probability < threshold:
            continue
        rest = frames[at].copy()
        rest[[none, more]] = 0
        frame = int(rest.argmax())
        end = at + 1
        while end < count and int(frames[end].argmax()) == more:
            end += 1
        scores = log_softmax(out["roles"][at])
        roles = []
        for role, start, stop in spans_of(viterbi(scores)):
            head = out["heads"][at][start:stop]
            top = start + int(head.argmax())
            left, right = top, top + 1
            while left > start and out["heads"][at][left - 1] > 0:
                left -= 1
            while right < stop and out["heads"][at][right] > 0:
                right += 1
            mean = float(np.mean([scores[k, labels.begin(role) if k == start else labels.inside(role)] for k in range(start, stop)]))
            roles.append({"role": role, "start": start, "end": stop, "head": (left, right), "score": float(np.exp(mean))})
        best: dict[str, dict] = {}
        for role in roles:
            if role["role"] not in best or role["score"] > best[role["role"]]["score"]:
                best[role["role"]] = role
        roles = [role for role in roles if best[role["role"]] is role]
        mood = np.exp(log_softmax(out["moods"][at]))
        tasks.append(
            {
                "frame": labels.FRAMES[frame], "score": float(rest[frame]), "start": at, "end": end, "roles": roles,
                "mood": labels.MOODS[int(mood.argmax())], "moods": mood.tolist(),
            }
        )
    acts = np.exp(log_softmax(out["acts"]))
    langs = np.exp(log_softmax(out["langs"]))
    return {
        "tasks": tasks, "act": labels.ACTS[int(acts.argmax())], "acts": acts.tolist(),
        "lang": labels.LANGS[int(langs.argmax())],
    }
