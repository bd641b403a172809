//! What each alternative does with a token, and ours beside it.

use std::{collections::BTreeSet, hint::black_box};

use deputize_benches::Failure;

use crate::{harness::each, issuer::Issuer, mint::with_new_id, table::Table};

/// A token of another kind that says what ours says.
pub(crate) trait Token {
    /// What a verifier makes of one.
    type Verified;

    /// With how many links it is, where that can be chosen.
    fn name(&self) -> String;

    /// One that was made beforehand.
    fn token(&self) -> &[u8];

    /// A new one, with an id of its own.
    fn mint(&self) -> Result<Vec<u8>, Failure>;

    /// From what came over the wire, by everything that this kind checks.
    fn verify(&self, token: &[u8]) -> Result<Self::Verified, Failure>;

    /// The scopes it grants.
    fn scopes(&self, verified: &Self::Verified) -> BTreeSet<String>;
}

pub(crate) fn mint<T: Token>(table: &mut Table, name: &str, issuer: &Issuer, peer: &T) -> Result<(), Failure> {
    agree(name, issuer, &issuer.token()?, peer, &peer.mint()?)?;
    table.compare(name, with_new_id(issuer), &peer.name(), each(|| peer.mint()), None);
    Ok(())
}

pub(crate) fn verify<T: Token>(
    table: &mut Table,
    name: &str,
    issuer: &Issuer,
    token: &str,
    peer: &T,
) -> Result<(), Failure> {
    agree(name, issuer, token, peer, peer.token())?;
    let ours = each(|| issuer.verify(black_box(token)));
    table.compare(name, ours, &peer.name(), each(|| peer.verify(black_box(peer.token()))), None);
    Ok(())
}

/// Both verify, and grant the same scopes; and neither takes it with a byte changed at its end.
fn agree<T: Token>(name: &str, issuer: &Issuer, ours: &str, peer: &T, theirs: &[u8]) -> Result<(), Failure> {
    let verified = peer.verify(theirs)?;
    let scopes: BTreeSet<String> = issuer.verify(ours)?.scopes().iter().map(ToString::to_string).collect();
    if peer.scopes(&verified) != scopes {
        return Err(format!("{name}: {} grants {:?}, ours {scopes:?}", peer.name(), peer.scopes(&verified)).into());
    }
    let mut broken = theirs.to_vec();
    if let Some(byte) = broken.iter_mut().rev().nth(20) {
        *byte = if *byte == b'A' { b'B' } else { b'A' };
    }
    match peer.verify(&broken) {
        Ok(_) => Err(format!("{name}: {} takes a broken token", peer.name()).into()),
        Err(_) => Ok(()),
    }
}
