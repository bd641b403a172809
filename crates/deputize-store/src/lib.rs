//! Storage that keeps its promises: the traits, an in-memory store and SQLite
