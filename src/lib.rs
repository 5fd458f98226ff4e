//! coact: ears, eyes and judgement for robots, offline.
