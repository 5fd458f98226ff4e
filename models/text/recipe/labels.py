"""The closed label lists of the model. Their order is the order of the network's outputs and goes into manifest.toml.

Frames and roles use FrameNet names in lower case, as the HuRIC corpus does (https://github.com/crux82/huric).
"""

# Index 0 means "no trigger here"; CONTINUES marks a later word of a trigger of several words ("there are").
NONE = "none"
CONTINUES = "continues"

FRAMES = [
    NONE,
    "motion", "bringing", "cotheme", "locating", "inspecting", "taking", "change_direction", "arriving", "giving",
    "placing", "closure", "change_operational_state", "being_located", "attaching", "releasing", "perception_active",
    "being_in_category", "manipulation", "stopping", "statement", "questioning", "counting", "guiding", "greeting",
    "waiting", "pouring",
    CONTINUES,
]

ROLES = [
    "agent", "theme", "goal", "source", "beneficiary", "recipient", "cotheme", "direction", "angle", "distance",
    "speed", "path", "manner", "area", "location", "sought_entity", "ground", "phenomenon", "device",
    "operational_state", "containing_object", "container_portal", "degree", "desired_state", "unwanted_entity",
    "item", "category", "entity", "instrument", "purpose", "reason", "topic", "message", "quantity", "duration",
]

# Tag 0 is "outside"; role r begins at tag 1 + 2 r and goes on at tag 2 + 2 r.
TAGS = ["o"] + [prefix + role for role in ROLES for prefix in ("b-", "i-")]

# The mood of a task, read at its trigger word.
MOODS = ["command", "prohibition", "hypothesis", "report", "question", "description"]

# What the whole utterance does.
ACTS = [
    "command", "question", "confirm", "deny", "cancel", "correct", "undo", "repeat", "choose", "chat", "fragment",
    "out_of_scope",
]

LANGS = ["en", "it", "zh"]

# The states of the per-word map hint (see hints.py).
HINTS = ["no_map", "unknown", "first", "near", "far"]

FRAME_ID = {name: index for index, name in enumerate(FRAMES)}
ROLE_ID = {name: index for index, name in enumerate(ROLES)}
MOOD_ID = {name: index for index, name in enumerate(MOODS)}
ACT_ID = {name: index for index, name in enumerate(ACTS)}
LANG_ID = {name: index for index, name in enumerate(LANGS)}


def begin(role: str) -> int:
    """The tag that opens a span of `role`."""
    return 1 + 2 * ROLE_ID[role]


def inside(role: str) -> int:
    """The tag that continues a span of `role`."""
    return 2 + 2 * ROLE_ID[role]
