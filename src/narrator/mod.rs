//! Asks a language model for words about analyses that are already out.
//!
//! Constraints:
//! - Nothing waits for it: it follows the journal like any reader, and its words become a later revision.
//! - Bounded: questions at a time, questions in waiting, tokens an hour, seconds a question, bytes an answer.
//! - What it says is checked ([`crate::analysis::llm`]); what fails the check is dropped and counted.
//! - A fingerprint is asked about once: answers are kept in the journal.

mod client;

pub use client::AskError;

use crate::analysis::llm::{Answer, Prompt, Rejected, Size, check};
use crate::analysis::{Analysis, Level, Narrative};
use crate::dedup::{Fingerprint, Reason};
use crate::journal::{Floor, Journal, Limits, ReadError, Reader, Revisions, Seq};
use std::collections::VecDeque;
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
    /// Questions not asked: no room in waiting, or no tokens left.
    pub skipped: AtomicU64,
}

/// Groups in waiting; beyond it the oldest is skipped.
const WAITING: usize = 256;
/// How often an endpoint that is not available is asked again, and after how long at first.
const TRIES: u32 = 3;
const FIRST_RETRY: Duration = Duration::from_secs(2);
/// How long nothing is asked after the key was refused.
const AFTER_REFUSAL: Duration = Duration::from_secs(600);

/// Follows the journal from its end until it is told to stop.
///
/// # Errors
/// Where the journal cannot be read.
pub async fn run(
    settings: Settings,
    journal: Journal,
    out: mpsc::Sender<Narrated>,
    counters: Arc<Counters>,
    stop: CancellationToken,
) -> Result<(), ReadError> {
    let mut newest = journal.newest_analysis();
    let mut cursor = *newest.borrow_and_update();
    let mut reader = Some(journal.reader()?);
    let mut narrator = Narrator::new(settings, out, counters);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            changed = newest.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                if let Some(mine) = reader.take() {
                    let (mine, next, due) = read(mine, cursor, narrator.settings.min_level).await?;
                    (reader, cursor) = (Some(mine), next);
                    for (number, analysis, kept) in due {
                        narrator.take(number, analysis, kept).await;
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
        }
        narrator.ask_next();
    }
}

/// A group to ask about: its number, its analysis, and what the journal keeps of an earlier answer.
type Due = (Seq, Arc<Analysis>, Option<Vec<u8>>);

/// Reads the analyses behind the cursor that are due. Blocking work, done where blocking is allowed.
async fn read(mut reader: Reader, cursor: Seq, min_level: Level) -> Result<(Reader, Seq, Vec<Due>), ReadError> {
    let work = move || {
        let floor = Floor { level: Some(min_level), priority: None };
        let batch = reader.analyses_after(cursor, Limits::default(), Revisions::All, floor)?;
        let mut due = Vec::new();
        for stored in batch.items {
            let group = &stored.analysis.group;
            let new = matches!(group.reason, Reason::First | Reason::VerdictRose);
            if new {
                let kept = reader.narrative(group.fingerprint)?;
                due.push((stored.group, stored.analysis, kept));
            }
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
    waiting: VecDeque<(Seq, Arc<Analysis>)>,
    asking: JoinSet<Asked>,
    hour: (Instant, u64),
    refused_until: Option<Instant>,
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
    fn new(settings: Settings, out: mpsc::Sender<Narrated>, counters: Arc<Counters>) -> Self {
        Self {
            settings: Arc::new(settings),
            http: reqwest::Client::new(),
            out,
            counters,
            waiting: VecDeque::new(),
            asking: JoinSet::new(),
            hour: (Instant::now(), 0),
            refused_until: None,
        }
    }

    /// Takes a group: from the journal where its fingerprint was asked about before, else into the queue.
    async fn take(&mut self, number: Seq, analysis: Arc<Analysis>, kept: Option<Vec<u8>>) {
        if let Some(narrative) = kept.and_then(|bytes| rmp_serde::from_slice(&bytes).ok()) {
            self.counters.cached.fetch_add(1, Ordering::Relaxed);
            self.send(Narrated { number, fingerprint: analysis.group.fingerprint, narrative }).await;
            return;
        }
        if self.waiting.len() >= WAITING {
            self.waiting.pop_front();
            self.counters.skipped.fetch_add(1, Ordering::Relaxed);
        }
        self.waiting.push_back((number, analysis));
    }

    /// Asks about the next in waiting, where there is room and there are tokens.
    fn ask_next(&mut self) {
        while self.asking.len() < self.settings.concurrency {
            if self.refused_until.is_some_and(|until| Instant::now() < until) {
                return;
            }
            let Some((number, analysis)) = self.waiting.pop_front() else { return };
            let prompt = Prompt::new(&analysis, Size::Full);
            // Four characters a token is what tokenizers for English and code come to.
            let tokens = prompt.facts.len() as u64 / 4 + u64::from(self.settings.max_tokens);
            if !self.spend(tokens) {
                self.counters.skipped.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let (http, settings) = (self.http.clone(), Arc::clone(&self.settings));
            self.asking.spawn(async move {
                let fingerprint = analysis.group.fingerprint;
                Asked { number, fingerprint, answer: question(&http, &settings, &analysis, prompt).await }
            });
        }
    }

    fn spend(&mut self, tokens: u64) -> bool {
        if self.hour.0.elapsed() >= Duration::from_secs(3600) {
            self.hour = (Instant::now(), 0);
        }
        let fits = self.hour.1 + tokens <= self.settings.tokens_per_hour;
        if fits {
            self.hour.1 += tokens;
        }
        fits
    }

    async fn done(&mut self, asked: Asked) {
        match asked.answer {
            Ok(answer) => {
                self.counters.accepted.fetch_add(1, Ordering::Relaxed);
                let narrative = Narrative {
                    text: answer.narrative,
                    questions: answer.questions,
                    model: self.settings.model.clone(),
                    raises_attention: answer.raise_attention,
                };
                self.send(Narrated { number: asked.number, fingerprint: asked.fingerprint, narrative }).await;
            }
            Err(Failure::Rejected(reason)) => {
                self.counters.rejected.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(group = %asked.number, %reason, "the model's answer was dropped");
            }
            Err(Failure::Ask(error)) => {
                self.counters.failed.fetch_add(1, Ordering::Relaxed);
                if matches!(error, AskError::Unauthorized(_)) {
                    self.refused_until = Some(Instant::now() + AFTER_REFUSAL);
                    tracing::error!(%error, "the language model is not asked for ten minutes");
                } else {
                    tracing::warn!(%error, "the language model gave no answer");
                }
            }
        }
    }

    async fn send(&self, narrated: Narrated) {
        // The pipeline is gone only at shutdown; the words are cheap to ask for again.
        let _ = self.out.send(narrated).await;
    }
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
                tokio::time::sleep(FIRST_RETRY * 4_u32.pow(tries - 1)).await;
            }
            Err(error) => return Err(Failure::Ask(error)),
        }
    }
}
