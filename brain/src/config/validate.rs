//! Is a robot described soundly? Finds every problem, not just the first.

use crate::config::{Camera, Listens, Names, Robot, VoiceEngine};
use crate::units::Degrees;
use firmware_bridge::message::MAX_OUTPUTS;
use std::collections::BTreeMap;
use std::fmt;

/// One thing wrong with a `robot.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, got {got}; {remedy}")]
pub struct Problem {
    /// Where: `gripper.width_m`, `thing[2] (red_cup).place`.
    pub path: String,
    /// What should stand there.
    pub expected: String,
    /// What stands there.
    pub got: String,
    /// What to do about it.
    pub remedy: String,
}

/// Longest name of an output, as the board may describe it.
const MAX_OUTPUT_NAME: usize = 12;

impl Robot {
    /// Everything that is wrong with this description; empty when it is sound.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut check = Check { problems: Vec::new() };
        check.whole(self);
        check.problems
    }
}

/// The known name that is spelt most like `name`, where one is near enough to be meant (Damerau-Levenshtein).
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|k| {
            (
                strsim::normalized_damerau_levenshtein(&name, &k.to_lowercase()),
                k,
            )
        })
        .filter(|(alike, _)| *alike >= 0.5)
        // Of equals the first, so that the order of the file decides and not chance.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(b) if b.0 >= next.0 => Some(b),
            _ => Some(next),
        })
        .map(|(_, k)| k)
}

struct Check {
    problems: Vec<Problem>,
}

impl Check {
    fn wrong(
        &mut self,
        path: impl Into<String>,
        expected: impl Into<String>,
        got: impl fmt::Display,
        remedy: impl Into<String>,
    ) {
        self.problems.push(Problem {
            path: path.into(),
            expected: expected.into(),
            got: got.to_string(),
            remedy: remedy.into(),
        });
    }

    fn range(&mut self, path: &str, value: f32, low: f32, high: f32, unit: &str) {
        if !(value.is_finite() && value >= low && value <= high) {
            self.wrong(
                path,
                format!("{low} to {high}{unit}"),
                value,
                "write a number within these limits",
            );
        }
    }

    fn whole(&mut self, robot: &Robot) {
        if robot.name.trim().is_empty() {
            self.wrong(
                "name",
                "what people call the robot",
                "nothing",
                "write for example name = \"Coco\"",
            );
        }
        for (i, word) in robot.wake.iter().enumerate() {
            if word.trim().is_empty() || word.to_lowercase() != *word {
                self.wrong(
                    format!("wake[{i}]"),
                    "a word in lower case",
                    format!("{word:?}"),
                    "write it in lower case",
                );
            }
        }
        for (path, value) in [("start.x", robot.start.x), ("start.y", robot.start.y)] {
            self.range(path, value, -1000.0, 1000.0, " m");
        }
        self.parts(robot);
        self.talk(robot);
        self.outputs(robot);
        self.map(robot);
        self.policy(robot);
    }

    fn parts(&mut self, robot: &Robot) {
        if robot.board.port.trim().is_empty() {
            self.wrong(
                "board.port",
                "a device or \"sim\"",
                "nothing",
                "write for example port = \"/dev/ttyACM0\"",
            );
        }
        const BAUDS: [u32; 8] = [9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];
        if !BAUDS.contains(&robot.board.baud) {
            self.wrong(
                "board.baud",
                format!("one of {BAUDS:?}"),
                robot.board.baud,
                "use the speed of the firmware, 115200 as shipped",
            );
        }
        if let Some(camera) = &robot.camera {
            self.camera(camera);
        }
        if let Some(base) = &robot.base {
            self.range("base.max_speed_mps", base.max_speed_mps.0, 0.01, 3.0, " m/s");
            self.range("base.max_accel_mps2", base.max_accel_mps2, 0.01, 10.0, " m/s²");
            self.range(
                "base.max_turn_dps",
                base.max_turn_dps.0,
                1.0,
                360.0,
                " degrees a second",
            );
            self.range("base.stop_distance_m", base.stop_distance_m.0, 0.0, 3.0, " m");
        }
        if let Some(head) = &robot.head {
            self.angles("head.pan_range_deg", head.pan_range_deg, 180.0);
            self.angles("head.tilt_range_deg", head.tilt_range_deg, 90.0);
        }
        if let Some(gripper) = &robot.gripper {
            self.range("gripper.reach_m", gripper.reach_m.0, 0.05, 2.0, " m");
            let [narrow, wide] = gripper.width_m;
            if !(narrow.0 >= 0.0 && narrow.0 < wide.0 && wide.0 <= 1.0) {
                self.wrong(
                    "gripper.width_m",
                    "the narrowest and the widest opening, 0 to 1 m, in this order",
                    format!("[{}, {}]", narrow.0, wide.0),
                    "write for example width_m = [0.0, 0.1]",
                );
            }
            let [low, high] = gripper.height_m;
            if !(low.0 <= high.0 && low.0 >= -0.1 && high.0 <= 3.0) {
                self.wrong(
                    "gripper.height_m",
                    "the lowest and the highest height it reaches, in this order",
                    format!("[{}, {}]", low.0, high.0),
                    "write for example height_m = [0.0, 1.2]",
                );
            }
            self.range("gripper.max_load_kg", gripper.max_load_kg, 0.001, 100.0, " kg");
        }
    }

