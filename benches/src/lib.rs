//! What deputize costs.
