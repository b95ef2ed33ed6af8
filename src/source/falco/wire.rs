//! The fields of a protobuf message as slices of it. prost reads keys, numbers and lengths; what it has no form for is
//! text that may not be UTF-8 and need not be copied.

use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// The fields of a message, in the order of the wire.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A number.
    Varint(u64),
    /// Text, bytes, or a message.
    Bytes(&'a [u8]),
    /// Something else; no field of Falco's is one.
    Other,
}

/// The bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    #[error(transparent)]
    Prost(#[from] DecodeError),
    #[error("a value reaches beyond the message's end")]
    Truncated,
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field's number and value; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u32, Value<'a>)>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (field, wire_type) = decode_key(&mut self.rest)?;
        let value = match wire_type {
            WireType::Varint => Value::Varint(decode_varint(&mut self.rest)?),
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut self.rest)?).unwrap_or(usize::MAX);
                let (bytes, rest) = self.rest.split_at_checked(length).ok_or(WireError::Truncated)?;
                self.rest = rest;
                Value::Bytes(bytes)
            }
            other => {
                skip_field(other, field, &mut self.rest, DecodeContext::default())?;
                Value::Other
            }
        };
        Ok(Some((field, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(message: &[u8]) -> Result<Vec<(u32, Value<'_>)>, WireError> {
        let mut fields = Fields::of(message);
        std::iter::from_fn(|| fields.next().transpose()).collect()
    }

    #[test]
    fn fields_are_read_in_place_and_in_order() {
        let message = b"\x10\x04\x22\x01R\x0d1234\x0912345678\x08\x96\x01\x32\x00";
        let expected = [
            (2, Value::Varint(4)),
            (4, Value::Bytes(b"R")),
            (1, Value::Other),
            (1, Value::Other),
            (1, Value::Varint(150)),
            (6, Value::Bytes(b"")),
        ];
        assert_eq!(all(message).unwrap(), expected);
        assert_eq!(all(b"").unwrap(), []);
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        let broken: [&[u8]; 6] = [
            b"\x22\x05R",
            b"\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01R",
            b"\x80",
            &[0xff; 11],
            b"\x02\x00",
            b"\x0b",
        ];
        for message in broken {
            assert!(all(message).is_err(), "{message:?}");
        }
    }
}
