//! Agent identity by SPIFFE: layouts and JWT-SVID verification