    fn talk(&mut self, robot: &Robot) {
        if let Some(microphone) = &robot.microphone {
            if microphone.device.trim().is_empty() {
                self.wrong(
                    "microphone.device",
                    "a device as the recording program names it",
                    "nothing",
                    "write device = \"default\" for the system's",
                );
            }
            self.range(
                "microphone.rate",
                microphone.rate as f32,
                8_000.0,
                192_000.0,
                " samples a second",
            );
            self.range(
                "microphone.channels",
                f32::from(microphone.channels),
                1.0,
                16.0,
                "",
            );
            self.range(
                "microphone.attention_ms",
                microphone.attention_ms as f32,
                0.0,
                600_000.0,
                " ms",
            );
            if microphone.listens == Listens::Wake && robot.wake.is_empty() && robot.name.trim().is_empty() {
                self.wrong(
                    "microphone.listens",
                    "a name or a wake word to listen for",
                    "none",
                    "write for example wake = [\"robot\"], or listens = \"always\"",
                );
            }
        }
        let (voice, wyoming) = (robot.voice.clone().unwrap_or_default(), &robot.wyoming);
        if voice.engine == VoiceEngine::Program && voice.program.is_empty() {
            self.wrong(
                "voice.program",
                "the command line that speaks its standard input",
                "nothing",
                "write for example program = [\"espeak-ng\", \"--stdin\"]",
            );
        }
        if voice.engine == VoiceEngine::Piper && voice.name.is_none() {
            self.wrong(
                "voice.name",
                "the file of a piper voice",
                "nothing",
                "write for example name = \"/usr/share/piper/en_US-lessac-low.onnx\"",
            );
        }
        if voice.engine == VoiceEngine::Wyoming && wyoming.tts.is_none() {
            self.wrong(
                "wyoming.tts",
                "the address of the service that speaks",
                "nothing",
                "write for example tts = \"127.0.0.1:10200\"",
            );
        }
        if let Some(listen) = wyoming.listen
            && !listen.ip().is_loopback()
            && wyoming.token_file.is_none()
        {
            self.wrong(
                "wyoming.listen",
                "an address of this computer alone",
                listen,
                "use 127.0.0.1, or name a token_file: clients on other computers must have a token",
            );
        }
    }

    fn camera(&mut self, camera: &Camera) {
        if camera.source.trim().is_empty() {
            self.wrong(
                "camera.source",
                "a device, a folder of images, or \"sim\"",
                "nothing",
                "write for example source = \"/dev/video0\"",
            );
        }
        self.range("camera.width", camera.width as f32, 16.0, 8192.0, " pixels");
        self.range("camera.height", camera.height as f32, 16.0, 8192.0, " pixels");
        self.range("camera.hfov_deg", camera.hfov_deg.0, 5.0, 175.0, " degrees");
        self.range("camera.height_m", camera.height_m.0, 0.0, 3.0, " m");
        self.range("camera.tilt_deg", camera.tilt_deg.0, -90.0, 90.0, " degrees");
        self.range(
            "camera.max_age_ms",
            camera.max_age_ms as f32,
            50.0,
            10_000.0,
            " ms",
        );
    }

    fn angles(&mut self, path: &str, [low, high]: [Degrees; 2], limit: f32) {
        if !(low.0 <= high.0 && low.0 >= -limit && high.0 <= limit) {
            self.wrong(
                path,
                format!("lowest and highest angle within ±{limit} degrees, in this order"),
                format!("[{}, {}]", low.0, high.0),
                "write for example [-90, 90]",
            );
        }
    }

