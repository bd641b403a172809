//! Processor time, as Linux counts it.

use std::{fs, time::Duration};

use deputize_benches::Failure;

/// What all threads of this process used so far. None ends while it is measured.
pub(crate) fn used() -> Result<Duration, Failure> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().ok_or("no time")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}
