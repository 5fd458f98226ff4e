//! What understanding makes of one utterance: task frames with roles, a dialogue act, or a reason not to act.
//!
//! A [`Reading`] judges the words alone. Whether the things exist, whether the robot can and may, is for
//! grounding, planning and the guard.

use crate::units::Score;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Offsets in Unicode characters, half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    pub start: u32,
    /// One past the last character.
    pub end: u32,
}

/// What understanding makes of one utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The text that was read.
    pub text: String,
    /// ISO 639-1 code of its language: "en", "it", "zh".
    pub lang: String,
    /// What kind of utterance it is.
    pub act: Act,
    /// What the words ask for: act, ask, refuse or ignore.
    pub outcome: Outcome,
    /// Why not to act; `None` when the outcome is act.
    pub reason: Option<Reason>,
    /// What the robot would say; `None` when there is nothing to say.
    pub say: Option<String>,
    /// The tasks, in the order they are to be done.
    pub tasks: Vec<Task>,
    /// An answer from knowledge, where one was found.
    pub answer: Option<Answer>,
    /// How sure it is that the whole reading is right, calibrated.
    pub confidence: Score,
    /// What came second, where it came close: the other frame of the least certain trigger.
    pub rival: Option<Rival>,
    /// A thing named without saying what to do with it: a bare name, the thing of a correction or a choice.
    pub named: Option<Filler>,
    /// Which of the offered choices is meant (from 0), when the act is choose.
    pub choice: Option<u32>,
}

/// The frame that came second at one trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rival {
    /// Index of the task it would replace.
    pub task: u32,
    /// What else was likely.
    pub frame: Frame,
    /// How likely.
    pub score: Score,
}

/// What is to become of an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Do it.
    Act,
    /// Ask back.
    Ask,
    /// Refuse, with the reason.
    Refuse,
    /// Not meant for the robot to act on.
    Ignore,
}

/// Kind of utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Something to do.
    Command,
    /// Something to answer from knowledge.
    Question,
    /// "yes".
    Confirm,
    /// "no".
    Deny,
    /// "never mind".
    Cancel,
    /// "no, the other one".
    Correct,
    /// "put it back".
    Undo,
    /// "say that again".
    Repeat,
    /// "the left one", as an answer to a question.
    Choose,
    /// Everything else.
    Chat,
}

/// Why the robot does not simply act. The codes are stable: scripts match on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Chat, a remark: nothing is asked of the robot.
    NotACommand,
    /// "don't …": an order to leave something be.
    Negated,
    /// "if …", "what happens if …".
    Hypothetical,
    /// A report of something done.
    Reported,
    /// A bare name ("the red cup") says what, but not what to do with it.
    Fragment,
    /// A request that no frame of the robot covers.
    OutOfScope,
    /// Two readings are nearly equally likely.
    NearTie,
    /// A role the frame needs was not said.
    MissingRole,
    /// The model is not sure enough.
    LowConfidence,
    /// A name that fits nothing the robot knows or sees.
    UnknownEntity,
    /// A name that fits several things equally well.
    AmbiguousTarget,
    /// The robot lacks the skill or the part.
    NotCapable,
    /// Against the safety policy.
    Unsafe,
    /// Waits for a person's yes.
    NeedsConfirmation,
    /// The robot is stopped and must be resumed first.
    Stopped,
    /// No live link to the board.
    NoLink,
    /// Nothing to confirm, deny, undo or choose from.
    NothingOpen,
}

/// A task frame (FrameNet names in lower case, as in HuRIC) with its roles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// What is to be done.
    pub frame: Frame,
    /// How sure the model is.
    pub score: Score,
    /// The word or words that evoke the frame.
    pub trigger: String,
    /// Where the trigger stands.
    pub trigger_span: Span,
    /// From the first to the last character of trigger and roles.
    pub span: Span,
    /// Whether it is asked for, forbidden, supposed, told.
    pub mood: Mood,
    /// The roles, in the order of the text.
    pub roles: Vec<Filler>,
    /// What must be so before it is done.
    pub condition: Option<Condition>,
}

/// What must be so for a task to be done: "if you see Anna".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// How the task hangs on it.
    pub under: Under,
    /// The words.
    pub text: String,
    /// Where they stand.
    pub span: Span,
    /// What must be seen, where the condition says no more than that: the robot can look for it.
    pub sought: Option<String>,
}

/// How a task hangs on its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Under {
    /// Only if it is so.
    If,
    /// When it comes to be so.
    When,
    /// Only if it is not so.
    Unless,
    /// As long as it is not so.
    Until,
}

/// Mood and polarity of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// Asked for.
    Command,
    /// Asked not to be done.
    Prohibition,
    /// Supposed.
    Hypothesis,
    /// Told as done by somebody.
    Report,
    /// Asked about.
    Question,
    /// Told as a fact of the place, to be learnt ("this is the bedroom").
    Description,
}

