//! Programs that show deputize at work.
