//! Measures what the models do on lines, pictures and recordings whose right answer is known.
//!
//! Input: marked data and a loaded model. Output: figures with intervals, as data that the command line prints. What is
//! measured is the shipped way from input to answer, decoder included; nothing here is used while the robot runs, and
//! nothing here changes a model or a threshold.

pub mod nlu;
pub mod plot;
pub mod stats;