/// One role of a task and what fills it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filler {
    /// Which role.
    pub role: Role,
    /// The words, with their preposition.
    pub text: String,
    /// The noun at its heart, where there is one.
    pub head: Option<String>,
    /// Where the words stand.
    pub span: Span,
    /// How sure the model is.
    pub score: Score,
    /// What the words mean where that can be computed: a number with a unit, a colour, a pack's slot value.
    pub value: Option<Value>,
}

/// Defines the values once, and with them two ways to write them: tagged with the unit where people and scripts read
/// (JSON), by position where the journal does (postcard cannot read a tag back).
macro_rules! values {
    ($($(#[$doc:meta])* $variant:ident($inner:ty)),+ $(,)?) => {
        /// A value with its unit.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Value {
            $($(#[$doc])* $variant($inner),)+
        }

        #[derive(Serialize, Deserialize)]
        #[serde(remote = "Value", tag = "unit", content = "value", rename_all = "snake_case")]
        enum Tagged {
            $($variant($inner),)+
        }

        #[derive(Serialize, Deserialize)]
        #[serde(remote = "Value")]
        enum Plain {
            $($variant($inner),)+
        }
    };
}

values! {
    /// Metres.
    Metre(f32),
    /// Degrees, positive to the left.
    Degree(f32),
    /// Seconds.
    Second(f32),
    /// Metres a second.
    MetrePerSecond(f32),
    /// A number of things.
    Count(u32),
    /// First is 1.
    Ordinal(u32),
    /// A share of the whole, 0 to 1.
    Share(f32),
    /// Minutes after midnight.
    TimeOfDay(u16),
    /// Degrees Celsius.
    Celsius(f32),
    /// A colour name.
    Color(String),
    /// A pack's slot value, as the pack writes it.
    Slot(String),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Tagged::serialize(self, serializer)
        } else {
            Plain::serialize(self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Tagged::deserialize(deserializer)
        } else {
            Plain::deserialize(deserializer)
        }
    }
}

/// An answer from knowledge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What is answered.
    pub text: String,
    /// Where it comes from.
    pub source: String,
    /// How sure.
    pub score: Score,
}

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $type {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
            /// A name that a pack brought.
            Custom(String),
        }

        impl $type {
            /// All built-in ones.
            pub const ALL: &[$type] = &[$($type::$variant),+];

            /// The name on the command line and in JSON.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $($type::$variant => $name,)+
                    $type::Custom(name) => name,
                }
            }
        }

        impl From<&str> for $type {
            fn from(name: &str) -> Self {
                match name {
                    $($name => $type::$variant,)+
                    other => $type::Custom(other.to_owned()),
                }
            }
        }

        impl From<String> for $type {
            fn from(name: String) -> Self {
                Self::from(name.as_str())
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.name().to_owned()
            }
        }
    };
}

names!(
    /// Task frames: those of the HuRIC corpus and what robots need besides.
    Frame {
        Motion = "motion",
        Bringing = "bringing",
        Cotheme = "cotheme",
        Locating = "locating",
        Inspecting = "inspecting",
        Taking = "taking",
        ChangeDirection = "change_direction",
        Arriving = "arriving",
        Giving = "giving",
        Placing = "placing",
        Closure = "closure",
        ChangeOperationalState = "change_operational_state",
        BeingLocated = "being_located",
        Attaching = "attaching",
        Releasing = "releasing",
        PerceptionActive = "perception_active",
        BeingInCategory = "being_in_category",
        Manipulation = "manipulation",
        Stopping = "stopping",
        Statement = "statement",
        Questioning = "questioning",
        Counting = "counting",
        Guiding = "guiding",
        Greeting = "greeting",
        Waiting = "waiting",
        Pouring = "pouring",
    }
);

names!(
    /// Roles of the frames.
    Role {
        Agent = "agent",
        Theme = "theme",
        Goal = "goal",
        Source = "source",
        Beneficiary = "beneficiary",
        Recipient = "recipient",
        Cotheme = "cotheme",
        Direction = "direction",
        Angle = "angle",
        Distance = "distance",
        Speed = "speed",
        Path = "path",
        Manner = "manner",
        Area = "area",
        Location = "location",
        SoughtEntity = "sought_entity",
        Ground = "ground",
        Phenomenon = "phenomenon",
        Device = "device",
        OperationalState = "operational_state",
        ContainingObject = "containing_object",
        ContainerPortal = "container_portal",
        Degree = "degree",
        DesiredState = "desired_state",
        UnwantedEntity = "unwanted_entity",
        Item = "item",
        Category = "category",
        Entity = "entity",
        Instrument = "instrument",
        Purpose = "purpose",
        Reason = "reason",
        Topic = "topic",
        Message = "message",
        Quantity = "quantity",
        Duration = "duration",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_back_from_json_and_from_the_journal() {
        for value in [
            Value::Metre(1.5),
            Value::Count(3),
            Value::Color("red".into()),
            Value::TimeOfDay(90),
        ] {
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
            let bytes = postcard::to_stdvec(&value).unwrap();
            assert_eq!(postcard::from_bytes::<Value>(&bytes).unwrap(), value);
        }
        assert_eq!(
            serde_json::to_string(&Value::Metre(1.5)).unwrap(),
            r#"{"unit":"metre","value":1.5}"#
        );
    }
}
