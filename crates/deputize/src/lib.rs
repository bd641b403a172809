//! Trust delegation for AI agents: bounded, provable, traceable
