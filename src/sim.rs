//! The simulated robot and its world.
