//! Asks a language model for words about analyses that are already out.
//!
//! Constraints:
//! - Nothing waits for it: it follows the journal like any reader, and its words become a later revision.
//! - Bounded: questions at a time, questions in waiting, tokens an hour, seconds a question, bytes an answer.
//! - What it says is checked ([`crate::analysis::llm`]); what fails the check is dropped and counted.
//! - A fingerprint is asked about once: answers are kept in the journal, and given to a later group of the fingerprint
//!   where they hold for it too. A verdict that rose is asked about anew.

mod client;

pub use client::AskError;

use crate::analysis::llm::{Answer, Prompt, Rejected, Size, check, still_holds};
use crate::analysis::{Analysis, Level, Narrative};
use crate::dedup::{Fingerprint, Reason};
use crate::journal::{Floor, Journal, Limits, ReadError, Reader, Revisions, Seq};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What is asked, whom, and how much.
#[derive(Clone)]
pub struct Settings {
    /// The whole address: `http://127.0.0.1:8080/v1/chat/completions`.
    pub endpoint: String,
    /// The model's name, as the endpoint knows it.
    pub model: String,
    /// The bearer key.
    pub key: Option<String>,
    /// How long one question may take.
    pub timeout: Duration,
    /// How long after an endpoint was not available it is asked again at first; three times as long each time after.
    pub first_retry: Duration,
    /// Tokens of one answer.
    pub max_tokens: u32,
    /// Tokens an hour, questions and answers together, estimated.
    pub tokens_per_hour: u64,
    /// Questions at a time.
    pub concurrency: usize,
    /// Ask only about groups this bad or worse.
    pub min_level: Level,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("endpoint", &self.endpoint).field("model", &self.model).finish_non_exhaustive()
    }
}

/// An accepted narrative, on its way to the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrated {
    /// The group's number.
    pub number: Seq,
    /// The group's fingerprint, under which the journal keeps the words.
    pub fingerprint: Fingerprint,
    /// The words.
    pub narrative: Narrative,
}

/// What became of the questions.
#[derive(Debug, Default)]
pub struct Counters {
    /// Answers accepted.
    pub accepted: AtomicU64,
    /// Answers taken from the journal.
    pub cached: AtomicU64,
    /// Answers that failed a check.
    pub rejected: AtomicU64,
    /// Questions without an answer.
    pub failed: AtomicU64,
    /// Questions not asked: no room in waiting.
    pub skipped: AtomicU64,
}

/// Groups in waiting; beyond it the oldest is skipped.
const WAITING: usize = 256;
/// How often an endpoint that is not available is asked again: with two seconds at first, four minutes in all, in which
/// a large model is loaded.
const TRIES: u32 = 5;
/// How long nothing is asked after the key was refused.
const AFTER_REFUSAL: Duration = Duration::from_mins(10);

/// Why there will be no narratives.
#[derive(Debug, thiserror::Error)]
pub enum NarratorError {
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No HTTP client for the endpoint.
    #[error("no client for the language model's endpoint: {0}")]
    Client(#[from] reqwest::Error),
}

/// Follows the journal from its end until it is told to stop.
///
/// # Errors
/// Where the journal cannot be read, or the endpoint's certificate could never be checked.
pub async fn run(
    settings: Settings,
    journal: Journal,
    out: mpsc::Sender<Narrated>,
    counters: Arc<Counters>,
    stop: CancellationToken,
) -> Result<(), NarratorError> {
    let mut newest = journal.newest_analysis();
    let mut cursor = *newest.borrow_and_update();
    let mut reader = Some(journal.reader()?);
    let mut narrator = Narrator::new(settings, out, counters)?;
    loop {
        let silence = narrator.silence();
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            changed = newest.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                if let Some(mine) = reader.take() {
                    let (mine, next, due) = read(mine, cursor, narrator.settings.min_level).await?;
                    (reader, cursor) = (Some(mine), next);
                    for (group, kept) in due {
                        narrator.take(group, kept).await;
                    }
                    if cursor < *newest.borrow() {
                        newest.mark_changed();
                    }
                }
            }
            Some(done) = narrator.asking.join_next() => {
                if let Ok(done) = done {
                    narrator.done(done).await;
                }
            }
            () = silence => narrator.silent_until = None,
        }
        narrator.ask_next();
    }
}

/// A group to ask about.
struct Group {
    number: Seq,
    analysis: Arc<Analysis>,
}

impl Group {
    fn fingerprint(&self) -> Fingerprint {
        self.analysis.group.fingerprint
    }
}

