//! lanner's own interfaces: gRPC over TCP and unix sockets.

pub mod auth;
pub mod authority;
pub mod convert;
pub mod filter;
pub mod listen;
pub mod proto;
pub mod tls;

#[cfg(test)]
mod testing;