    fn outputs(&mut self, robot: &Robot) {
        let mut used: BTreeMap<&str, String> = BTreeMap::new();
        let mut all: Vec<(String, &str)> = Vec::new();
        if let Some(base) = &robot.base {
            all.push(("base.output".into(), &base.output));
        }
        if let Some(head) = &robot.head {
            all.push(("head.pan".into(), &head.pan));
            if let Some(tilt) = &head.tilt {
                all.push(("head.tilt".into(), tilt));
            }
        }
        if let Some(gripper) = &robot.gripper {
            all.push(("gripper.output".into(), &gripper.output));
        }
        for (i, switch) in robot.switch.iter().enumerate() {
            all.push((format!("switch[{i}].output"), &switch.output));
        }
        for (path, name) in &all {
            if name.is_empty()
                || name.len() > MAX_OUTPUT_NAME
                || !name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            {
                self.wrong(
                    path,
                    format!("1 to {MAX_OUTPUT_NAME} of a-z, 0-9 and _"),
                    format!("{name:?}"),
                    "use the name that the firmware gives this output",
                );
            }
            if let Some(other) = used.insert(name, path.clone()) {
                self.wrong(
                    path,
                    format!("an output that {other} does not use already"),
                    format!("{name:?}"),
                    "give each part an output of its own",
                );
            }
        }
        if all.len() > MAX_OUTPUTS {
            self.wrong(
                "outputs",
                format!("at most {MAX_OUTPUTS} outputs in all"),
                all.len(),
                "remove some: a board describes no more",
            );
        }
    }

    fn map(&mut self, robot: &Robot) {
        let mut ids: BTreeMap<&str, String> = BTreeMap::new();
        let entries = robot
            .place
            .iter()
            .enumerate()
            .map(|(i, p)| (format!("place[{i}]"), p.id.as_str()))
            .chain(
                robot
                    .waypoint
                    .iter()
                    .enumerate()
                    .map(|(i, w)| (format!("waypoint[{i}]"), w.id.as_str())),
            )
            .chain(
                robot
                    .thing
                    .iter()
                    .enumerate()
                    .map(|(i, t)| (format!("thing[{i}]"), t.id.as_str())),
            )
            .chain(
                robot
                    .person
                    .iter()
                    .enumerate()
                    .map(|(i, p)| (format!("person[{i}]"), p.id.as_str())),
            );
        for (path, id) in entries {
            if id.trim().is_empty() {
                self.wrong(format!("{path}.id"), "a unique name", "nothing", "give it an id");
            } else if let Some(other) = ids.insert(id, path.clone()) {
                self.wrong(
                    format!("{path}.id"),
                    format!("a name that {other} does not have already"),
                    format!("{id:?}"),
                    "rename one of the two",
                );
            }
        }
        let nodes: Vec<&str> = robot
            .place
            .iter()
            .map(|p| p.id.as_str())
            .chain(robot.waypoint.iter().map(|w| w.id.as_str()))
            .collect();
        let links = robot
            .place
            .iter()
            .map(|p| (&p.id, &p.connects))
            .chain(robot.waypoint.iter().map(|w| (&w.id, &w.connects)));
        for (id, connects) in links {
            for to in connects {
                self.known(&format!("{id}.connects"), to, &nodes, "place or waypoint");
            }
        }
        for (i, place) in robot.place.iter().enumerate() {
            let path = format!("place[{i}] ({})", place.id);
            self.range(&format!("{path}.x"), place.x, -1000.0, 1000.0, " m");
            self.range(&format!("{path}.y"), place.y, -1000.0, 1000.0, " m");
            self.range(&format!("{path}.radius_m"), place.radius_m.0, 0.05, 100.0, " m");
            self.names(&path, &place.names);
        }
        self.things(robot);
        for (i, person) in robot.person.iter().enumerate() {
            self.names(&format!("person[{i}] ({})", person.id), &person.names);
        }
        let speakers: Vec<&str> = robot
            .person
            .iter()
            .filter(|p| p.speaker)
            .map(|p| p.id.as_str())
            .collect();
        if speakers.len() > 1 {
            self.wrong(
                "person",
                "at most one with speaker = true",
                speakers.join(", "),
                "keep it for the one who mostly speaks",
            );
        }
    }

    fn things(&mut self, robot: &Robot) {
        let places: Vec<&str> = robot.place.iter().map(|p| p.id.as_str()).collect();
        let things: Vec<&str> = robot.thing.iter().map(|t| t.id.as_str()).collect();
        let switches: Vec<&str> = robot.switch.iter().map(|s| s.output.as_str()).collect();
        for (i, thing) in robot.thing.iter().enumerate() {
            let path = format!("thing[{i}] ({})", thing.id);
            if thing.class.trim().is_empty() {
                self.wrong(
                    format!("{path}.class"),
                    "what it is, as the detector calls it",
                    "nothing",
                    "write for example class = \"cup\"",
                );
            }
            if let Some(place) = &thing.place {
                self.known(&format!("{path}.place"), place, &places, "place");
            }
            if let Some(on) = &thing.on {
                self.known(&format!("{path}.on"), on, &things, "thing");
                if *on == thing.id {
                    self.wrong(
                        format!("{path}.on"),
                        "another thing",
                        format!("{on:?}"),
                        "a thing cannot stand on itself",
                    );
                }
            }
            if let Some(device) = &thing.device {
                self.known(&format!("{path}.device"), device, &switches, "[[switch]] output");
            }
            if let Some(at) = thing.at
                && !at.iter().all(|v| v.is_finite() && v.abs() <= 1000.0)
            {
                self.wrong(
                    format!("{path}.at"),
                    "[x, y, height] in metres",
                    format!("{at:?}"),
                    "write for example at = [3.0, 1.0, 0.8]",
                );
            }
            if let Some(width) = thing.width_m {
                self.range(&format!("{path}.width_m"), width.0, 0.001, 5.0, " m");
            }
            if let Some(weight) = thing.weight_kg {
                self.range(&format!("{path}.weight_kg"), weight, 0.0, 1000.0, " kg");
            }
            self.names(&path, &thing.names);
        }
    }

