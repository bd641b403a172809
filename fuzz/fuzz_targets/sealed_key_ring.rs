#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deputize_token::fuzzing::sealed_key_ring(data));
