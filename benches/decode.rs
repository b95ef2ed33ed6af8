//! What it costs to take an alert in: Falco's gRPC message and Falco's JSON, as recorded from a running Falco.
//!
//! `cargo bench --bench decode`. Beside it what prost takes for the same bytes: a map of strings and no alert yet.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use lanner::alert::decode_json;
use lanner::source::falco::{decode, proto::outputs};
use prost::Message as _;

const MESSAGE: &[u8] = include_bytes!("../tests/fixtures/wire/gen-text-mix-000.bin");
/// The same alert with `json_output: true`: the whole alert stands in its output once more.
const MESSAGE_WITH_JSON: &[u8] = include_bytes!("../tests/fixtures/wire/gen-json-mix-000.bin");

/// As the program allocates.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    divan::main();
}

#[divan::bench(args = [MESSAGE, MESSAGE_WITH_JSON])]
fn falco_grpc(bencher: Bencher, message: &[u8]) {
    bencher.counter(BytesCount::of_slice(message)).bench(|| decode(black_box(message)).expect("an alert"));
}

#[divan::bench(args = [MESSAGE, MESSAGE_WITH_JSON])]
fn prost_alone(bencher: Bencher, message: &[u8]) {
    bencher.counter(BytesCount::of_slice(message)).bench(|| outputs::Response::decode(black_box(message)));
}

#[divan::bench]
fn falco_json(bencher: Bencher) {
    let response = outputs::Response::decode(MESSAGE_WITH_JSON).expect("a message");
    let line = response.output;
    bencher.counter(BytesCount::of_str(&line)).bench(|| decode_json(black_box(&line)).expect("an alert"));
}
