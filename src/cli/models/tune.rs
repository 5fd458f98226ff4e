//! `coact models tune`: measures the variants of each model on this board and keeps the fastest whose answers hold.
//!
//! A text model answers the lines of its `golden.jsonl` (or, without that file, must read as it does as shipped); a
//! detector must find on the demo's photos what it finds as shipped. Variants take turns, and of each line or photo the
//! fastest of several runs counts, so that what else the board does meets all of them.

use super::{Exit, Global};
use crate::cli::bench::board::TEXTS;
use crate::cli::bench::{Progress, ms};
use anstyle::Style;
use brain::message::{Detection, MapItem, Tags};
use coact::read::Reader;
use coact::report::map::MapThing;
use coact::see::boxes::Rect;
use coact::see::{Detector, Lens, picture};
use coact::sim::camera::BUILT_IN;
use engine::tune::{Choices, LEAST_AGREEMENT, Measured, Variant};
use engine::{Folders, Kind, Manifest};
use serde::Serialize;
use std::io::Write;
use std::time::{Duration, Instant};

/// How often each variant meets each line or photo.
const ROUNDS: usize = 5;

/// What is told of one model.
#[derive(Serialize)]
struct Told<'a> {
    model: &'a str,
    chosen: Variant,
    measured: &'a [Measured],
}

/// Runs `coact models tune`.
pub fn run(global: &Global) -> anyhow::Result<Exit> {
    let state = global.state_folder();
    let mut choices = Choices::read(&state);
    let bold = Style::new().bold();
    let mut out = anstream::stdout().lock();
    for manifest in Folders::new(global.models.as_deref(), None).all()?.into_values() {
        let manifest = manifest?;
        let variants = Variant::of(&manifest);
        let measured = match manifest.kind {
            Kind::Text => texts(&manifest, &variants)?,
            Kind::Detector => photos(&manifest, &variants)?,
            // Hearing runs as shipped.
            Kind::Speech | Kind::Voice => continue,
        };
        let chosen = choices.choose(&manifest, measured.clone());
        if global.json {
            let told = Told {
                model: &manifest.name,
                chosen,
                measured: &measured,
            };
            serde_json::to_writer(&mut out, &told)?;
            writeln!(out)?;
            continue;
        }
        writeln!(out, "{bold}{}{bold:#}", manifest.name)?;
        for one in &measured {
            let mark = if one.variant == chosen { "*" } else { " " };
            let holds = if one.agreement < LEAST_AGREEMENT {
                "  its answers do not hold"
            } else {
                ""
            };
            writeln!(
                out,
                "{mark} {:<8} {:>8.2} ms  {:>5.1} % of the answers{holds}",
                one.variant.name(),
                one.ms,
                one.agreement * 100.0
            )?;
        }
    }
    let path = choices.write(&state)?;
    if !global.json {
        writeln!(
            out,
            "\nkept in {}; coact runs the models marked * from now on",
            path.display()
        )?;
    }
    Ok(Exit::Done)
}

/// The manifest with another variant chosen.
fn with(manifest: &Manifest, variant: Variant) -> Manifest {
    Manifest {
        variant,
        ..manifest.clone()
    }
}

/// Runs each variant on each of `count` things, in turns, and gives the fastest times.
fn fastest(
    name: &str,
    variants: usize,
    count: usize,
    mut run: impl FnMut(usize, usize) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<f64>> {
    let mut progress = Progress::new(name, ROUNDS * variants * count);
    let mut best = vec![vec![Duration::MAX; count]; variants];
    for _ in 0..ROUNDS {
        for (variant, best) in best.iter_mut().enumerate() {
            for (thing, best) in best.iter_mut().enumerate() {
                let begin = Instant::now();
                run(variant, thing)?;
                *best = begin.elapsed().min(*best);
                progress.step();
            }
        }
    }
    let mean = |times: &Vec<Duration>| ms(times.iter().sum::<Duration>() / count.max(1) as u32);
    Ok(best.iter().map(mean).collect())
}

fn measured(variants: &[Variant], times: &[f64], agreements: &[f64]) -> Vec<Measured> {
    let each = variants.iter().zip(times).zip(agreements);
    each.map(|((&variant, &ms), &agreement)| Measured {
        variant,
        ms,
        agreement,
    })
    .collect()
}

// --- text -----------------------------------------------------------------------------------------------------------

/// What a line must give, as places of the largest logits: the first word's frame, the last word's role for it, the act
/// and the language.
type Marks = [usize; 4];

struct Case {
    text: String,
    map: Vec<MapItem>,
    expect: Option<Marks>,
}

fn texts(manifest: &Manifest, variants: &[Variant]) -> anyhow::Result<Vec<Measured>> {
    let readers = variants
        .iter()
        .map(|&variant| Reader::open(&with(manifest, variant)))
        .collect::<Result<Vec<_>, _>>()?;
    let mut cases = golden(manifest);
    if cases.is_empty() {
        for text in TEXTS {
            let expect = Some(marks(&readers[0], &readers[0].read(text, None)?));
            let (text, map) = (text.to_owned(), Vec::new());
            cases.push(Case { text, map, expect });
        }
    }
    let mut right = vec![0; readers.len()];
    for (reader, right) in readers.iter().zip(&mut right) {
        for case in &cases {
            let tags = reader.read(&case.text, Some(&case.map))?;
            *right += usize::from(Some(marks(reader, &tags)) == case.expect);
        }
    }
    let agreements: Vec<f64> = right
        .iter()
        .map(|&right| right as f64 / cases.len() as f64)
        .collect();
    let times = fastest(&manifest.name, readers.len(), cases.len(), |variant, case| {
        let case = &cases[case];
        readers[variant].read(&case.text, Some(&case.map))?;
        Ok(())
    })?;
    Ok(measured(variants, &times, &agreements))
}

/// The lines of the model's `golden.jsonl` that can be used; none when there is no such file.
fn golden(manifest: &Manifest) -> Vec<Case> {
    let text = std::fs::read_to_string(manifest.path("golden.jsonl")).unwrap_or_default();
    let case = |line: &str| {
        let mut value: serde_json::Value = serde_json::from_str(line).ok()?;
        let map: Option<Vec<MapThing>> = serde_json::from_value(value["map"].take()).ok()?;
        let logits = |name: &str| -> Option<usize> {
            let numbers = value["logits"][name].as_array()?;
            let numbers: Vec<f32> = numbers
                .iter()
                .filter_map(|number| Some(number.as_f64()? as f32))
                .collect();
            Some(largest(&numbers))
        };
        Some(Case {
            text: value["text"].as_str()?.to_owned(),
            map: map.unwrap_or_default().into_iter().map(MapItem::from).collect(),
            expect: Some([
                logits("frames_0")?,
                logits("roles_0_last")?,
                logits("acts")?,
                logits("langs")?,
            ]),
        })
    };
    text.lines().filter_map(case).collect()
}

fn marks(reader: &Reader, tags: &Tags) -> Marks {
    let labels = reader.labels();
    let (frames, roles) = (labels.frames.len(), 1 + 2 * labels.roles.len());
    let last = tags.words.len().saturating_sub(1) * roles;
    [
        largest(&tags.frames[..frames.min(tags.frames.len())]),
        largest(tags.roles.get(last..last + roles).unwrap_or_default()),
        largest(&tags.acts),
        largest(&tags.langs),
    ]
}

fn largest(numbers: &[f32]) -> usize {
    let best = numbers.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(index, _)| index)
}

