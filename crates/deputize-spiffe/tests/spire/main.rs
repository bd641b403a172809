//! Against SPIRE itself: what the live sources promise, kept by real servers and agents.

mod agent;
mod endpoint;
mod federation;
mod life;
mod support;
