//! lanner's own interfaces: gRPC over TCP and unix sockets.

pub mod proto;
