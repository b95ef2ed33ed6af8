//! Compiles the protocol definitions: Falco's API (strict for the stand-in, lenient for the client) and lanner's own.
//!
//! protox is a protobuf compiler in Rust, so no system `protoc` is needed. lanner's descriptor set is kept for gRPC
//! reflection and for the proto3 JSON mapping.

use prost::Message as _;
use prost_types::field_descriptor_proto::Type;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    falco(&out)?;
    lanner(&out)
}

/// Falco's API twice: `falco/` as Falco declares it, and `falco_lenient/` for the client, in which text is bytes.
fn falco(out: &Path) -> Result<(), Box<dyn Error>> {
    let set = protox::compile(["outputs.proto", "version.proto", "schema.proto"], ["proto/falco"])?;
    let strict = out.join("falco");
    std::fs::create_dir_all(&strict)?;
    tonic_prost_build::configure().build_client(true).build_server(true).out_dir(strict).compile_fds(set.clone())?;

    let lenient = out.join("falco_lenient");
    std::fs::create_dir_all(&lenient)?;
    let mut config = tonic_prost_build::Config::new();
    config.bytes(["."]).out_dir(lenient);
    config.compile_fds(lenient_outputs(set))?;
    Ok(())
}

/// Falco's proto says `string`, and Falco has sent bytes that are no UTF-8. `bytes` is the same on the wire, so the
/// client's form of the response has bytes for strings, and the map as the repeated entries that it is on the wire.
fn lenient_outputs(mut set: FileDescriptorSet) -> FileDescriptorSet {
    for file in &mut set.file {
        file.source_code_info = None;
        if file.package() == "falco.outputs" {
            file.service.clear();
            loosen(file);
        }
    }
    set.file.retain(|file| file.package() != "falco.version");
    set
}

fn loosen(file: &mut FileDescriptorProto) {
    for message in &mut file.message_type {
        for nested in &mut message.nested_type {
            nested.options = None;
            nested.field.iter_mut().for_each(string_to_bytes);
        }
        message.field.iter_mut().for_each(string_to_bytes);
    }
}

fn string_to_bytes(field: &mut prost_types::FieldDescriptorProto) {
    if field.r#type() == Type::String {
        field.set_type(Type::Bytes);
    }
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
