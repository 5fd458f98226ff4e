//! Runs an ONNX file with rten, and prints the milliseconds of the fastest run: `rten-bench FILE THREADS RUNS INPUT...`.
//!
//! THREADS 0 stands for as many as rten takes by itself. Each INPUT is four words: its name, f32 or i32, its lengths
//! with an x between them, and a file of its numbers, least byte first. models/bench/compare.py calls it.

use anyhow::{Context, Result, bail, ensure};
use rten::{ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::Tensor;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, threads, runs, inputs @ ..] = &words[..] else {
        bail!("rten-bench FILE THREADS RUNS [NAME KIND LENGTHS FILE]...");
    };
    let (threads, runs): (usize, usize) = (threads.parse()?, runs.parse()?);
    let model = ModelOptions::with_all_ops()
        .prepack_weights(true)
        .load_file(file)?;
    let given: Vec<(NodeId, Value)> = inputs
        .chunks(4)
        .map(|input| {
            let [name, kind, lengths, file] = input else {
                bail!("an input is four words")
            };
            Ok((
                model.node_id(name)?,
                read(kind, lengths, file).with_context(|| format!("input {name}"))?,
            ))
        })
        .collect::<Result<_>>()?;
    let pool = (threads > 0).then(|| Arc::new(ThreadPool::with_num_threads(threads)));
    let once = || -> Result<Duration> {
        let given: Vec<(NodeId, ValueOrView)> = given.iter().map(|(id, value)| (*id, value.into())).collect();
        let options = RunOptions::default().with_thread_pool(pool.clone());
        let begin = Instant::now();
        model.run(given, model.output_ids(), Some(options))?;
        Ok(begin.elapsed())
    };
    let mut least = Duration::MAX;
    for run in 0..3 + runs {
        let took = once()?;
        // The first three warm up.
        if run >= 3 {
            least = least.min(took);
        }
    }
    println!("{}", least.as_secs_f64() * 1e3);
    Ok(())
}

fn read(kind: &str, lengths: &str, file: &str) -> Result<Value> {
    let shape: Vec<usize> = lengths.split('x').map(str::parse).collect::<Result<_, _>>()?;
    let bytes = std::fs::read(file)?;
    ensure!(
        bytes.len() == 4 * shape.iter().product::<usize>(),
        "{file} has {} bytes",
        bytes.len()
    );
    let words = bytes
        .chunks_exact(4)
        .map(|word| [word[0], word[1], word[2], word[3]]);
    Ok(match kind {
        "f32" => Tensor::from_data(&shape, words.map(f32::from_le_bytes).collect::<Vec<_>>()).into(),
        "i32" => Tensor::from_data(&shape, words.map(i32::from_le_bytes).collect::<Vec<_>>()).into(),
        _ => bail!("{kind} is neither f32 nor i32"),
    })
}
