//! Where the stand-in's alerts come from, and how fast.

use super::alerts::{Form, Queued, Template};
use super::queue::Queue;
use crate::alert::{DecodeError, Time};
use std::io::BufRead;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A line that cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The input cannot be read.
    #[error("cannot read line {line}: {error}")]
    Read {
        /// From 1.
        line: usize,
        /// What the system says.
        error: std::io::Error,
    },
    /// The line is no alert.
    #[error("line {line}: {error}")]
    Line {
        /// From 1.
        line: usize,
        /// Why.
        error: DecodeError,
    },
    /// There is no alert at all.
    #[error("there is no alert in it")]
    Empty,
}

/// Reads alerts, one in a line as Falco's JSON has them. Empty lines are passed over.
///
/// # Errors
/// [`FeedError`] at the first line that cannot be sent, and where there is none.
pub fn read_alerts(input: impl BufRead, form: Form) -> Result<Vec<Arc<Template>>, FeedError> {
    let mut alerts = Vec::new();
    for (number, line) in input.lines().enumerate() {
        let line = line.map_err(|error| FeedError::Read { line: number + 1, error })?;
        if line.trim().is_empty() {
            continue;
        }
        let alert = Template::from_json(&line, form).map_err(|error| FeedError::Line { line: number + 1, error })?;
        alerts.push(Arc::new(alert));
    }
    if alerts.is_empty() { Err(FeedError::Empty) } else { Ok(alerts) }
}

/// A realistic mix: what a small cluster's Falco says on a day with an attack in it.
///
/// # Errors
/// None, as a test shows.
pub fn built_in(form: Form) -> Result<Vec<Arc<Template>>, FeedError> {
    read_alerts(include_bytes!("mix.jsonl").as_slice(), form)
}

/// How alerts come into the queue.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    /// The alerts, in order; over again where more are wanted.
    pub alerts: Vec<Arc<Template>>,
    /// How many a second; without, all at once.
    pub rate: Option<f64>,
    /// How many; without, each once, or without end where they are repeated.
    pub count: Option<u64>,
    /// Each gets a fresh time, and the last is followed by the first.
    pub repeat: bool,
}

/// How often at the most alerts are put into the queue.
const STEP: Duration = Duration::from_millis(1);
/// How many are put there at once.
const BLOCK: u64 = 4096;

/// Feeds the queue until all that is wanted is in it, or until `shutdown`. Gives how many there were.
pub async fn feed(queue: Queue, from: Feed, shutdown: CancellationToken) -> u64 {
    let once = from.alerts.len() as u64;
    let wanted = if from.repeat { from.count.unwrap_or(u64::MAX) } else { from.count.unwrap_or(once).min(once) };
    let rate = from.rate.filter(|rate| *rate > 0.0);
    let start = Instant::now();
    let mut fresh = Fresh::default();
    let mut sent = 0;
    while sent < wanted && !from.alerts.is_empty() && !shutdown.is_cancelled() {
        let due = match rate {
            None => BLOCK,
            // The first comes at once.
            Some(rate) => ((start.elapsed().as_secs_f64() * rate) as u64 + 1).saturating_sub(sent),
        };
        let due = due.min(BLOCK).min(wanted - sent);
        queue.extend((sent..sent + due).map(|n| {
            let alert = &from.alerts[(n % once) as usize];
            if from.repeat { alert.queued_at(fresh.time()) } else { alert.queued() }
        }));
        sent += due;
        if let Some(rate) = rate {
            let next = start + Duration::try_from_secs_f64(sent as f64 / rate).unwrap_or(Duration::MAX / 4);
            let next = next.max(Instant::now() + STEP);
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep_until(next) => {}
            }
        } else {
            tokio::task::yield_now().await;
        }
    }
    sent
}

/// The time now, later each time that it is asked for: two alerts of one rule at one nanosecond would be one alert.
#[derive(Default)]
struct Fresh(i64);

impl Fresh {
    fn time(&mut self) -> Time {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        self.0 = i64::try_from(now).unwrap_or(i64::MAX).max(self.0 + 1);
        Time::from_nanos(self.0)
    }
}

/// Bytes as they are, for alerts that Falco would send and no line of JSON can hold.
impl From<&[u8]> for Queued {
    fn from(bytes: &[u8]) -> Self {
        Self::Raw(bytes::Bytes::copy_from_slice(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: usize) -> Vec<Arc<Template>> {
        let line = r#"{"rule":"R","priority":"Debug","time":"2024-01-01T00:00:00Z"}"#;
        (0..count).map(|_| Arc::new(Template::from_json(line, Form::Text).unwrap())).collect()
    }

    fn times(queue: &Queue) -> Vec<Time> {
        std::iter::from_fn(|| queue.pop())
            .map(|queued| match queued {
                Queued::Alert(_, time) => time,
                Queued::Raw(_) => panic!("none was fed"),
            })
            .collect()
    }

    #[test]
    fn the_built_in_mix_is_alerts_in_both_forms() {
        assert!(built_in(Form::Text).unwrap().len() > 10);
        assert!(built_in(Form::Json).is_ok());
    }

    #[test]
    fn a_line_that_is_no_alert_is_named() {
        let input = "\n{\"rule\":\"R\",\"priority\":\"Debug\",\"time\":\"2024-01-01T00:00:00Z\"}\nhello\n";
        let error = read_alerts(input.as_bytes(), Form::Text).unwrap_err();
        assert!(error.to_string().starts_with("line 3: not a JSON object"), "{error}");
        assert!(matches!(read_alerts("\n".as_bytes(), Form::Text), Err(FeedError::Empty)));
    }

    #[tokio::test]
    async fn without_repeat_each_alert_comes_once_with_its_own_time() {
        let queue = Queue::default();
        let all = Feed { alerts: lines(3), ..Feed::default() };
        assert_eq!(feed(queue.clone(), all.clone(), CancellationToken::new()).await, 3);
        assert_eq!(times(&queue), vec![Time::parse("2024-01-01T00:00:00Z").unwrap(); 3]);
        let some = Feed { count: Some(2), ..all };
        assert_eq!(feed(queue, some, CancellationToken::new()).await, 2);
    }

    #[tokio::test]
    async fn with_repeat_each_has_a_fresh_time_of_its_own() {
        let queue = Queue::default();
        let repeated = Feed { alerts: lines(3), count: Some(10_000), repeat: true, rate: None };
        assert_eq!(feed(queue.clone(), repeated, CancellationToken::new()).await, 10_000);
        let times = times(&queue);
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_kept() {
        let queue = Queue::default();
        let slow = Feed { alerts: lines(1), count: Some(100), repeat: true, rate: Some(10.0) };
        let start = Instant::now();
        assert_eq!(feed(queue, slow, CancellationToken::new()).await, 100);
        assert!((9.9..10.1).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
    }
}
