//! A watch's messages on the wire, with the analysis encoded once for all watchers.
//!
//! `WatchAnalysesResponse` is written by hand here, field by field, so that the bytes of an analysis, which is nearly
//! all of it, are shared. A test compares the result with what prost writes.

use crate::analysis::Analysis;
use crate::serve::{convert, proto};
use bytes::Bytes;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, EncodeBuf, Encoder};
use tonic_prost::{ProstCodec, ProstDecoder};

/// One message of a watch.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Continue here: right behind this message.
    pub cursor: String,
    /// What it says.
    pub event: Event,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A `lanner.v1.Analysis`, encoded.
    Analysis(Bytes),
    /// Nothing new.
    Heartbeat(proto::Heartbeat),
    /// Some analyses were missed.
    Gap(proto::Gap),
}

/// An analysis as `lanner.v1.Analysis`.
pub(super) fn encode(analysis: Analysis) -> Bytes {
    convert::analysis(analysis).encode_to_vec().into()
}

/// The same, for who encodes one after another: it is written into `room`, which is used again and again and so is in the
/// processor's cache, and copied from there at once. `None` where there is no room.
pub(super) fn encode_in(room: &mut Vec<u8>, analysis: Analysis) -> Option<Bytes> {
    room.clear();
    convert::analysis(analysis).encode(room).ok()?;
    Some(Bytes::copy_from_slice(room))
}

const CURSOR: u32 = 1;
const ANALYSIS: u32 = 2;
const HEARTBEAT: u32 = 3;
const GAP: u32 = 4;

impl Frame {
    /// The message as prost has it.
    ///
    /// # Errors
    /// Where the bytes are no analysis.
    pub fn into_message(self) -> Result<proto::WatchAnalysesResponse, prost::DecodeError> {
        use proto::watch_analyses_response::Event as Message;
        let event = match self.event {
            Event::Analysis(bytes) => Message::Analysis(proto::Analysis::decode(bytes)?),
            Event::Heartbeat(heartbeat) => Message::Heartbeat(heartbeat),
            Event::Gap(gap) => Message::Gap(gap),
        };
        Ok(proto::WatchAnalysesResponse { cursor: self.cursor, event: Some(event) })
    }

    fn encode(&self, out: &mut impl bytes::BufMut) {
        prost::encoding::string::encode(CURSOR, &self.cursor, out);
        match &self.event {
            Event::Analysis(bytes) => {
                encode_key(ANALYSIS, WireType::LengthDelimited, out);
                encode_varint(bytes.len() as u64, out);
                out.put_slice(bytes);
            }
            Event::Heartbeat(heartbeat) => prost::encoding::message::encode(HEARTBEAT, heartbeat, out),
            Event::Gap(gap) => prost::encoding::message::encode(GAP, gap, out),
        }
    }

    /// Bytes on the wire, about.
    pub fn size(&self) -> usize {
        let body = match &self.event {
            Event::Analysis(bytes) => bytes.len(),
            Event::Heartbeat(_) | Event::Gap(_) => 16,
        };
        self.cursor.len() + key_len(ANALYSIS) + encoded_len_varint(body as u64) + body
    }
}

/// Requests as prost reads them, answers as [`Frame`] writes them.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameCodec;

/// Bytes of frames that are handed over together: as much again is what a slow watcher holds.
const TOGETHER: usize = 8 * 1024;

/// Writes frames.
#[derive(Debug, Clone, Copy, Default)]
pub struct FrameEncoder;

impl Codec for FrameCodec {
    type Encode = Frame;
    type Decode = proto::WatchAnalysesRequest;
    type Encoder = FrameEncoder;
    type Decoder = ProstDecoder<proto::WatchAnalysesRequest>;

    fn encoder(&mut self) -> FrameEncoder {
        FrameEncoder
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<proto::WatchAnalysesResponse, proto::WatchAnalysesRequest>::default().decoder()
    }
}

impl Encoder for FrameEncoder {
    type Item = Frame;
    type Error = Status;

    fn encode(&mut self, frame: Frame, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(frame.size());
        frame.encode(out);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(8 * 1024, TOGETHER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::testing::sample;

    #[test]
    fn a_frame_is_what_prost_writes() {
        let analysis = convert::analysis(sample("Detect Shell in Container", 2));
        let time = Some(proto::Timestamp { seconds: 5, nanos: 6 });
        let events = [
            Event::Analysis(analysis.encode_to_vec().into()),
            Event::Heartbeat(proto::Heartbeat { time }),
            Event::Gap(proto::Gap { missed: 300 }),
        ];
        for event in events {
            let frame = Frame { cursor: "a cursor".to_owned(), event };
            let mut bytes = Vec::new();
            frame.encode(&mut bytes);
            assert!(bytes.len().abs_diff(frame.size()) < 40);
            assert_eq!(bytes, frame.into_message().unwrap().encode_to_vec());
        }
    }
}
