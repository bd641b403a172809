//! Against SPIRE itself: what the Workload API source promises, kept by a real server and agent.

mod agent;
mod federation;
mod life;
mod support;
