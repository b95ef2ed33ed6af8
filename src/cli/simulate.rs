//! `lanner simulate`: a stand-in for Falco's gRPC API.

use crate::simulate::{self, Feed, Form, Listen, Settings, Simulator, Tls};
use anyhow::Context as _;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Serves Falco's gRPC outputs API with Falco's own semantics, from a file of alerts or a built-in mix.
///
/// SIGHUP reloads as Falco does, SIGTERM and SIGINT stop it; like Falco, both wait for a client that does not ask.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Where to listen: unix:///PATH, or IP:PORT with mutual TLS
    #[arg(long, value_name = "ADDRESS", default_value = "unix:///tmp/falco.sock")]
    pub listen: Listen,
    /// Alerts to send, one in a line as Falco's JSON has them [default: a built-in mix, repeated]
    #[arg(long, value_name = "FILE.jsonl")]
    pub alerts: Option<PathBuf>,
    /// Alerts a second [default: all at once; 10 where they are repeated without --count]
    #[arg(long, value_name = "N", value_parser = rate)]
    pub rate: Option<f64>,
    /// How many alerts to send
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// Begin again after the last alert; each gets a fresh time
    #[arg(long)]
    pub repeat: bool,
    /// As with `json_output: true` in falco.yaml: the output is the whole alert as JSON
    #[arg(long)]
    pub json_output: bool,
    /// The version to say
    #[arg(long, value_name = "VERSION", default_value = "0.43.1")]
    pub falco_version: String,
    /// Our certificate, PEM; needed for TCP
    #[arg(long, value_name = "FILE", requires_all = ["tls_key", "tls_ca"])]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Who may sign a client's certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_ca: Option<PathBuf>,
}

/// A rate without count and end would fill the memory: repeated alerts come this fast unless told otherwise.
const DEFAULT_RATE: f64 = 10.0;

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Where the alerts cannot be read or the address cannot be served.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let form = if args.json_output { Form::Json } else { Form::Text };
    let alerts = match &args.alerts {
        None => simulate::built_in(form)?,
        Some(path) => {
            let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            simulate::read_alerts(BufReader::new(file), form).with_context(|| path.display().to_string())?
        }
    };
    let repeat = args.repeat || args.alerts.is_none();
    let rate = args.rate.or_else(|| (repeat && args.count.is_none()).then_some(DEFAULT_RATE));
    let tls = match (args.tls_cert, args.tls_key, args.tls_ca) {
        (Some(certificate), Some(key), Some(ca)) => Some(Tls { certificate, key, ca }),
        _ => None,
    };
    let simulator = Simulator::new(Settings { version: args.falco_version, tls, ..Settings::default() });

    let shutdown = CancellationToken::new();
    let reload = Notify::new();
    let feed = Feed { alerts, rate, count: args.count, repeat };
    let feeding = tokio::spawn(simulate::feed(simulator.queue().clone(), feed, shutdown.clone()));
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let serving = simulator.run(&args.listen, &reload, shutdown.clone());
    tokio::pin!(serving);
    loop {
        tokio::select! {
            ended = &mut serving => {
                shutdown.cancel();
                feeding.await?;
                return Ok(ended?);
            }
            _ = terminate.recv() => shutdown.cancel(),
            _ = interrupt.recv() => shutdown.cancel(),
            _ = hangup.recv() => reload.notify_one(),
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    let rate: f64 = number.parse().map_err(|_| "expected a number of alerts a second".to_owned())?;
    if rate.is_finite() && rate > 0.0 { Ok(rate) } else { Err("expected more than none".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn parse(line: &str) -> Result<Args, String> {
        let words = std::iter::once("simulate").chain(line.split_whitespace());
        <Cli as clap::Parser>::try_parse_from(words).map(|cli| cli.args).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_are_understood_or_named() {
        let args = parse("--listen 127.0.0.1:5060 --rate 100/s --count 5 --repeat --json-output").unwrap();
        assert_eq!(args.listen, Listen::Tcp(([127, 0, 0, 1], 5060).into()));
        assert_eq!((args.rate, args.count, args.repeat, args.json_output), (Some(100.0), Some(5), true, true));
        assert!(parse("--tls-cert a --tls-key b --tls-ca c").is_ok());
        for (line, named) in [("--listen x", "--listen"), ("--tls-cert a", "--tls-key"), ("--rate 0", "--rate")] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }

    #[tokio::test]
    async fn a_file_without_alerts_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = |path: &std::path::Path| {
            let args = parse(&format!("--alerts {}", path.display())).unwrap();
            async move { format!("{:#}", run(args).await.unwrap_err()) }
        };
        let missing = folder.path().join("none.jsonl");
        assert!(error(&missing).await.contains("none.jsonl"));
        let wrong = folder.path().join("wrong.jsonl");
        std::fs::write(&wrong, "\nhello\n").unwrap();
        let said = error(&wrong).await;
        assert!(said.contains("wrong.jsonl: line 2: not a JSON object"), "{said}");
    }

    #[test]
    fn a_rate_is_a_number_of_alerts_a_second() {
        assert_eq!((rate("100"), rate("0.5/s")), (Ok(100.0), Ok(0.5)));
        for bad in ["", "fast", "0", "-1", "inf", "NaN"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
