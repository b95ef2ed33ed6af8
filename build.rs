//! Compiles the protocol definitions: Falco's API and lanner's own.
//!
//! protox is a protobuf compiler in Rust, so no system `protoc` is needed. lanner's descriptor set is kept for gRPC
//! reflection and for the proto3 JSON mapping.

use prost::Message as _;
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    falco(&out)?;
    lanner(&out)
}

/// Falco's API as Falco declares it: for the stand-in and for `version`. The source reads alerts itself, leniently.
fn falco(out: &Path) -> Result<(), Box<dyn Error>> {
    let set = protox::compile(["outputs.proto", "version.proto", "schema.proto"], ["proto/falco"])?;
    let folder = out.join("falco");
    std::fs::create_dir_all(&folder)?;
    tonic_prost_build::configure().build_client(true).build_server(true).out_dir(folder).compile_fds(set)?;
    Ok(())
}

/// lanner's API: messages, service, descriptor set, and serde for the proto3 JSON mapping. Maps are sorted, so that the
/// same analysis always gives the same JSON.
fn lanner(out: &Path) -> Result<(), Box<dyn Error>> {
    let set = protox::compile(["lanner/v1/analysis.proto"], ["proto"])?;
    let descriptors = set.encode_to_vec();
    std::fs::write(out.join("lanner_descriptor.bin"), &descriptors)?;
    tonic_prost_build::configure()
        .btree_map(".")
        .extern_path(".google.protobuf.Timestamp", "crate::serve::proto::Timestamp")
        .build_client(true)
        .build_server(true)
        .compile_fds(set)?;
    pbjson_build::Builder::new()
        .register_descriptors(&descriptors)?
        .btree_map(["."])
        .extern_path(".google.protobuf.Timestamp", "crate::serve::proto::Timestamp")
        .build(&[".lanner.v1"])?;
    Ok(())
}
