//! Bytes instead of messages.
//!
//! An error in tonic's decoder ends the stream, and Falco has no way to send the rest again. So the codec hands over
//! each message as the bytes that it is, and what cannot be decoded afterwards costs one message, not the stream.

use bytes::{Buf, Bytes};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// Sends Falco's request, which is empty, and receives each response as bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RawCodec;

/// The largest message received. Falco's alerts are below 100 KB; one beyond this is lost with its stream.
pub(super) const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

impl Codec for RawCodec {
    type Encode = ();
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for RawCodec {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), _: &mut EncodeBuf<'_>) -> Result<(), Status> {
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(message.copy_to_bytes(message.remaining())))
    }
}
