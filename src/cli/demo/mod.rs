//! `lanner demo`: a Falco stand-in and the sidecar in one process, and a story to look at.

mod story;

use super::client::{Client, refused};
use super::watch;
use crate::alert::Time;
use crate::config::Config;
use crate::serve::proto::analysis_service_client::AnalysisServiceClient;
use crate::serve::proto::watch_analyses_response::Event;
use crate::serve::proto::{GetStatusRequest, Level, ListAnalysesRequest, Start, WatchAnalysesRequest};
use crate::sidecar::Sidecar;
use crate::simulate::{self, Listen, Simulator};
use crate::telemetry;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};
use story::Story;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Options of `lanner demo`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// End by itself, with a summary, instead of serving until Ctrl-C.
    #[arg(long)]
    exit: bool,
    /// How many times as fast as it happened the story is told.
    #[arg(long, default_value_t = 30.0, value_parser = speed)]
    speed: f64,
    /// The port to serve on; 0 for any.
    #[arg(long, default_value_t = 50051)]
    port: u16,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.1..=10_000.0).contains(&speed) => Ok(speed),
        _ => Err("expected a number from 0.1 to 10000".to_owned()),
    }
}

/// Runs the demo.
pub(super) fn main(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(show(args));
    runtime.shutdown_background();
    done.map(|()| ExitCode::SUCCESS)
}

async fn show(args: &Args) -> anyhow::Result<()> {
    let story = Story::built_in()?;
    let folder = tempfile::Builder::new().prefix("lanner-demo-").tempdir().context("cannot make a temporary folder")?;
    let socket = folder.path().join("falco.sock");
    let stop = CancellationToken::new();
    let simulator = Simulator::new(simulate::Settings::default());
    let queue = simulator.queue().clone();
    let falco = serve_falco(
        simulator,
        format!("unix://{}", socket.display()).parse().map_err(anyhow::Error::msg)?,
        stop.clone(),
    );

    let folder_name = folder.path().display();
    let yaml = format!(
        "node: demo\nlabels: {{cluster: demo}}\njournal: {{path: '{folder_name}/journal.db'}}\n\
         falco: {{address: 'unix://{}'}}\nhttp: {{enabled: false}}\nlog: {{level: warn}}\n\
         serve: {{grpc: {{address: '127.0.0.1:{}', unix: '{folder_name}/lanner.sock'}}, metrics: {{enabled: false}}}}\n",
        socket.display(),
        args.port,
    );
    let config = Config::parse(&yaml, "demo", &|_| None)?;
    telemetry::start(&config.log);
    let sidecar = Sidecar::start(config)
        .await
        .with_context(|| format!("the demo serves on port {}; `--port 0` takes any free one", args.port))?;
    let address = sidecar.grpc_address().context("the demo serves over TCP")?;

    println!(
        "A Falco stand-in and the sidecar are running. Five minutes of a small cluster, told {}x as fast:\n",
        args.speed
    );
    let mut client = connect(address).await?;
    let printer = tokio::spawn(print_analyses(client.clone()));
    story.play(&queue, now(), args.speed).await;
    wait_until_analysed(&mut client, story.len()).await?;
    // What is analysed is journaled, and on its way to the printer.
    tokio::time::sleep(Duration::from_millis(300)).await;
    summary(&mut client, story.len(), address).await?;
    if !args.exit {
        println!("\nServing until Ctrl-C.");
        tokio::signal::ctrl_c().await?;
    }
    printer.abort();
    stop.cancel();
    sidecar.stop().await?;
    falco.await?
}

fn serve_falco(
    simulator: Simulator,
    listen: Listen,
    stop: CancellationToken,
) -> tokio::task::JoinHandle<anyhow::Result<()>> {
    tokio::spawn(async move { Ok(simulator.run(&listen, &Notify::new(), stop).await?) })
}

async fn connect(address: SocketAddr) -> anyhow::Result<Client> {
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}"))?.connect().await?;
    Ok(AnalysisServiceClient::with_interceptor(channel, super::client::Bearer::default()))
}

async fn print_analyses(mut client: Client) -> anyhow::Result<()> {
    let request = WatchAnalysesRequest { start: Start::Oldest.into(), ..WatchAnalysesRequest::default() };
    let mut stream = client.watch_analyses(request).await?.into_inner();
    while let Some(message) = stream.message().await? {
        if let Some(Event::Analysis(analysis)) = message.event {
            println!("{}", watch::line(&analysis));
        }
    }
    Ok(())
}

/// Waits until the pipeline has dealt with every alert of the story.
async fn wait_until_analysed(client: &mut Client, alerts: u64) -> anyhow::Result<()> {
    for _ in 0..600 {
        let status = client.get_status(GetStatusRequest {}).await.map_err(|status| refused(&status))?.into_inner();
        if status.pipeline.is_some_and(|pipeline| pipeline.cursor >= alerts) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the story has not been analysed within a minute")
}

async fn summary(client: &mut Client, alerts: u64, address: SocketAddr) -> anyhow::Result<()> {
    let request = ListAnalysesRequest { page_size: 500, ..ListAnalysesRequest::default() };
    let listed = client.list_analyses(request).await.map_err(|status| refused(&status))?.into_inner().analyses;
    let count = |level: Level| listed.iter().filter(|a| a.verdict.as_ref().is_some_and(|v| v.level() == level)).count();
    println!(
        "\n{alerts} alerts became {} groups: {} malicious, {} for review, {} expected.",
        listed.len(),
        count(Level::Malicious),
        count(Level::Review),
        count(Level::Expected),
    );
    let worst = listed.iter().max_by_key(|a| a.verdict.as_ref().map_or(0, |verdict| verdict.score));
    let group = worst.map_or_else(String::new, |analysis| analysis.group_id.clone());
    println!("\nTry, in another terminal:");
    println!("  grpcurl -plaintext {address} list lanner.v1.AnalysisService");
    println!(
        "  grpcurl -plaintext -d '{{\"filter\":{{\"allow\":[{{\"min_level\":\"LEVEL_MALICIOUS\"}}]}}}}' {address} lanner.v1.AnalysisService/WatchAnalyses"
    );
    println!("  grpcurl -plaintext -d '{{\"group_id\":\"{group}\"}}' {address} lanner.v1.AnalysisService/GetAnalysis");
    let program = std::env::args().next().unwrap_or_else(|| "lanner".to_owned());
    println!("  {program} report {group} --address http://{address}");
    Ok(())
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
