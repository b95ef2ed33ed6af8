//! Falco's wire types, generated from `proto/falco`. Only the Falco source and the stand-in use them.
#![allow(missing_docs, non_camel_case_types, clippy::pedantic, clippy::all)]

/// `falco.schema`
pub mod schema {
    include!(concat!(env!("OUT_DIR"), "/falco/falco.schema.rs"));
}
/// `falco.outputs`, as Falco declares it.
pub mod outputs {
    include!(concat!(env!("OUT_DIR"), "/falco/falco.outputs.rs"));
}
/// `falco.version`
pub mod version {
    include!(concat!(env!("OUT_DIR"), "/falco/falco.version.rs"));
}
/// The client's form of Falco's messages: the same on the wire, with bytes where Falco declares strings, since Falco
/// has sent text that is not UTF-8.
pub mod lenient {
    /// `falco.schema`
    pub mod schema {
        include!(concat!(env!("OUT_DIR"), "/falco_lenient/falco.schema.rs"));
    }
    /// `falco.outputs`
    pub mod outputs {
        include!(concat!(env!("OUT_DIR"), "/falco_lenient/falco.outputs.rs"));
    }
}
