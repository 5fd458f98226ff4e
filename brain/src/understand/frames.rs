//! What is known of the frames beside the model: which roles each can have, and which it cannot do without.
//!
//! From HuRIC's annotations and what the built-in skills need. A frame that a pack brought may have any role.

use crate::reading::{Frame, Role};

/// The roles a frame can have; empty for a frame of a pack, which can have any.
#[must_use]
pub fn roles(frame: &Frame) -> &'static [Role] {
    use Role::*;
    match frame {
        Frame::Motion => &[
            Agent, Theme, Goal, Source, Path, Direction, Distance, Manner, Speed, Area, Duration, Location,
        ],
        Frame::Bringing => &[
            Agent,
            Theme,
            Goal,
            Beneficiary,
            Recipient,
            Source,
            Area,
            Path,
            Manner,
            Quantity,
        ],
        Frame::Cotheme => &[Agent, Cotheme, Goal, Manner, Speed, Path, Distance, Area],
        Frame::Locating => &[Agent, SoughtEntity, Ground, Manner, Purpose],
        Frame::Inspecting => &[Agent, Ground, DesiredState, UnwantedEntity, Instrument, Manner],
        Frame::Taking => &[Agent, Theme, Source, Manner, Quantity, Instrument],
        Frame::ChangeDirection => &[Agent, Theme, Direction, Angle, Speed, Manner, Goal],
        Frame::Arriving => &[Agent, Goal, Path, Manner],
        Frame::Giving => &[Agent, Theme, Recipient, Reason, Source],
        Frame::Placing => &[Agent, Theme, Goal, Area, Source, Manner],
        Frame::Closure => &[
            Agent,
            ContainingObject,
            ContainerPortal,
            Degree,
            Manner,
            Instrument,
        ],
        Frame::ChangeOperationalState => &[Agent, Device, OperationalState, Duration, Degree, Manner],
        Frame::BeingLocated => &[Theme, Location, Agent],
        Frame::Attaching => &[Agent, Item, Goal],
        Frame::Releasing => &[Agent, Theme, Goal, Manner],
        Frame::PerceptionActive => &[Agent, Phenomenon, Direction, Ground, Manner],
        Frame::BeingInCategory => &[Item, Category],
        Frame::Manipulation => &[Agent, Entity, Direction, Manner, Instrument],
        Frame::Stopping => &[Agent, Location, Theme],
        Frame::Statement => &[Agent, Recipient, Message, Topic, Quantity, Location, Manner],
        Frame::Questioning => &[Agent, Recipient, Message, Topic, Location],
        Frame::Counting => &[Agent, Theme, Location, Recipient, Quantity],
        Frame::Guiding => &[Agent, Theme, Goal, Path, Source, Direction, Manner],
        Frame::Greeting => &[Agent, Recipient, Location],
        Frame::Waiting => &[Agent, Theme, Duration, Location],
        Frame::Pouring => &[Agent, Theme, Goal, Beneficiary, Source, Quantity, Manner],
        Frame::Custom(_) => &[],
    }
}

/// The roles of which one must be there before a frame can be done; every group counts, and the first of a group is the
/// one that is asked for.
#[must_use]
pub fn required(frame: &Frame) -> &'static [&'static [Role]] {
    use Role::*;
    match frame {
        Frame::Motion => &[&[
            Goal, Direction, Distance, Path, Source, Area, Manner, Speed, Location,
        ]],
        Frame::Bringing | Frame::Taking | Frame::Giving => &[&[Theme]],
        Frame::Cotheme => &[&[Cotheme, Path, Goal]],
        Frame::Locating => &[&[SoughtEntity]],
        Frame::Inspecting => &[&[Ground, DesiredState, UnwantedEntity]],
        Frame::ChangeDirection => &[&[Direction, Angle, Goal]],
        Frame::Arriving => &[&[Goal]],
        Frame::Placing => &[&[Theme], &[Goal, Area, Source]],
        Frame::Closure => &[&[ContainingObject, ContainerPortal]],
        Frame::ChangeOperationalState => &[&[Device]],
        Frame::BeingLocated => &[&[Theme, Location]],
        Frame::Attaching => &[&[Goal, Item]],
        Frame::BeingInCategory => &[&[Category]],
        Frame::Manipulation => &[&[Entity]],
        Frame::Statement => &[&[Message, Topic]],
        Frame::Guiding => &[&[Goal, Path, Direction]],
        Frame::Pouring => &[&[Theme, Goal]],
        _ => &[],
    }
}

/// Frames whose verb may be left out where it would come again: "bring Anna the book, then Tom the pen".
#[must_use]
pub fn gaps(frame: &Frame) -> bool {
    matches!(
        frame,
        Frame::Motion
            | Frame::Bringing
            | Frame::Taking
            | Frame::Giving
            | Frame::Placing
            | Frame::Guiding
            | Frame::Cotheme
            | Frame::Pouring
            | Frame::Locating
            | Frame::Closure
            | Frame::ChangeOperationalState
            | Frame::ChangeDirection
            | Frame::Arriving
    )
}

/// Frames whose trigger may stand inside a role of another ("the towel that is in the bathroom").
#[must_use]
pub fn nests(frame: &Frame) -> bool {
    matches!(frame, Frame::BeingLocated | Frame::BeingInCategory)
}

/// Frames that lead to the same motion: between them there is nothing to ask.
const ALIKE: &[&[Frame]] = &[
    &[Frame::Motion, Frame::Arriving],
    &[Frame::Taking, Frame::Manipulation],
    &[Frame::Locating, Frame::PerceptionActive, Frame::Inspecting],
    &[Frame::BeingLocated, Frame::BeingInCategory],
    &[Frame::Bringing, Frame::Giving],
    &[Frame::Bringing, Frame::Taking],
    &[Frame::Placing, Frame::Releasing],
    &[Frame::Counting, Frame::Questioning, Frame::Statement],
    &[Frame::Waiting, Frame::Stopping],
];

/// Whether two frames lead to the same motion.
#[must_use]
pub fn alike(one: &Frame, other: &Frame) -> bool {
    ALIKE.iter().any(|set| set.contains(one) && set.contains(other))
}

/// Frames that are done by looking and telling: a question of this kind is a command.
#[must_use]
pub fn informs(frame: &Frame) -> bool {
    matches!(
        frame,
        Frame::Counting
            | Frame::Questioning
            | Frame::BeingLocated
            | Frame::Inspecting
            | Frame::Locating
            | Frame::PerceptionActive
            | Frame::BeingInCategory
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_is_possible() {
        for frame in Frame::ALL {
            for role in required(frame).iter().copied().flatten() {
                assert!(
                    roles(frame).contains(role),
                    "{} cannot have {}",
                    frame.name(),
                    role.name()
                );
            }
        }
    }
}
