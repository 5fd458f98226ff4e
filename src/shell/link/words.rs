//! What the link tells people: what was last heard and when, and the three likely causes, the likeliest first.

use firmware_bridge::host::{Heard, Lost};
use firmware_bridge::message::{PROTOCOL, Version};

/// What ended a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The protocol says so.
    Lost(Lost),
    /// The port failed under our hands.
    HungUp,
}

/// "Lost communication".
pub(super) fn lost(port: &str, end: End, heard: Option<(Heard, u64)>, now: u64) -> String {
    let what = match end {
        End::Lost(Lost::Silent) => "it fell silent",
        End::Lost(Lost::Deaf) => "it speaks, but hears nothing of us",
        End::Lost(Lost::Reset) => "it was reset",
        End::Lost(Lost::Forgotten) => "it no longer knows our session",
        End::Lost(Lost::Closed) => "the line was closed from here",
        End::Lost(Lost::Paused) => "this program stood still, and the board has stopped by itself",
        End::HungUp => "the port hung up",
    };
    let [first, second, third] = causes(end);
    format!(
        "Lost communication with the board on {port}: {what}. {} Likely causes: (1) {first}; (2) {second}; (3) {third}.",
        last_heard(heard, now)
    )
}

fn last_heard(heard: Option<(Heard, u64)>, now: u64) -> String {
    match heard {
        None => "Nothing was ever heard.".to_owned(),
        Some((heard, at)) => {
            let seconds = now.saturating_sub(at) as f64 / 1e3;
            let what = match heard {
                Heard::Noise => "bytes that made no sense",
                Heard::Foreign => "frames that are not sealed with our key",
                Heard::Message(name) => name,
            };
            format!("Last heard: {what}, {seconds:.1} s ago.")
        }
    }
}

fn causes(end: End) -> [&'static str; 3] {
    match end {
        End::Lost(Lost::Silent) => [
            "the cable is loose or was unplugged",
            "the board has lost its power or hangs",
            "the adapter or hub between them failed",
        ],
        End::Lost(Lost::Deaf) => [
            "the wire from the computer's TX to the board's RX is broken",
            "both sides run at different speeds",
            "the board is too busy to read",
        ],
        End::Lost(Lost::Reset) => [
            "its supply sags when the motors start",
            "its watchdog bit because its program hung",
            "someone pressed reset or plugged it in anew",
        ],
        End::Lost(Lost::Forgotten) => [
            "another program talks to the board",
            "this computer slept or was overloaded for seconds",
            "the line loses most of what is sent",
        ],
        End::Lost(Lost::Closed) => [
            "coact was told to end",
            "the port was changed",
            "the configuration was changed",
        ],
        End::Lost(Lost::Paused) => [
            "this computer slept or was suspended",
            "it has far too much to do, or too little memory",
            "the program was stopped by hand (Ctrl-Z, a debugger)",
        ],
        End::HungUp => [
            "the USB plug was pulled",
            "the board was reset and its port is coming back",
            "the simulator on the other side ended",
        ],
    }
}

/// Nothing, or nothing sensible, answers a hello.
pub(super) fn unanswered(port: &str, sealed: bool, heard: Option<Heard>) -> String {
    match heard {
        None => format!(
            "Nothing answers on {port}. Likely causes: (1) the board has no power or runs no firmware with firmware-bridge; \
             (2) RX and TX are not crossed; (3) {}.",
            if sealed {
                "the board was flashed with another key than that of `key_file`"
            } else {
                "this is another device's port, or the board was flashed with a key (`key_file` of [board])"
            }
        ),
        Some(Heard::Foreign) => format!(
            "What speaks on {port} does not have our key. Likely causes: (1) the board was flashed without the key that \
             `key_file` of [board] names; (2) this is another robot's board; (3) a stranger \
             writes to the line."
        ),
        Some(_) => format!(
            "{port} gives bytes, but they make no sense. Likely causes: (1) both sides run at different speeds; \
             (2) the firmware does not speak firmware-bridge; (3) the ground wire is missing or the line is noisy."
        ),
    }
}

/// The board speaks another version.
pub(super) fn refused(port: &str, version: Version) -> String {
    format!(
        "The board on {port} speaks version {}.{} of the wire, this coact {}.{}: flash it with firmware built against \
         firmware-bridge {}.x, or use the coact that belongs to its firmware.",
        version.major, version.minor, PROTOCOL.major, PROTOCOL.minor, PROTOCOL.major
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_says_what_when_and_why() {
        let text = lost(
            "/dev/ttyACM0",
            End::Lost(Lost::Silent),
            Some((Heard::Message("telemetry"), 4000)),
            5012,
        );
        insta::assert_snapshot!(text, @"Lost communication with the board on /dev/ttyACM0: it fell silent. Last heard: telemetry, 1.0 s ago. Likely causes: (1) the cable is loose or was unplugged; (2) the board has lost its power or hangs; (3) the adapter or hub between them failed.");
        insta::assert_snapshot!(refused("/dev/ttyACM0", Version { major: 2, minor: 1 }), @"The board on /dev/ttyACM0 speaks version 2.1 of the wire, this coact 1.0: flash it with firmware built against firmware-bridge 1.x, or use the coact that belongs to its firmware.");
    }
}