    fn names(&mut self, path: &str, names: &Names) {
        for (lang, names) in names {
            if lang.len() != 2 || !lang.bytes().all(|b| b.is_ascii_lowercase()) {
                self.wrong(
                    format!("{path}.names"),
                    "language codes of two letters (en, it, zh)",
                    format!("{lang:?}"),
                    "use the ISO 639-1 code",
                );
            }
            if names.iter().any(|n| n.trim().is_empty()) {
                self.wrong(
                    format!("{path}.names.{lang}"),
                    "names",
                    "an empty one",
                    "remove it",
                );
            }
        }
    }

    fn known(&mut self, path: &str, id: &str, known: &[&str], what: &str) {
        if !known.contains(&id) {
            let remedy = match nearest(id, known.iter().copied()) {
                Some(near) => format!("did you mean {near:?}?"),
                None if known.is_empty() => format!("describe one first; there is no {what} yet"),
                None => format!("use one of {}", known.join(", ")),
            };
            self.wrong(path, format!("the name of a {what}"), format!("{id:?}"), remedy);
        }
    }

    fn policy(&mut self, robot: &Robot) {
        let policy = &robot.policy;
        self.range("policy.max_speed_mps", policy.max_speed_mps.0, 0.01, 3.0, " m/s");
        self.range(
            "policy.max_speed_holding_mps",
            policy.max_speed_holding_mps.0,
            0.01,
            3.0,
            " m/s",
        );
        self.range(
            "policy.slow_speed_mps",
            policy.slow_speed_mps.0,
            0.01,
            1.0,
            " m/s",
        );
        self.range(
            "policy.max_distance_m",
            policy.max_distance_m.0,
            0.1,
            1000.0,
            " m",
        );
        self.range(
            "policy.confirm_distance_m",
            policy.confirm_distance_m.0,
            0.0,
            1000.0,
            " m",
        );
        self.range("policy.min_battery", policy.min_battery, 0.0, 0.9, "");
        self.range(
            "policy.max_telemetry_age_ms",
            policy.max_telemetry_age_ms as f32,
            50.0,
            2000.0,
            " ms",
        );
        self.range(
            "policy.question_timeout_ms",
            policy.question_timeout_ms as f32,
            1000.0,
            600_000.0,
            " ms",
        );
        if !(policy.person_stop_m.0 > 0.0 && policy.person_stop_m.0 < policy.person_slow_m.0) {
            self.wrong(
                "policy.person_stop_m",
                "more than 0 and less than person_slow_m",
                policy.person_stop_m.0,
                "the robot must slow down before it stops",
            );
        }
        for (i, zone) in policy.zone.iter().enumerate() {
            if !(zone.min[0] < zone.max[0] && zone.min[1] < zone.max[1]) {
                self.wrong(
                    format!("policy.zone[{i}] ({})", zone.name),
                    "min below and left of max",
                    format!("min {:?}, max {:?}", zone.min, zone.max),
                    "swap the corners",
                );
            }
        }
        let names = policy
            .confirm
            .iter()
            .map(|c| &c.name)
            .chain(policy.hazardous_pair.iter().map(|p| &p.name));
        let mut seen = BTreeMap::new();
        for name in names {
            if name.trim().is_empty() || seen.insert(name, ()).is_some() {
                self.wrong(
                    "policy",
                    "rules with unique names",
                    format!("{name:?}"),
                    "verdicts name the rule: give each its own",
                );
            }
        }
        for (i, rule) in policy.confirm.iter().enumerate() {
            if rule.skill.is_none() && rule.class.is_none() && rule.hazard.is_none() {
                self.wrong(
                    format!("policy.confirm[{i}] ({})", rule.name),
                    "a skill, a class or a hazard",
                    "none of them",
                    "say what needs a yes",
                );
            }
        }
    }
}
