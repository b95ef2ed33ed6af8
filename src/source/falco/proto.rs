//! Falco's wire types, generated from `proto/falco`. Only the Falco source and the stand-in use
//! them, and the source only for `version`: alerts it reads itself, since Falco has sent strings that are not UTF-8.
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
