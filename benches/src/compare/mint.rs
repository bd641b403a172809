//! Minting: from what was recorded to the finished token.

use std::hint::black_box;

use deputize_benches::Failure;
use deputize_token::{Algorithm, fresh_token_id};

use crate::{
    floor::{self, Signer},
    harness::{Side, consuming, each},
    issuer::Issuer,
    peers,
    table::Table,
};

pub(crate) fn rows(table: &mut Table, notes: &mut Vec<String>) -> Result<(), Failure> {
    for (algorithm, target) in [(Algorithm::EdDsa, 1.08), (Algorithm::Es256, 1.06)] {
        let issuer = Issuer::new(algorithm)?;
        let name = format!("mint, {algorithm}");
        let token = issuer.token()?;
        notes.push(format!("a token of ours, {algorithm}: {} bytes", token.len()));
        let (input, signature) = floor::parts(&token)?;
        let signer = Signer::new(&issuer)?;
        let bare = signer.sign(input.as_bytes())?;
        // Ed25519 has one signature of a message, ECDSA has many: then both have to verify.
        let same = match algorithm {
            Algorithm::Es256 => floor::verifier(&issuer)?.verify_sig(input.as_bytes(), bare.as_ref()).is_ok(),
            _ => bare.as_ref() == signature,
        };
        if !same || issuer.verify(&token)?.scopes() != &issuer.scopes {
            return Err(format!("{name}: the signatures differ").into());
        }
        let theirs = each(|| signer.sign(black_box(input.as_bytes())));
        let ours =
            consuming(|| issuer.recorded(), |recorded| Ok::<_, Failure>(issuer.ring.sign(recorded?, issuer.now)?));
        table.compare(&name, ours, "bare signature", theirs, Some(target));
        peers::mint(table, &format!("{name}, with a new token id"), &issuer)?;
    }
    Ok(())
}

/// Ours beside who draws a new id for each token: what was recorded has one already, so another is
/// drawn in the timed part.
#[cfg_attr(not(feature = "peers"), expect(dead_code, reason = "only the alternatives are measured so"))]
pub(crate) fn with_new_id(issuer: &Issuer) -> Side<'_> {
    let sign = |recorded: Result<_, Failure>| {
        black_box(fresh_token_id(issuer.now)?);
        Ok::<_, Failure>(issuer.ring.sign(recorded?, issuer.now)?)
    };
    consuming(|| issuer.recorded(), sign)
}
