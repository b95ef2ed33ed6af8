//! Many alerts as one compressed row.
//!
//! A chunk's text is a run of sections; a section is the context that its alerts share, then the alerts. So chunks
//! are merged by joining their texts. Little endian:
//!
//! ```text
//! section: context bytes u32, context (MessagePack), alerts u32, alerts' bytes u32, alerts
//! alert:   received i64 (nanoseconds), bytes u32, Alert::encode
//! ```

use super::{Received, Seq, body};
use crate::alert::{Alert, Context, Time};
use std::borrow::Cow;
use std::sync::Arc;
use zstd::bulk::{Compressor, Decompressor};

/// A chunk is complete at this many alerts ...
pub(super) const MAX_ALERTS: u64 = 1024;
/// ... or this many bytes of text.
pub(super) const MAX_TEXT: usize = 512 * 1024;
/// The largest text that is read: a chunk is complete one alert after [`MAX_TEXT`] at the latest.
const MAX_READ: usize = 16 << 20;

/// A chunk as its row has it.
#[derive(Debug, PartialEq)]
pub(super) struct Chunk {
    pub first: Seq,
    pub count: u64,
    pub received: (Time, Time),
    /// The short ids, 8 bytes each, in order.
    pub ids: Vec<u8>,
    pub data: Vec<u8>,
}

impl Chunk {
    pub(super) fn last(&self) -> Seq {
        Seq::new((self.first.get() + self.count).saturating_sub(1))
    }
}

/// Collects alerts for one chunk.
#[derive(Debug)]
pub(super) struct Builder {
    first: Seq,
    count: u64,
    received: (Time, Time),
    ids: Vec<u8>,
    text: Vec<u8>,
    section: Option<Section>,
}

#[derive(Debug)]
struct Section {
    context: Arc<Context>,
    /// Where in the text its count of alerts stands.
    head: usize,
    alerts: u32,
}

impl Builder {
    pub(super) fn new(first: Seq) -> Self {
        let received = (Time::from_nanos(i64::MAX), Time::from_nanos(i64::MIN));
        Self { first, count: 0, received, ids: Vec::new(), text: Vec::new(), section: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn is_complete(&self) -> bool {
        self.count >= MAX_ALERTS || self.text.len() >= MAX_TEXT
    }

    pub(super) fn push(&mut self, one: &Received) {
        let same = self
            .section
            .as_ref()
            .is_some_and(|section| Arc::ptr_eq(&section.context, &one.context) || section.context == one.context);
        if !same {
            self.close_section();
            self.open_section(&one.context);
        }
        self.text.extend_from_slice(&one.received.nanos().to_le_bytes());
        let at = self.text.len();
        self.text.extend_from_slice(&[0; 4]);
        one.alert.encode(&mut self.text);
        let bytes = (self.text.len() - at - 4) as u32;
        self.text[at..at + 4].copy_from_slice(&bytes.to_le_bytes());
        if let Some(section) = &mut self.section {
            section.alerts += 1;
        }
        self.ids.extend_from_slice(&one.alert.id().short().to_le_bytes());
        self.received = (self.received.0.min(one.received), self.received.1.max(one.received));
        self.count += 1;
    }

    pub(super) fn finish(mut self, compressor: &mut Compressor<'static>) -> Chunk {
        self.close_section();
        let data = body::pack(&self.text, compressor);
        Chunk { first: self.first, count: self.count, received: self.received, ids: self.ids, data }
    }

    fn open_section(&mut self, context: &Arc<Context>) {
        // Strings and pairs of strings always have a MessagePack form.
        let encoded = rmp_serde::to_vec_named(context.as_ref()).unwrap_or_default();
        self.text.extend_from_slice(&(encoded.len() as u32).to_le_bytes());
        self.text.extend_from_slice(&encoded);
        self.section = Some(Section { context: Arc::clone(context), head: self.text.len(), alerts: 0 });
        self.text.extend_from_slice(&[0; 8]);
    }

    fn close_section(&mut self) {
        if let Some(Section { head, alerts, .. }) = self.section.take() {
            let bytes = (self.text.len() - head - 8) as u32;
            self.text[head..head + 4].copy_from_slice(&alerts.to_le_bytes());
            self.text[head + 4..head + 8].copy_from_slice(&bytes.to_le_bytes());
        }
    }
}

/// Chunks that follow each other, as one. `None` where one is damaged: then they are left as they are.
pub(super) fn merge(
    chunks: &[Chunk],
    compressor: &mut Compressor<'static>,
    decompressor: &mut Decompressor<'static>,
) -> Option<Chunk> {
    let first = chunks.first()?;
    let mut merged =
        Chunk { first: first.first, count: 0, received: first.received, ids: Vec::new(), data: Vec::new() };
    let mut text = Vec::new();
    for chunk in chunks {
        let contiguous = chunk.first.get() == merged.first.get() + merged.count;
        if !contiguous || chunk.ids.len() as u64 != 8 * chunk.count {
            return None;
        }
        text.extend_from_slice(&unpack(&chunk.data, decompressor)?);
        merged.ids.extend_from_slice(&chunk.ids);
        merged.received = (merged.received.0.min(chunk.received.0), merged.received.1.max(chunk.received.1));
        merged.count += chunk.count;
    }
    if Records::new(&text).count() as u64 != merged.count {
        return None;
    }
    merged.data = body::pack(&text, compressor);
    Some(merged)
}

/// The text of a chunk; `None` where it is damaged.
pub(super) fn unpack<'a>(data: &'a [u8], with: &mut Decompressor<'static>) -> Option<Cow<'a, [u8]>> {
    body::unpack(data, MAX_READ, with)
}

/// The alerts of a chunk's text in order, not decoded yet. Ends early where the text is damaged.
pub(super) struct Records<'a> {
    rest: &'a [u8],
    section: &'a [u8],
    context: &'a [u8],
}

/// One alert in a chunk's text.
pub(super) struct Record<'a> {
    pub received: Time,
    pub context: &'a [u8],
    pub alert: &'a [u8],
}

