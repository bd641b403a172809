//! Without the feature `peers`, the floors are all there is.

use deputize_benches::Failure;

use crate::{decide::Engine, issuer::Issuer, model::Model, table::Table};

pub(crate) const NAMES: [&str; 0] = [];

pub(crate) const NOTES: [&str; 1] = ["the alternatives: only with the feature `peers`"];

pub(crate) fn engines(_: &Model, _: bool) -> Result<Vec<Engine<'_>>, Failure> {
    Ok(Vec::new())
}

pub(crate) fn mint(_: &mut Table, _: &str, _: &Issuer) -> Result<(), Failure> {
    Ok(())
}

pub(crate) fn verify(_: &mut Table, _: &str, _: &Issuer) -> Result<(), Failure> {
    Ok(())
}

pub(crate) fn chain(_: &mut Table, _: &str, _: &Issuer, _: &str, _: usize) -> Result<(), Failure> {
    Ok(())
}

pub(crate) fn jwt_svid(_: &mut Table, _: &str, _: &dyn Fn() -> bool, _: &str, _: &str) -> Result<(), Failure> {
    Ok(())
}
