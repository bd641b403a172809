//! Verifying, with every check and nothing cached.

use std::hint::black_box;

use deputize_benches::Failure;
use deputize_token::{Algorithm, Presented, VerifyError};

use crate::{floor, harness::each, issuer::Issuer, peers, table::Table};

pub(crate) fn rows(table: &mut Table) -> Result<(), Failure> {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let issuer = Issuer::new(algorithm)?;
        let name = format!("verify, {algorithm}");
        let token = issuer.token()?;
        let (input, signature) = floor::parts(&token)?;
        let key = floor::verifier(&issuer)?;
        if key.verify_sig(input.as_bytes(), &signature).is_err() || issuer.verify(&token)?.scopes() != &issuer.scopes {
            return Err(format!("{name}: not verified").into());
        }
        let theirs = each(|| key.verify_sig(black_box(input.as_bytes()), black_box(&signature)));
        let ours = each(|| issuer.verify(black_box(&token)));
        table.compare(&name, ours, "bare verification", theirs, Some(1.03));
        peers::verify(table, &name, &issuer)?;
        refusals(table, &name, &issuer, &token)?;
    }
    chains(table)
}

/// No refusal is dearer than a success.
fn refusals(table: &mut Table, name: &str, issuer: &Issuer, token: &str) -> Result<(), Failure> {
    let mut compare = |what: &str, refuse: &dyn Fn() -> Result<(), VerifyError>, error: VerifyError| {
        match refuse() {
            Err(is) if is == error => {}
            other => return Err(Failure::from(format!("{name}, {what}: {other:?}"))),
        }
        let success = each(|| issuer.verify(black_box(token)));
        table.compare(&format!("{name}: refuse, {what}"), each(refuse), "ours, a success", success, Some(1.03));
        Ok(())
    };
    let (input, mut signature) = floor::parts(token)?;
    // In the middle of S (Ed25519, P-256: the second half), so that it is well-formed and wrong.
    if let Some(byte) = signature.get_mut(40) {
        *byte ^= 1;
    }
    let forged = format!("{input}.{}", deputize_token::jws::encode(&signature));
    compare("bad signature", &|| issuer.verify(black_box(&forged)).map(drop), VerifyError::BadSignature)?;
    let elsewhere = issuer.elsewhere()?;
    let other = || elsewhere.verify(issuer.trust(), black_box(token), Presented::Bearer, issuer.now).map(drop);
    compare("wrong audience", &other, VerifyError::WrongAudience)?;
    let late = issuer.now.plus(901);
    compare("expired", &|| issuer.verify_at(black_box(token), late).map(drop), VerifyError::Expired)
}

/// A token that was handed on costs what one costs that was not.
fn chains(table: &mut Table) -> Result<(), Failure> {
    let issuer = Issuer::new(Algorithm::EdDsa)?;
    let first = issuer.token()?;
    for depth in [1, 4, 8] {
        let token = issuer.handed_on(depth)?;
        let verified = issuer.verify(&token)?;
        if usize::from(verified.depth()) != depth || verified.scopes() != &issuer.scopes {
            return Err(format!("a chain of {depth}: {verified:?}").into());
        }
        let name = format!("verify, EdDSA, handed on {depth} times");
        let (ours, theirs) = (each(|| issuer.verify(black_box(&token))), each(|| issuer.verify(black_box(&first))));
        table.compare(&name, ours, "ours, not handed on", theirs, Some(1.05));
        let (input, signature) = floor::parts(&token)?;
        let key = floor::verifier(&issuer)?;
        key.verify_sig(input.as_bytes(), &signature)?;
        let theirs = each(|| key.verify_sig(black_box(input.as_bytes()), black_box(&signature)));
        table.compare(&name, each(|| issuer.verify(black_box(&token))), "bare verification", theirs, None);
        peers::chain(table, &name, &issuer, &token, depth)?;
    }
    Ok(())
}
