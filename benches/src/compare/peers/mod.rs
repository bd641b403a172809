//! The alternatives, each in a file of its own.

mod biscuit;
mod casbin;
mod cedar;
mod jwt;
mod paseto;
mod rego;
mod spiffe;
mod tenuo;
mod token;

use std::hint::black_box;

use deputize_benches::Failure;
use deputize_token::Algorithm;

use self::token::Token;
use crate::{decide::Engine, harness::each, issuer::Issuer, model::Model, table::Table};

pub(crate) use self::spiffe::jwt_svid;

/// The packages, as the lock file names them.
pub(crate) const NAMES: [&str; 8] =
    ["cedar-policy", "casbin", "regorus", "jsonwebtoken", "tenuo", "biscuit-auth", "pasetors", "spiffe"];

/// What can't be set side by side, and what is left out.
pub(crate) const NOTES: [&str; 5] = [
    "regorus and cedar-policy have no patterns of our kind: requests bring, prepared, those that would match",
    "casbin can't intersect: an enforcer for each gate, one after the other",
    "ES256: jsonwebtoken alone; tenuo signs with Ed25519 only, pasetors' v4 too, and biscuit-auth is compared once",
    "tenuo: without the holder's signature at each call, which a bearer token has no counterpart for; no audience",
    "biscuit-auth is built with its macros, without which it does not build",
];

pub(crate) fn engines(model: &Model, for_person: bool) -> Result<Vec<Engine<'_>>, Failure> {
    Ok(vec![cedar::engine(model, for_person)?, rego::engine(model, for_person)?, casbin::engine(model, for_person)?])
}

pub(crate) fn mint(table: &mut Table, name: &str, issuer: &Issuer) -> Result<(), Failure> {
    token::mint(table, name, issuer, &jwt::Jwt::new(issuer)?)?;
    if issuer.algorithm == Algorithm::Es256 {
        return Ok(());
    }
    token::mint(table, name, issuer, &tenuo::Tenuo::new(issuer, 1)?)?;
    token::mint(table, name, issuer, &biscuit::Biscuits::new(issuer, 1)?)?;
    token::mint(table, name, issuer, &paseto::Paseto::new(issuer)?)
}

pub(crate) fn verify(table: &mut Table, name: &str, issuer: &Issuer) -> Result<(), Failure> {
    let token = issuer.token()?;
    token::verify(table, name, issuer, &token, &jwt::Jwt::new(issuer)?)?;
    if issuer.algorithm == Algorithm::Es256 {
        return Ok(());
    }
    token::verify(table, name, issuer, &token, &tenuo::Tenuo::new(issuer, 1)?)?;
    token::verify(table, name, issuer, &token, &biscuit::Biscuits::new(issuer, 1)?)?;
    token::verify(table, name, issuer, &token, &paseto::Paseto::new(issuer)?)?;

    // How dear theirs is when a proof is bad, beside their own success.
    let tenuo = tenuo::Tenuo::new(issuer, 1)?;
    let forged = tenuo.forged()?;
    if tenuo.verify(&forged).is_ok() {
        return Err("tenuo takes a bad signature".into());
    }
    let (bad, good) = (each(|| tenuo.verify(black_box(&forged))), each(|| tenuo.verify(black_box(tenuo.token()))));
    table.compare("for reference, tenuo: refuse, bad signature", bad, "tenuo, a success", good, None);
    Ok(())
}

pub(crate) fn chain(table: &mut Table, name: &str, issuer: &Issuer, token: &str, depth: usize) -> Result<(), Failure> {
    let tenuo = tenuo::Tenuo::new(issuer, depth)?;
    token::verify(table, name, issuer, token, &tenuo)?;
    let decoded = tenuo.verify(tenuo.token())?;
    let beside = format!("{}, decoded beforehand", tenuo.name());
    let theirs = each(|| tenuo.verify_decoded(black_box(&decoded)));
    table.compare(name, each(|| issuer.verify(black_box(token))), &beside, theirs, None);
    token::verify(table, name, issuer, token, &biscuit::Biscuits::new(issuer, depth)?)
}