/// A group to ask about, and what the journal keeps of an earlier answer about its like.
type Due = (Group, Option<Vec<u8>>);

/// Reads the analyses behind the cursor that are due. Blocking work, done where blocking is allowed.
async fn read(mut reader: Reader, cursor: Seq, min_level: Level) -> Result<(Reader, Seq, Vec<Due>), ReadError> {
    let work = move || {
        let floor = Floor { level: Some(min_level), priority: None };
        let batch = reader.analyses_after(cursor, Limits::default(), Revisions::All, floor)?;
        let mut due = Vec::new();
        for stored in batch.items {
            let fingerprint = stored.analysis.group.fingerprint;
            // Words about a verdict that has risen since say too little.
            let kept = match stored.analysis.group.reason {
                Reason::First => reader.narrative(fingerprint)?,
                Reason::VerdictRose => None,
                _ => continue,
            };
            due.push((Group { number: stored.group, analysis: stored.analysis }, kept));
        }
        Ok((reader, batch.next, due))
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(ReadError::Damaged("a reader panicked".to_owned())))
}

struct Narrator {
    settings: Arc<Settings>,
    http: reqwest::Client,
    out: mpsc::Sender<Narrated>,
    counters: Arc<Counters>,
    waiting: VecDeque<Group>,
    /// Fingerprints that are being asked about.
    open: HashSet<Fingerprint>,
    asking: JoinSet<Asked>,
    hour: (Instant, u64),
    /// Nothing is asked before: the key was refused, or the hour's tokens are used up.
    silent_until: Option<Instant>,
}

/// A question that has ended.
struct Asked {
    number: Seq,
    fingerprint: Fingerprint,
    answer: Result<Answer, Failure>,
}

enum Failure {
    Ask(AskError),
    Rejected(Rejected),
}

impl Narrator {
    fn new(settings: Settings, out: mpsc::Sender<Narrated>, counters: Arc<Counters>) -> reqwest::Result<Self> {
        Ok(Self {
            http: client::client(&settings.endpoint)?,
            settings: Arc::new(settings),
            out,
            counters,
            waiting: VecDeque::new(),
            open: HashSet::new(),
            asking: JoinSet::new(),
            hour: (Instant::now(), 0),
            silent_until: None,
        })
    }