// --- pictures -------------------------------------------------------------------------------------------------------

fn photos(manifest: &Manifest, variants: &[Variant]) -> anyhow::Result<Vec<Measured>> {
    let detectors = variants
        .iter()
        .map(|&variant| Detector::load(&with(manifest, variant)))
        .collect::<Result<Vec<_>, _>>()?;
    let pictures = BUILT_IN
        .iter()
        .map(|(_, bytes)| picture::decode(bytes))
        .collect::<Result<Vec<_>, _>>()?;
    let lens = Lens::default();
    let mut agreements = Vec::new();
    for detector in &detectors {
        let (mut same, mut all) = (0, 0);
        for picture in &pictures {
            let expect = detectors[0].look(picture, &lens)?.detections;
            let came = detector.look(picture, &lens)?.detections;
            same += 2 * matches(&expect, &came);
            all += expect.len() + came.len();
        }
        agreements.push(if all == 0 {
            1.0
        } else {
            f64::from(same) / all as f64
        });
    }
    let times = fastest(
        &manifest.name,
        detectors.len(),
        pictures.len(),
        |variant, picture| {
            detectors[variant].look(&pictures[picture], &lens)?;
            Ok(())
        },
    )?;
    Ok(measured(variants, &times, &agreements))
}

/// How many of what was expected came: of the same label, and nine tenths of both boxes together covered by both.
fn matches(expect: &[Detection], came: &[Detection]) -> u32 {
    const OVERLAP: f32 = 0.9;
    let rect = |one: &Detection| {
        let [x, y, w, h] = one.bbox;
        Rect { x, y, w, h }
    };
    let mut left: Vec<&Detection> = came.iter().collect();
    let mut count = 0;
    for one in expect {
        let same = left
            .iter()
            .position(|other| other.label == one.label && rect(one).overlap(rect(other)) >= OVERLAP);
        if let Some(index) = same {
            left.swap_remove(index);
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use brain::units::{Radians, Score};

    fn seen(label: &str, x: f32) -> Detection {
        Detection {
            label: label.to_owned(),
            score: Score(0.5),
            bbox: [x, 0.0, 100.0, 100.0],
            colors: Vec::new(),
            bearing: Radians(0.0),
            elevation: Radians(0.0),
            range: None,
        }
    }

    #[test]
    fn only_the_same_thing_at_the_same_place_matches() {
        let cup = || vec![seen("cup", 0.0), seen("cup", 200.0)];
        assert_eq!(matches(&cup(), &cup()), 2);
        assert_eq!(matches(&cup(), &[seen("cup", 2.0)]), 1);
        assert_eq!(matches(&cup(), &[seen("cup", 50.0)]), 0);
        assert_eq!(matches(&cup(), &[seen("bowl", 0.0)]), 0);
        // One thing does not stand for two.
        assert_eq!(
            matches(&[seen("cup", 0.0), seen("cup", 1.0)], &[seen("cup", 0.0)]),
            1
        );
    }

    #[test]
    fn the_largest_logit_counts() {
        assert_eq!(largest(&[0.5, -1.0, 2.0, 1.0]), 2);
        assert_eq!(largest(&[]), 0);
    }
}