impl Record<'_> {
    pub(super) fn decode(&self) -> Option<Alert> {
        let mut bytes = self.alert;
        Alert::decode(&mut bytes).filter(|_| bytes.is_empty())
    }
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text, section: &[], context: &[] }
    }

    fn step(&mut self) -> Option<Record<'a>> {
        while self.section.is_empty() {
            let context_bytes = number(&mut self.rest)?;
            self.context = take(&mut self.rest, context_bytes)?;
            let _alerts = number(&mut self.rest)?;
            let bytes = number(&mut self.rest)?;
            self.section = take(&mut self.rest, bytes)?;
        }
        let received = take(&mut self.section, 8)?.try_into().ok().map(i64::from_le_bytes)?;
        let bytes = number(&mut self.section)?;
        let alert = take(&mut self.section, bytes)?;
        Some(Record { received: Time::from_nanos(received), context: self.context, alert })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let found = self.step();
        if found.is_none() {
            (self.rest, self.section) = (&[], &[]);
        }
        found
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (front, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(front)
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    take(bytes, 4)?.try_into().ok().map(|four| u32::from_le_bytes(four) as usize)
}

/// Decodes contexts; alerts that share one share the `Arc`.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    last: Option<(Vec<u8>, Arc<Context>)>,
}

impl Contexts {
    pub(super) fn decode(&mut self, bytes: &[u8]) -> Option<Arc<Context>> {
        if let Some((known, context)) = &self.last
            && known == bytes
        {
            return Some(Arc::clone(context));
        }
        let context = Arc::new(rmp_serde::from_slice::<Context>(bytes).ok()?);
        self.last = Some((bytes.to_vec(), Arc::clone(&context)));
        Some(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::received;
    use proptest::prelude::*;

    fn chunk(first: u64, count: u64) -> Chunk {
        let mut compressor = body::compressor();
        let mut builder = Builder::new(Seq::new(first));
        for n in first..first + count {
            builder.push(&received(n, if n % 3 == 0 { "a" } else { "b" }));
        }
        builder.finish(&mut compressor)
    }

    fn read(chunk: &Chunk) -> Vec<Received> {
        let text = unpack(&chunk.data, &mut Decompressor::new().unwrap()).unwrap_or_default();
        let mut contexts = Contexts::default();
        let records = Records::new(&text).map_while(|record| {
            let (alert, context) = (record.decode()?, contexts.decode(record.context)?);
            Some(Received { alert, context, received: record.received })
        });
        records.collect()
    }

    fn alerts(range: std::ops::Range<u64>) -> Vec<Received> {
        range.map(|n| received(n, if n % 3 == 0 { "a" } else { "b" })).collect()
    }

    #[test]
    fn a_chunk_gives_its_alerts_back_in_order_with_their_contexts() {
        assert_eq!(read(&chunk(1, 20)), alerts(1..21));
        assert_eq!(chunk(5, 20).last(), Seq::new(24));
    }

    #[test]
    fn merged_chunks_hold_the_same_alerts() {
        let mut compressor = body::compressor();
        let mut decompressor = Decompressor::new().unwrap();
        let merged = merge(&[chunk(1, 3), chunk(4, 1), chunk(5, 10)], &mut compressor, &mut decompressor).unwrap();
        assert_eq!((merged.first, merged.count, merged.ids.len()), (Seq::new(1), 14, 14 * 8));
        assert_eq!(read(&merged), alerts(1..15));
        let mut damaged = chunk(4, 1);
        damaged.data.truncate(9);
        assert_eq!(merge(&[chunk(1, 3), damaged], &mut compressor, &mut decompressor), None);
        assert_eq!(merge(&[chunk(1, 3), chunk(5, 1)], &mut compressor, &mut decompressor), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_text_never_panics_and_gives_whole_alerts_or_none(at in 0usize..4000, byte: u8, cut in 0usize..4000) {
            let mut text = unpack(&chunk(1, 5).data, &mut Decompressor::new().unwrap()).unwrap().into_owned();
            let at = at % text.len();
            text[at] = byte;
            text.truncate(text.len() - cut % text.len());
            let mut contexts = Contexts::default();
            for record in Records::new(&text) {
                let _ = (record.decode(), contexts.decode(record.context));
            }
        }
    }
}
