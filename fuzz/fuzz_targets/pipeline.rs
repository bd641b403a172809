#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deputize::fuzzing::pipeline(data));
