//! How alike two words sound, whatever their spelling: "cocoa", "Kuko" and "co-co" are "Coco".
//!
//! In: words as a transcriber of English writes them. Out: a likeness from 0 to 1. Spelling becomes a rough row of sounds by
//! the commonest rules of English, then two rows are compared sound by sound: sounds that differ only in voice (p and b),
//! in place (p and t) or in manner (b and m) are nearer than others, and vowels nearer still, because transcribers and
//! accents mix them up. It knows no word and no sound itself.

/// A consonant's place and manner of articulation and whether it is voiced; a vowel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    Vowel(char),
    Consonant(char),
}

/// What a word sounds like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sounds(Vec<Sound>);

/// Cost of another vowel, of one sound more or less that is easily swallowed (a vowel, h, r), and of any other.
const OTHER_VOWEL: f32 = 0.3;
const SWALLOWED: f32 = 0.5;
const MISSING: f32 = 0.9;

/// Spellings of more than one letter, the longest first: what they sound like.
const SPELLINGS: [(&str, &str); 34] = [
    ("tch", "C"),
    ("igh", "a"),
    ("sch", "S"),
    ("ch", "C"),
    ("sh", "S"),
    ("ph", "f"),
    ("th", "T"),
    ("ck", "k"),
    ("qu", "kw"),
    ("gh", "g"),
    ("wh", "w"),
    ("ng", "n"),
    ("dg", "J"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "si"),
    ("ge", "Je"),
    ("gi", "Ji"),
    ("ee", "i"),
    ("ea", "i"),
    ("ie", "i"),
    ("ey", "i"),
    ("oo", "u"),
    ("ou", "u"),
    ("ew", "u"),
    ("ai", "e"),
    ("ay", "e"),
    ("ei", "e"),
    ("oa", "o"),
    ("ow", "o"),
    ("oe", "o"),
    ("au", "o"),
    ("aw", "o"),
    ("ah", "a"),
];

impl Sounds {
    /// Of a word, or of several that may be one.
    #[must_use]
    pub fn of(text: &str) -> Sounds {
        let letters: String = text
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let mut rest = letters.as_str();
        for (silent, begins) in [("kn", "n"), ("wr", "r"), ("ps", "s")] {
            if let Some(after) = rest.strip_prefix(silent) {
                return Sounds::of(&format!("{begins}{after}"));
            }
        }
        // A last "e" is silent where a vowel stands before it: "mike".
        if let Some(before) = rest.strip_suffix('e')
            && before.contains(is_vowel)
            && !before.ends_with(is_vowel)
        {
            rest = before;
        }
        let mut sounds: Vec<Sound> = Vec::new();
        let mut push = |c: char| {
            let sound = match c {
                'a' | 'e' | 'i' | 'o' | 'u' => Sound::Vowel(c),
                'y' if sounds.is_empty() => Sound::Consonant('y'),
                'y' => Sound::Vowel('i'),
                'c' | 'q' => Sound::Consonant('k'),
                'j' => Sound::Consonant('J'),
                other => Sound::Consonant(other),
            };
            // Doubled letters are one sound.
            if sounds.last() != Some(&sound) {
                sounds.push(sound);
            }
        };
        while let Some(first) = rest.chars().next() {
            if let Some((spelled, said)) = SPELLINGS.iter().find(|(spelled, _)| rest.starts_with(spelled)) {
                said.chars().for_each(&mut push);
                rest = &rest[spelled.len()..];
                continue;
            }
            if first == 'x' {
                "ks".chars().for_each(&mut push);
            } else {
                push(first);
            }
            rest = &rest[first.len_utf8()..];
        }
        Sounds(sounds)
    }

