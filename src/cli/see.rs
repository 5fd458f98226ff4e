//! `coact see`: looks at picture files and says what is in them.

use super::{Exit, Global};
use anyhow::{Context, bail};
use brain::message::Detection;
use brain::units::{Radians, Score};
use coact::report::see::Sight;
use coact::see::annotate::annotate;
use coact::see::lens::USUAL_VIEW_DEGREES;
use coact::see::picture::{self, Picture};
use coact::see::{Detector, Lens, Seen};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Arguments of `coact see`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Pictures to look at (JPEG or PNG)
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Draw what was found onto a copy: a .png or .jpg file, or a folder when there are several pictures
    #[arg(long, value_name = "OUT")]
    annotate: Option<PathBuf>,
    /// Another detector: an ONNX file, its folder, or the name of an installed one
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Horizontal field of view of the camera that took the pictures, in degrees
    #[arg(long, value_name = "DEGREES", default_value_t = USUAL_VIEW_DEGREES, value_parser = degrees)]
    view: f32,
    /// Report only what scores at least this, 0 to 1 [default: the model's own threshold]
    #[arg(long, value_name = "SCORE", value_parser = share)]
    min_score: Option<f32>,
}

/// Runs `coact see`.
pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let out = args
        .annotate
        .as_deref()
        .map(|out| Out::new(out, args.images.len()))
        .transpose()?;
    let folders = super::installed(global);
    let mut detector = Detector::named(&folders, args.model.as_deref(), Path::new(""))?;
    if let Some(score) = args.min_score {
        detector = detector.at_least(Score(score));
    }
    let lens = Lens {
        view: Radians::from_degrees(args.view),
        ..Lens::default()
    };
    let mut failed = false;
    for (index, path) in args.images.iter().enumerate() {
        let done = look(&detector, &lens, path, global.json).and_then(|(picture, seen)| match &out {
            Some(out) => out.write(index, path, &annotate(&picture, &seen.detections)),
            None => Ok(()),
        });
        if let Err(error) = done {
            // A reader that went away ends the command; a bad picture does not keep the others from being looked at.
            if error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
            {
                return Err(error);
            }
            anstream::eprintln!("coact: {}", super::told(&error));
            failed = true;
        }
    }
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn look(detector: &Detector, lens: &Lens, path: &Path, json: bool) -> anyhow::Result<(Picture, Seen)> {
    use std::io::Write;
    let begin = Instant::now();
    let picture = picture::read(path).with_context(|| path.display().to_string())?;
    let read = begin.elapsed();
    let seen = detector
        .look(&picture, lens)
        .with_context(|| path.display().to_string())?;
    let mut stdout = anstream::stdout().lock();
    if json {
        let sight = Sight::new(path.display().to_string(), &seen, read);
        writeln!(stdout, "{}", serde_json::to_string(&sight)?)?;
    } else {
        write!(stdout, "{}", text(path, &seen, read))?;
    }
    Ok((picture, seen))
}

fn text(path: &Path, seen: &Seen, read: Duration) -> String {
    let (width, height) = seen.size;
    let times = seen.times;
    let ms = (read + times.prepare + times.network + times.decode).as_secs_f64() * 1e3;
    let count = match seen.detections.len() {
        0 => "nothing found".to_owned(),
        1 => "1 object".to_owned(),
        n => format!("{n} objects"),
    };
    let mut text = format!("{}  {width} x {height}  {count}  {ms:.0} ms\n", path.display());
    for one in &seen.detections {
        text += &line(one);
    }
    text
}

fn line(one: &Detection) -> String {
    let bold = anstyle::Style::new().bold();
    let toward = |angle: Radians, positive, negative| {
        let degrees = angle.degrees().round();
        format!(
            "{:.0}° {}",
            degrees.abs(),
            if degrees < 0.0 { negative } else { positive }
        )
    };
    let range = one
        .range
        .map_or(String::new(), |range| format!("  about {:.1} m", range.0));
    let line = format!(
        "  {bold}{:<14}{bold:#} {:.2}  {:<9} {:<8}  {}{range}",
        one.label,
        one.score.0,
        toward(one.bearing, "left", "right"),
        toward(one.elevation, "up", "down"),
        one.colors.join(", "),
    );
    line.trim_end().to_owned() + "\n"
}

/// Where annotated pictures go.
enum Out {
    File(PathBuf),
    Folder(PathBuf),
}

impl Out {
    /// Decided before anything is looked at, so that a wrong path costs no time.
    fn new(out: &Path, pictures: usize) -> anyhow::Result<Self> {
        let named = out.extension().is_some_and(|end| {
            ["png", "jpg", "jpeg"]
                .iter()
                .any(|known| end.eq_ignore_ascii_case(known))
        });
        if !out.is_dir() && named {
            if pictures > 1 {
                bail!(
                    "--annotate {}: one file for {pictures} pictures; give a folder",
                    out.display()
                );
            }
            return Ok(Out::File(out.to_owned()));
        }
        if !out.is_dir() && out.extension().is_some() {
            bail!(
                "--annotate {}: annotated pictures are written as .png or .jpg",
                out.display()
            );
        }
        std::fs::create_dir_all(out)
            .with_context(|| format!("--annotate {}: cannot make the folder", out.display()))?;
        Ok(Out::Folder(out.to_owned()))
    }

    fn write(&self, index: usize, source: &Path, picture: &Picture) -> anyhow::Result<()> {
        let path = match self {
            Out::File(path) => path.clone(),
            Out::Folder(folder) => {
                let stem = source.file_stem().unwrap_or(source.as_os_str()).to_string_lossy();
                // Pictures of one name from several folders shall not overwrite each other.
                let plain = folder.join(format!("{stem}.png"));
                if index > 0 && plain.exists() {
                    folder.join(format!("{stem}-{}.png", index + 1))
                } else {
                    plain
                }
            }
        };
        picture
            .save(&path)
            .with_context(|| format!("{}: cannot write the annotated picture", path.display()))
    }
}

fn degrees(text: &str) -> Result<f32, String> {
    between(text, 10.0, 170.0)
}

fn share(text: &str) -> Result<f32, String> {
    between(text, 0.0, 1.0)
}

fn between(text: &str, least: f32, most: f32) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|v| (least..=most).contains(v))
        .ok_or(format!("a number from {least} to {most} was expected"))
}
