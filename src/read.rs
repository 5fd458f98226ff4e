//! Text in, tag scores and embedding out.
