//! The demo's story: five minutes in a small cluster, told in a few seconds.

use crate::alert::Time;
use crate::simulate::{Form, Queue, Template};
use anyhow::Context as _;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// One alert of the story.
struct Scene {
    /// After the story's start, in nanoseconds of event time.
    offset: i64,
    alert: Arc<Template>,
}

/// How often a line of the story happens; once where nothing is said.
#[derive(Deserialize)]
struct Line {
    time: String,
    story: Option<Repeat>,
}

#[derive(Deserialize)]
struct Repeat {
    count: i64,
    /// Seconds between.
    every: f64,
}

/// The alerts of the story in time order.
pub(super) struct Story(Vec<Scene>);

/// How long the story took.
const SPAN: Duration = Duration::from_mins(5);

impl Story {
    /// Reads the story that is built in.
    pub(super) fn built_in() -> anyhow::Result<Self> {
        let mut scenes = Vec::new();
        let mut start = None;
        for line in include_str!("story.jsonl").lines() {
            let told: Line = serde_json::from_str(line).context("the demo's story")?;
            let time = Time::parse(&told.time)?;
            let begin = *start.get_or_insert(time);
            let alert = Arc::new(Template::from_json(line, Form::Text)?);
            let repeat = told.story.unwrap_or(Repeat { count: 1, every: 0.0 });
            for n in 0..repeat.count {
                let offset = time.since(begin) + n * (repeat.every * 1e9) as i64;
                scenes.push(Scene { offset, alert: Arc::clone(&alert) });
            }
        }
        scenes.sort_by_key(|scene| scene.offset);
        Ok(Self(scenes))
    }

    /// How many alerts it has.
    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Puts the alerts into Falco's queue, `speed` times as fast as they happened. In event time they happened in the
    /// five minutes before `now`.
    pub(super) async fn play(&self, queue: &Queue, now: Time, speed: f64) {
        let begin = tokio::time::Instant::now();
        for scene in &self.0 {
            tokio::time::sleep_until(begin + Duration::from_nanos(scene.offset.unsigned_abs()).div_f64(speed)).await;
            queue.push(scene.alert.queued_at(Time::from_nanos(now.nanos() - SPAN.as_nanos() as i64 + scene.offset)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_is_told_in_time_order_within_five_minutes() {
        let story = Story::built_in().unwrap();
        assert!(story.len() > 50);
        assert!(story.0.is_sorted_by_key(|scene| scene.offset));
        assert!(story.0.iter().all(|scene| (0..=SPAN.as_nanos() as i64).contains(&scene.offset)));
    }
}