    /// Ends when it may ask again; never where it may now.
    fn silence(&self) -> impl Future<Output = ()> + use<> {
        let until = self.silent_until;
        async move {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Takes a group: words from the journal where its like was asked about before and they hold for it, else into the
    /// queue.
    async fn take(&mut self, group: Group, kept: Option<Vec<u8>>) {
        let kept: Option<Narrative> = kept.and_then(|bytes| rmp_serde::from_slice(&bytes).ok());
        if let Some(narrative) = kept.filter(|kept| holds(kept, &group.analysis)) {
            self.reuse(&group, narrative).await;
            return;
        }
        if self.waiting.len() >= WAITING {
            self.waiting.pop_front();
            self.counters.skipped.fetch_add(1, Ordering::Relaxed);
        }
        self.waiting.push_back(group);
    }

    async fn reuse(&self, group: &Group, narrative: Narrative) {
        self.counters.cached.fetch_add(1, Ordering::Relaxed);
        self.send(Narrated { number: group.number, fingerprint: group.fingerprint(), narrative }).await;
    }

    /// Asks about the next in waiting, where there is room and there are tokens. A fingerprint that is being asked about
    /// waits for that answer.
    fn ask_next(&mut self) {
        while self.asking.len() < self.settings.concurrency && self.silent_until.is_none() {
            let next = self.waiting.iter().position(|group| !self.open.contains(&group.fingerprint()));
            let Some(group) = next.and_then(|at| self.waiting.remove(at)) else { return };
            let prompt = Prompt::new(&group.analysis, Size::Full);
            if let Err(until) = self.spend(prompt.tokens() + u64::from(self.settings.max_tokens)) {
                tracing::warn!(
                    tokens_per_hour = self.settings.tokens_per_hour,
                    waiting = self.waiting.len() + 1,
                    "the language model's tokens of this hour are used up: it is asked again when the hour is over"
                );
                self.waiting.push_front(group);
                self.silent_until = Some(until);
                return;
            }
            let fingerprint = group.fingerprint();
            self.open.insert(fingerprint);
            let (http, settings) = (self.http.clone(), Arc::clone(&self.settings));
            self.asking.spawn(async move {
                let answer = question(&http, &settings, &group.analysis, prompt).await;
                Asked { number: group.number, fingerprint, answer }
            });
        }
    }

    /// Takes tokens from the hour's; where it has not as many left, says when the next hour begins.
    fn spend(&mut self, tokens: u64) -> Result<(), Instant> {
        let hour = Duration::from_hours(1);
        if self.hour.0.elapsed() >= hour {
            self.hour = (Instant::now(), 0);
        }
        if self.hour.1 + tokens > self.settings.tokens_per_hour {
            return Err(self.hour.0 + hour);
        }
        self.hour.1 += tokens;
        Ok(())
    }

    async fn done(&mut self, asked: Asked) {
        self.open.remove(&asked.fingerprint);
        match asked.answer {
            Ok(answer) => {
                self.counters.accepted.fetch_add(1, Ordering::Relaxed);
                let narrative = Narrative {
                    text: answer.narrative,
                    questions: answer.questions,
                    model: self.settings.model.clone(),
                    raises_attention: answer.raise_attention,
                };
                self.send(Narrated {
                    number: asked.number,
                    fingerprint: asked.fingerprint,
                    narrative: narrative.clone(),
                })
                .await;
                self.share(asked.fingerprint, &narrative).await;
            }
            Err(Failure::Rejected(reason)) => {
                self.counters.rejected.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(group = %asked.number, %reason, "the model's answer was dropped");
            }
            Err(Failure::Ask(error)) => {
                self.counters.failed.fetch_add(1, Ordering::Relaxed);
                if matches!(error, AskError::Unauthorized(_)) {
                    self.silent_until = Some(Instant::now() + AFTER_REFUSAL);
                    tracing::error!(%error, "the language model is not asked for ten minutes");
                } else {
                    tracing::warn!(%error, "the language model gave no answer");
                }
            }
        }
    }

    /// Gives groups that came while their like was being asked about the same words.
    async fn share(&mut self, fingerprint: Fingerprint, narrative: &Narrative) {
        for group in std::mem::take(&mut self.waiting) {
            let alike = group.fingerprint() == fingerprint && group.analysis.group.reason == Reason::First;
            if alike && holds(narrative, &group.analysis) {
                self.reuse(&group, narrative.clone()).await;
            } else {
                self.waiting.push_back(group);
            }
        }
    }

    async fn send(&self, narrated: Narrated) {
        // The pipeline is gone only at shutdown; the words are cheap to ask for again.
        let _ = self.out.send(narrated).await;
    }
}

/// True where nothing in words about one group is untrue of another.
fn holds(narrative: &Narrative, analysis: &Analysis) -> bool {
    let parts = narrative.questions.iter().chain([&narrative.text]).map(String::as_str);
    still_holds(parts, &Prompt::new(analysis, Size::Full).facts)
}

/// Asks until there is an answer or no hope of one: again where the endpoint is not available, with less where the
/// prompt was too long.
async fn question(
    http: &reqwest::Client,
    settings: &Settings,
    analysis: &Analysis,
    mut prompt: Prompt,
) -> Result<Answer, Failure> {
    let mut size = Size::Full;
    let mut tries = 0;
    loop {
        let body = prompt.body(&settings.model, settings.max_tokens);
        match client::ask(http, settings, &body).await {
            Ok(text) => return check(&text, &prompt.facts).map_err(Failure::Rejected),
            Err(AskError::TooLong) if size == Size::Full => {
                size = Size::Short;
                prompt = Prompt::new(analysis, size);
            }
            Err(AskError::Unavailable(_)) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(settings.first_retry * 3_u32.pow(tries - 1)).await;
            }
            Err(error) => return Err(Failure::Ask(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_tokens_of_an_hour_come_again_with_the_next() {
        let settings = Settings {
            endpoint: "http://127.0.0.1:1/".to_owned(),
            model: "m".to_owned(),
            key: None,
            timeout: Duration::from_secs(1),
            first_retry: Duration::from_secs(1),
            max_tokens: 64,
            tokens_per_hour: 3000,
            concurrency: 1,
            min_level: Level::Review,
        };
        let mut narrator = Narrator::new(settings, mpsc::channel(1).0, Arc::default()).unwrap();
        let begun = Instant::now();
        assert_eq!(narrator.spend(2000), Ok(()));
        tokio::time::advance(Duration::from_mins(59)).await;
        assert_eq!(narrator.spend(1001), Err(begun + Duration::from_hours(1)));
        assert_eq!(narrator.spend(1000), Ok(()));
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(narrator.spend(3000), Ok(()));
    }
}