    /// 1 where both sound the same, 0 where nothing is alike.
    #[must_use]
    pub fn likeness(&self, other: &Sounds) -> f32 {
        let longest = self.0.len().max(other.0.len());
        if longest == 0 {
            return 0.0;
        }
        // Nobody swallows what a word begins with.
        let gap = |at: usize, sound: &Sound| match sound {
            Sound::Vowel(_) => SWALLOWED,
            Sound::Consonant('h' | 'r') if at > 0 => SWALLOWED,
            Sound::Consonant(_) => MISSING,
        };
        let mut row = vec![0.0];
        for (n, sound) in other.0.iter().enumerate() {
            row.push(row[n] + gap(n, sound));
        }
        for (at, sound) in self.0.iter().enumerate() {
            let mut before = row[0];
            row[0] += gap(at, sound);
            for (n, heard) in other.0.iter().enumerate() {
                let changed = before + change(*sound, *heard);
                before = row[n + 1];
                row[n + 1] = changed.min(before + gap(at, sound)).min(row[n] + gap(n, heard));
            }
        }
        (1.0 - row[other.0.len()] / longest as f32).max(0.0)
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// Cost of one sound for another.
fn change(one: Sound, other: Sound) -> f32 {
    match (one, other) {
        _ if one == other => 0.0,
        (Sound::Vowel(_), Sound::Vowel(_)) => OTHER_VOWEL,
        (Sound::Consonant(one), Sound::Consonant(other)) => {
            let (Some(one), Some(other)) = (features(one), features(other)) else {
                return 1.0;
            };
            let differ = |differ: bool, cost: f32| if differ { cost } else { 0.0 };
            let cost = differ(one.0 != other.0, 0.6)
                + differ(one.1 != other.1, 0.5)
                + differ(one.2 != other.2, 0.25);
            cost.min(1.0)
        }
        _ => 1.0,
    }
}

/// Place, manner, voice.
fn features(consonant: char) -> Option<(u8, u8, bool)> {
    const LIPS: u8 = 0;
    const TEETH: u8 = 1;
    const PALATE: u8 = 2;
    const BACK: u8 = 3;
    const STOP: u8 = 0;
    const FRICATIVE: u8 = 1;
    const NASAL: u8 = 2;
    const LIQUID: u8 = 3;
    Some(match consonant {
        'p' => (LIPS, STOP, false),
        'b' => (LIPS, STOP, true),
        't' => (TEETH, STOP, false),
        'd' => (TEETH, STOP, true),
        'k' => (BACK, STOP, false),
        'g' => (BACK, STOP, true),
        'f' => (LIPS, FRICATIVE, false),
        'v' => (LIPS, FRICATIVE, true),
        'T' | 's' => (TEETH, FRICATIVE, false),
        'z' => (TEETH, FRICATIVE, true),
        'S' => (PALATE, FRICATIVE, false),
        'C' => (PALATE, STOP, false),
        'J' => (PALATE, STOP, true),
        'h' => (BACK, FRICATIVE, false),
        'm' => (LIPS, NASAL, true),
        'n' => (TEETH, NASAL, true),
        'l' => (TEETH, LIQUID, true),
        'r' => (PALATE, LIQUID, true),
        'w' => (LIPS, LIQUID, true),
        'y' => (PALATE, LIQUID, true),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sounds_alike_is_alike() {
        let check = |one: &str, other: &str, expect: std::ops::Range<f32>| {
            let likeness = Sounds::of(one).likeness(&Sounds::of(other));
            assert!(expect.contains(&likeness), "{one} and {other}: {likeness}");
            let back = Sounds::of(other).likeness(&Sounds::of(one));
            assert!(
                (likeness - back).abs() < 1e-5,
                "{one} and {other}: {likeness}, {back}"
            );
        };
        for (one, other) in [
            ("Coco", "coco"),
            ("Coco", "Koko"),
            ("Coco", "cocoa"),
            ("Phil", "fill"),
            ("Mike", "mic"),
            ("Knight", "night"),
            ("Jack", "jak"),
        ] {
            check(one, other, 0.99..1.01);
        }
        for (one, other) in [
            ("Coco", "Kuko"),
            ("Jarvis", "Jervis"),
            ("Bella", "Della"),
            ("Computer", "Computa"),
        ] {
            check(one, other, 0.8..1.0);
        }
        for (one, other) in [
            ("Coco", "go to"),
            ("Robot", "about"),
            ("Bella", "tell us"),
            ("Jarvis", "service"),
        ] {
            check(one, other, 0.3..0.8);
        }
        for (one, other) in [("Robot", "please"), ("Max", "")] {
            check(one, other, 0.0..0.5);
        }
    }
}
