//! Delegated access tokens: strict minting and verification (RFC 9068, 8693, 7800)
