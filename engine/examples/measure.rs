//! Runs one ONNX file without the rest of coact: for boards and emulators that only this crate is built for.
//!
//! ```text
//! cargo run --release -p engine --example measure -- FILE [RUNS] [--stock] [--length N] [--input IN.npz] [--output OUT.npz] [--nodes N] [--bare]
//! ```
//!
//! Prints the least and the middle time of RUNS runs (10), then operators and the N dearest nodes. With --bare it does
//! nothing but load and RUNS runs, for an instruction counter: what 0 runs cost is to be taken off.

use engine::{Lengths, Model, npz};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let file = words.next().ok_or("an ONNX file is expected")?;
    let (mut runs, mut stock, mut bare, mut length, mut nodes) = (10, false, false, 16, 0);
    let (mut input, mut output) = (None, None);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("a value is expected after {word}"));
        match word.as_str() {
            "--stock" => stock = true,
            "--bare" => bare = true,
            "--length" => length = value()?.parse()?,
            "--nodes" => nodes = value()?.parse()?,
            "--input" => input = Some(value()?),
            "--output" => output = Some(value()?),
            number => runs = number.parse()?,
        }
    }
    let path = Path::new(&file);
    let model = if stock {
        Model::open_stock(path)
    } else {
        Model::open(path)
    }?;
    let inputs = match input {
        Some(input) => npz::read(Path::new(&input))?,
        None => model.trial(&Lengths::all(length))?,
    };
    if bare {
        for _ in 0..runs {
            let inputs = inputs.iter().map(|(name, array)| (name.as_str(), array.clone()));
            model.run(inputs.collect())?;
        }
        return Ok(());
    }
    let bench = model.bench(&inputs, runs, || {})?;
    if let Some(output) = output {
        npz::write(Path::new(&output), bench.outputs.iter())?;
    }
    println!(
        "least {:?}, middle {:?}",
        bench.quantile(0.0),
        bench.quantile(0.5)
    );
    for op in bench.ops.iter().take(if nodes > 0 { 30 } else { 12 }) {
        println!(
            "{:>10.1} us {:5.1} % {:4} {}",
            op.time.as_secs_f64() * 1e6,
            op.share * 100.0,
            op.count,
            op.name
        );
    }
    for node in bench.nodes.iter().take(nodes) {
        println!(
            "{:>10.1} us {} {} {}",
            node.time.as_secs_f64() * 1e6,
            node.op,
            node.name,
            node.gives
        );
    }
    Ok(())
}
