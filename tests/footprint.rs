//! What the sidecar takes does not grow with the node that it runs on.

#[path = "support/process.rs"]
mod process;

use process::Node;

#[tokio::test]
async fn threads_are_as_few_on_a_node_of_many_cores() {
    let node = Node::new("");
    // What the runtime would take the number of cores for.
    let sidecar = node.run_under("export TOKIO_WORKER_THREADS=48");
    node.client().await;
    let threads = std::fs::read_dir(format!("/proc/{}/task", sidecar.id())).expect("it runs").count();
    assert!((3..=16).contains(&threads), "{threads}");
}
